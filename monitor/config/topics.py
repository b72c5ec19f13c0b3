"""
config/topics/*.toml become Topics: what a desk wants to be told, with its own examples.

A topic that is wrong is reported and left out; the others run. Format: docs/detection.md
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from monitor.config import severity
from monitor.config.entities import CATEGORIES
from monitor.config.lexicons import CONCEPTS, STAGES
from monitor.config.queries import Query, QueryError, parse, pattern
from monitor.config.reading import Problems, Table, read_toml
from monitor.config.severity import PLAIN, SeverityRule

SECTIONS: Final = ("relevance", "supplier", "recipient", "sides", *(f"stage.{s}" for s in STAGES))
_FAMILIES: Final = tuple(dict.fromkeys(concept.partition(".")[0] for concept in CONCEPTS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Weights of nameable features, by section; fitted by `python -m bench.fit_detection`."""

    name: str
    sections: Mapping[str, Mapping[str, float]]

    def weights(self, section: str) -> Mapping[str, float]:
        return self.sections.get(section, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text of our own with what the topic must make of it."""

    title: str
    summary: str = ""
    language: str = ""
    expect: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # field of Act → values
    place: str = ""  # "file:line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A user's own query and what it adds to the score."""

    name: str
    text: str  # as written
    query: Query
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What to flag: a score over a threshold, and what the act must be."""

    name: str
    title: str
    description: str
    threshold: float
    model: Model | None  # None: the topic's own parts and queries alone decide
    base: float = 0.0  # where the score starts, in log odds, without a model
    stages: tuple[str, ...] = ()  # empty: any
    suppliers: tuple[str, ...] = ()  # one of them; empty: any or none
    recipients: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    requires: tuple[tuple[str, ...], ...] = ()  # of each group one concept must be found
    parts: Mapping[str, float] = field(default_factory=dict)  # concept → log odds it adds
    searches: tuple[Search, ...] = ()
    severity: SeverityRule = PLAIN
    should_match: tuple[Example, ...] = ()
    should_not_match: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """The topics that are sound, and what is wrong with those that are not."""

    found: Mapping[str, Topic]
    refused: Mapping[str, tuple[str, ...]]  # name → "file:line: what is wrong"


@dataclass(slots=True)
class _Weights:
    """The models that topics name, each read once for all of them."""

    folders: tuple[Path, ...]  # the first that has the file counts
    known: dict[str, Model | None] = field(default_factory=dict)

    def model(self, name: str, table: Table) -> Model | None:
        """None after its faults were reported into the table's problems."""
        if name not in self.known:
            files = [folder / "weights" / f"{name}.toml" for folder in self.folders]
            file = next((f for f in files if f.exists()), files[0])
            document = read_toml(file, table.problems, table.environ)
            self.known[name] = _weights(name, document) if document else None
        return self.known[name]


def read(root: Path, problems: Problems, environ: Mapping[str, str], *others: Path) -> Topics:
    """
    The topic of every root/topics/<name>.toml; one that is wrong stops no other.

    Weights that root does not have are looked for in the other folders.
    """
    models = _Weights((root, *others))
    found: dict[str, Topic] = {}
    refused: dict[str, tuple[str, ...]] = {}
    for file in sorted((root / "topics").glob("*.toml")):
        own = Problems(problems.root, secrets=problems.secrets)
        document = read_toml(file, own, environ)
        if document is not None:
            found[file.stem] = _topic(document, models)
            document.close()
        if own.lines:
            found.pop(file.stem, None)
            refused[file.stem] = tuple(own.lines)
    return Topics(found=found, refused=refused)


def _topic(table: Table, models: _Weights) -> Topic:
    return Topic(
        name=table.file.stem,
        title=table.text("title"),
        description=table.text("description", ""),
        threshold=_threshold(table),
        model=_model(table, models),
        base=table.number("base", 0.0),
        severity=severity.read(table),
        stages=_known(table, "stages", STAGES),
        suppliers=table.texts("suppliers", []),
        recipients=table.texts("recipients", []),
        categories=_known(table, "categories", CATEGORIES),
        requires=_requires(table),
        parts=_parts(table.table("parts")),
        searches=tuple(_search(t) for t in table.tables("query")),
        should_match=tuple(_example(t, act=True) for t in table.tables("should_match")),
        should_not_match=tuple(_example(t, act=False) for t in table.tables("should_not_match")),
    )


def _threshold(table: Table) -> float:
    value = table.number("threshold", 0.5)
    if not 0 < value < 1:
        table.fault("threshold", f"{value} is no probability", "write a number between 0 and 1")
    return value


def _known(table: Table, key: str, options: tuple[str, ...]) -> tuple[str, ...]:
    values = table.texts(key, [])
    for value in values:
        if value not in options:
            table.fault(key, f"{value!r} is unknown", f"known here: {', '.join(options)}")
    return values


def _concept(table: Table, key: str, name: str) -> None:
    if name not in CONCEPTS and name not in _FAMILIES:
        table.fault(key, f"{name!r} is no concept", "see docs/lexicons.md for those there are")


def _requires(table: Table) -> tuple[tuple[str, ...], ...]:
    groups = tuple(tuple(text.split("|")) for text in table.texts("requires", []))
    for name in (name for group in groups for name in group):
        _concept(table, "requires", name)
    return groups


def _parts(table: Table) -> Mapping[str, float]:
    for name in table.values:
        _concept(table, name, name)
    return {name: table.number(name) for name in table.values}


def _search(table: Table) -> Search:
    name, weight = table.text("name"), table.number("weight", 1.0)
    key = "regex" if table.has("regex") else "find"
    text = table.text(key)
    query: Query | None = None
    try:
        query = pattern(text) if key == "regex" else parse(text)
    except QueryError as e:
        table.fault(key, f"{text!r} {e}", "see docs/detection.md")
    table.close()
    return Search(name=name, text=text, query=query or parse("none"), weight=weight)


def _example(table: Table, *, act: bool) -> Example:
    expect: dict[str, tuple[str, ...]] = {}
    if act and table.has("stage"):
        expect["stage"] = (table.choice("stage", STAGES),)
    for key in ("suppliers", "recipients", "categories", "regimes") if act else ():
        if table.has(key):
            expect[key] = table.texts(key)
    if act and table.has("quantity"):
        expect["quantity"] = (table.text("quantity"),)
    found = Example(
        title=table.text("title"),
        summary=table.text("summary", ""),
        language=table.text("language", ""),
        expect=expect,
        place=f"topics/{table.file.name}:{table.line()}",
    )
    table.close()
    return found


def _model(table: Table, models: _Weights) -> Model | None:
    """The weights that `model = "<name>"` names; None when it names none."""
    name = table.text("model", "")
    if not name:
        return None
    found = models.model(name, table)
    if found is None:
        table.fault("model", f"{name!r} cannot be read", f"weights/{name}.toml holds its weights")
    return found


def _weights(name: str, document: Table) -> Model:
    sections = {}
    for section in SECTIONS:
        table = document.table(section)
        sections[section] = {feature: table.number(feature) for feature in table.values}
    document.asked.add("about")
    document.close()
    return Model(name=name, sections=sections)
