"""What the documents say exists: commands, options, settings, metrics, files, pages."""

import re
import tomllib
from pathlib import Path

import pytest

from monitor import registry, sinks
from monitor.cli.main import COMMANDS, parser
from monitor.config import settings
from monitor.metrics import Metrics
from monitor.model import Stage
from tests.samples import table

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def code(text: str) -> str:
    """What stands in code marks, blocks and spans, a line each; `\\|` of tables unescaped."""
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.S)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S))
    return "\n".join([*blocks, *spans]).replace("\\|", "|")


def options(*words: str) -> str:
    """The help of a command: every option and nested command it has."""
    found = parser(words)
    for word in words:
        action = next(a for a in found._actions if a.choices and word in a.choices)
        found = action.choices[word]  # type: ignore[index]
    return found.format_help()


@pytest.mark.parametrize("name", NAMES)
def test_commands_in_it_exist(name: str) -> None:
    """Every `monitor …` with its nested commands and options."""
    for line in re.findall(r"(?:^|\s|`)monitor ([a-z][^\n`]*)", code(text_of(name))):
        command, *rest = line.split("#")[0].split()
        if not re.fullmatch(r"[a-z]+", command):
            continue
        assert command in COMMANDS, line
        said = options(command)
        for word in rest:
            if nested := re.fullmatch(r"[a-z]+(\|[a-z]+)+", word):
                missing = [n for n in nested.group().split("|") if n not in said]
                assert not missing, (line, missing)
            if option := re.match(r"\[?(--[a-z-]+)", word):
                nested_help = [
                    options(command, w)
                    for w in rest
                    if re.fullmatch(r"[a-z]+", w) and f"{w} " in said and _nests(command, w)
                ]
                assert any(option.group(1) in h for h in (said, *nested_help)), line


def _nests(command: str, word: str) -> bool:
    try:
        options(command, word)
    except StopIteration:
        return False
    return True


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    """Every relative link, also to a heading, of a file that is there."""
    page = ROOT / name
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text_of(name)):
        assert (page.parent / target).exists(), f"{name}: {target}"


@pytest.mark.parametrize("name", NAMES)
def test_paths_in_it_exist(name: str) -> None:
    """Files and folders of this repository named in code marks."""
    for path in re.findall(
        r"`((?:monitor|config|tests|bench|docs|deploy)/[\w./-]+)`", text_of(name)
    ):
        if "<" not in path and "example" not in path and "local." not in path:
            assert (ROOT / path).exists(), f"{name}: {path}"


@pytest.mark.parametrize("name", NAMES)
def test_toml_in_it_is_toml(name: str) -> None:
    """A reader copies it as it stands."""
    for block in re.findall(r"```toml\n(.*?)```", text_of(name), re.S):
        tomllib.loads(block)


def test_every_command_is_documented() -> None:
    """In docs/running.md, with its exit status where it matters."""
    said = text_of("docs/running.md")

    assert [] == [name for name in COMMANDS if f"`monitor {name}" not in said]


def test_every_sink_is_documented() -> None:
    """The README names each kind."""
    said = text_of("README.md")

    assert [] == [kind for kind in registry.names(sinks) if f"`{kind}`" not in said]


def test_every_stage_is_documented() -> None:
    """Where a reader of an alert looks for it."""
    said = text_of("README.md")

    assert [] == [stage.value for stage in Stage if stage.value not in said]


def test_every_metric_is_documented() -> None:
    """And no metric is documented that is not there."""
    page = Metrics().show({"entries": 1}, {"polling": 1.0}, 1).decode()
    there = {n for n in re.findall(r"^# TYPE (\S+) ", page, re.M) if not n.endswith("_created")}
    said = set(re.findall(r"monitor_[a-z_]+[a-z]", text_of("docs/running.md")))

    assert there == said


def test_the_shipped_settings_show_the_defaults(tmp_path: Path) -> None:
    """As their first line says: whoever deletes a line changes nothing."""
    main = text_of("config/monitor.toml")
    document, problems = table(main, tmp_path)

    assert settings.Settings() == settings.read(document)
    assert [] == problems.lines


def test_nothing_speaks_of_what_is_not_ours() -> None:
    """No path of a machine, no place where packages come from."""
    for name in NAMES:
        assert not re.search(
            r"/(?:home|root|work|tmp)/\w|--index-url|://\S+/simple/", text_of(name)
        ), name
