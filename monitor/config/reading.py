"""
TOML with positions: every fault is `file:line: key: what is wrong, what would be right`.

A reader asks a Table for typed values; whatever is wrong is collected, not raised, so that
one `monitor check` shows all of it. tomllib gives no line numbers, hence positions().

Format: https://toml.io/en/v1.0.0
"""

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from monitor.config.lists import lists
from monitor.config.positions import Place, positions
from monitor.errors import ConfigError
from monitor.secret import Secret

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
REQUIRED: Final = object()


@dataclass(slots=True)
class Problems:
    """What is wrong so far, in the order found."""

    root: Path  # files are named relative to it where they are below it
    lines: list[str] = field(default_factory=list)
    secrets: list[Secret] = field(default_factory=list)  # every one read, for redaction

    def add(self, file: Path, line: int, key: str, wrong: str, right: str = "") -> None:
        name = file.relative_to(self.root) if file.is_relative_to(self.root) else file
        tail = f"{wrong}; {right}" if right else wrong
        self.lines.append(f"{name}:{line}: {key}: {tail}" if key else f"{name}:{line}: {tail}")

    def check(self) -> None:
        """
        Raises:
            ConfigError: anything was added.
        """
        if self.lines:
            raise ConfigError(*self.lines)


@dataclass(slots=True)
class Table:
    """One TOML table, read key by key; close() reports the keys nobody asked for."""

    file: Path
    place: Place  # path from the root of the document, array indexes included
    values: Mapping[str, Any]
    lines: Mapping[Place, int]
    problems: Problems
    environ: Mapping[str, str]
    asked: set[str] = field(default_factory=set)

    def line(self, key: str = "") -> int:
        """Where the key stands, else where its table starts; 1 at worst."""
        place: Place = (*self.place, key) if key else self.place
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def fault(self, key: str, wrong: str, right: str = "") -> None:
        """Report that key is wrong, in the words of whoever knows what would be right."""
        parts = [str(p) for p in (*self.place, key) if isinstance(p, str) and p]
        self.problems.add(self.file, self.line(key), ".".join(parts), wrong, right)

    def fault_at(self, line: int, key: str, wrong: str, right: str = "") -> None:
        """The same with a line of the caller's, for one element of a long array."""
        self.problems.add(self.file, line, key, wrong, right)

    def has(self, key: str) -> bool:
        return key in self.values

    def _take(self, key: str, kind: type | tuple[type, ...], default: Any, right: str) -> Any:
        self.asked.add(key)
        if key not in self.values:
            if default is REQUIRED:
                self.fault(key, "is missing", right)
                return None
            return default
        value = self.values[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fault(key, f"{value!r} is not {right}", f"write {right}")
            return None if default is REQUIRED else default
        return value

    def text(self, key: str, default: Any = REQUIRED, *, right: str = "a text in quotes") -> str:
        """A string with ${VARIABLES} filled in; "" after a fault."""
        value = self._take(key, str, default, right)
        return self._filled(key, value) if isinstance(value, str) else ""

    def address(self, key: str, *, right: str) -> str:
        """As text(), but what its variables hold is secret."""
        self._keep(str(self.values.get(key, "")))
        return self.text(key, right=right)

    def _keep(self, written: str) -> None:
        """What the variables in it hold is secret, also where it stands alone."""
        names = _VARIABLE.findall(written)
        self.problems.secrets.extend(Secret(self.environ.get(name, "")) for name in names)

    def secret(self, key: str, default: Any = REQUIRED) -> Secret:
        """A Secret from "${VARIABLE}", "file:/path" or the text itself; empty after a fault."""
        right = '"${VARIABLE}" or "file:/path"'
        if not isinstance(self.values.get(key, ""), str):
            return self._no_secret(key, right)
        written = str(self.values.get(key, ""))
        if not _VARIABLE.fullmatch(written):
            self._keep(written)
        found = self._secret(key, self.text(key, default, right=right))
        self.problems.secrets.append(found)
        return found

    def _no_secret(self, key: str, right: str) -> Secret:
        """A fault that does not repeat what is written there."""
        self.asked.add(key)
        self.fault(key, "is not a text", f"write {right}")
        return Secret("")

    def secrets(self, key: str) -> tuple[Secret, ...]:
        """One secret or a list of them (newest first, for rotation); at least one."""
        if isinstance(self.values.get(key), str):
            return (self.secret(key),)
        values = self.values.get(key, [])
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            return (self._no_secret(key, '"${VARIABLE}", "file:/path", or a list of them'),)
        found = tuple(self._secret(key, text) for text in self.texts(key))
        self.problems.secrets.extend(found)
        return found

    def _secret(self, key: str, value: str) -> Secret:
        if not value.startswith("file:"):
            return Secret(value)
        try:
            return Secret(Path(value.removeprefix("file:")).read_text("utf-8").strip())
        except (OSError, UnicodeDecodeError) as e:
            why = e.strerror if isinstance(e, OSError) and e.strerror else "is not text"
            self.fault(key, f"cannot read {value}: {why}", "name a readable file")
            return Secret("")

    def choice(self, key: str, options: Sequence[str], default: Any = REQUIRED) -> str:
        value = self.text(key, default, right=f"one of {', '.join(options)}")
        if value not in options and self.has(key) and isinstance(self.values[key], str):
            self.fault(key, f"{value!r} is unknown", _nearest(value, options))
            return options[0]
        return value

    def integer(self, key: str, default: Any = REQUIRED, *, least: int = 0) -> int:
        right = f"a whole number of at least {least}"
        value = self._take(key, int, default, right)
        if isinstance(value, int) and value < least:
            self.fault(key, f"{value} is too small", f"write {right}")
            return least
        return least if value is None else int(value)

    def number(self, key: str, default: Any = REQUIRED) -> float:
        value = self._take(key, (int, float), default, "a number")
        return 0.0 if value is None else float(value)

    def flag(self, key: str, default: Any = REQUIRED) -> bool:
        return bool(self._take(key, bool, default, "true or false"))

    def duration(self, key: str, default: str | None) -> timedelta | None:
        """From "90s", "15m", "1h30m", "2d"; None only when absent and default is None."""
        value = self._take(key, str, default, 'a duration such as "15m"')
        if value is None:
            return None
        found = duration(value)
        if found is None:
            self.fault(key, f"{value!r} is not a duration", 'write one such as "90s", "15m", "2h"')
            return duration(default) if default else None
        return found

    def texts(self, key: str, default: Any = REQUIRED) -> tuple[str, ...]:
        """A list of strings with variables filled in; wrong elements are left out."""
        value = self._take(key, list, default, "a list of texts") or ()
        if all(isinstance(element, str) and "${" not in element for element in value):
            return tuple(value)  # each of a lexicon's 4,000 on its own takes three times as long
        good: list[str] = []
        for element in value:
            if isinstance(element, str):
                good.append(self._filled(key, element))
            else:
                self.fault(key, f"{element!r} is not a text", "put it in quotes")
        return tuple(good)

    def table(self, key: str) -> "Table":
        """The sub-table; an empty one when absent or wrong."""
        value = self._take(key, dict, {}, f"a table [{key}]")
        return self._below(value, key)

    def named_tables(self, key: str) -> Mapping[str, "Table"]:
        """The tables [key.<name>], by name in file order."""
        outer = self.table(key)
        return {name: outer.table(name) for name in outer.values}

    def tables(self, key: str) -> tuple["Table", ...]:
        """The array of tables [[key]]; wrong elements are left out."""
        value = self._take(key, list, [], f"tables [[{key}]]")
        good = []
        for index, element in enumerate(value):
            if isinstance(element, dict):
                good.append(self._below(element, key, index))
            else:
                self.fault(key, f"{element!r} is not a table", f"write [[{key}]]")
        return tuple(good)

    def _below(self, values: Mapping[str, Any], *path: str | int) -> "Table":
        place: Place = (*self.place, *path)
        return Table(self.file, place, values, self.lines, self.problems, self.environ)

    def _filled(self, key: str, value: str) -> str:
        def fill(found: re.Match[str]) -> str:
            name = found.group(1)
            if name not in self.environ:
                self.fault(key, f"variable {name} is not set", f"set {name} in the environment")
            return self.environ.get(name, "")

        return _VARIABLE.sub(fill, value)

    def close(self) -> None:
        """Report every key that was never asked for, with the nearest one that is known."""
        for key in self.values:
            if key not in self.asked:
                self.fault(key, "is not a known key", _nearest(key, sorted(self.asked)))


def duration(text: str) -> timedelta | None:
    """The length of "1h30m"; None when it is not one, or beyond all reason. "0s" is allowed."""
    found = _DURATION.findall(text)
    if not found or "".join(n + u for n, u in found) != text:
        return None
    try:
        return timedelta(seconds=sum(float(n) * _UNITS[u] for n, u in found))
    except OverflowError:
        return None


def _nearest(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known here: {', '.join(known)}" if known else "remove it"


def read_toml(file: Path, problems: Problems, environ: Mapping[str, str]) -> Table | None:
    """The document as a Table, or None after reporting why it cannot be read."""
    text = read_text(file, problems)
    if text is None:
        return None
    if plain := lists(text):
        return Table(file, (), *plain, problems, environ)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        found = re.search(r"line (\d+)", str(e))
        line = int(found.group(1)) if found else text.count("\n") + 1
        wrong = re.sub(r" \(at .*\)$", "", str(e))
        problems.add(file, line, "", f"not TOML: {wrong}", "see https://toml.io")
        return None
    return Table(file, (), values, positions(text), problems, environ)


def read_text(file: Path, problems: Problems) -> str | None:
    """The file as UTF-8 text without a byte order mark, or None after reporting why not."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as e:
        problems.add(file, 1, "", f"cannot be read: {e.strerror or e}", "check path and rights")
    except UnicodeDecodeError as e:
        line = e.object[: e.start].count(b"\n") + 1
        problems.add(file, line, "", "is not UTF-8", "save it as UTF-8")
    return None
