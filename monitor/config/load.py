"""The whole of config/: read at once, or refused with every fault named."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from monitor.config import (
    entities,
    feeds,
    lexicons,
    notices,
    regimes,
    routes,
    settings,
    story,
    topics,
)
from monitor.config.entities import Gazetteer
from monitor.config.lexicons import Lexicon
from monitor.config.matchers import Names
from monitor.config.reading import Problems, Table, read_toml
from monitor.config.regimes import RegimeRow
from monitor.config.routes import Inhibition, Route
from monitor.config.settings import Settings
from monitor.config.story import Weights
from monitor.config.topics import Topic
from monitor.errors import ConfigError
from monitor.model import Feed
from monitor.secret import Secret

MAIN = "monitor.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What the detector knows: words, names, embargoes and the topics built of them."""

    topics: Mapping[str, Topic]
    lexicons: Mapping[str, Lexicon]
    gazetteer: Gazetteer
    regimes: tuple[RegimeRow, ...]
    stories: Weights | None = None  # what sameness is judged by; None when it cannot be read
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # topic → its faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything the files say. Sinks stay tables: each kind reads its own."""

    root: Path
    settings: Settings
    feeds: tuple[Feed, ...]
    knowledge: Knowledge
    routes: tuple[Route, ...]
    inhibitions: tuple[Inhibition, ...]
    sinks: Mapping[str, Table]
    problems: Problems  # who reads the sinks reports here too
    secrets: list[Secret]  # every secret read so far, for redaction; grows with the sinks


def shipped() -> Path:
    """The configuration that comes with the package, in a wheel or a checkout."""
    inside = Path(str(files("monitor"))) / "_config"
    return inside if inside.is_dir() else inside.parent.parent / "config"


def find(given: str | None, environ: Mapping[str, str], here: Path) -> Path:
    """
    The folder to read: as given, else ./config, else $MONITOR_CONFIG, else the shipped one.

    Raises:
        ConfigError: a folder was named and there is no monitor.toml in it.
    """
    named = given or ("" if (here / "config" / MAIN).is_file() else environ.get("MONITOR_CONFIG"))
    if not named:
        own = here / "config"
        return own if (own / MAIN).is_file() else shipped()
    path = Path(named)
    folder = path.parent if path.name == MAIN else path
    if not (folder / MAIN).is_file():
        raise ConfigError(f"{folder / MAIN}:1: is not there; name a {MAIN} or the folder it is in")
    return folder


def read(root: Path, environ: Mapping[str, str]) -> Config:
    """
    Everything below root, sinks still unread.

    Raises:
        ConfigError: with one line for every fault in any file.
    """
    config = gather(root, environ)
    config.problems.check()
    return config


def read_settings(root: Path, environ: Mapping[str, str]) -> Settings:
    """
    The settings alone, for what needs no more than the store: a fault elsewhere is no hindrance.

    Raises:
        ConfigError: with one line for every fault in the settings.
    """
    problems = Problems(root)
    document = read_toml(root / MAIN, problems, environ)
    found = settings.read(document) if document else Settings()
    problems.check()
    return found


def gather(root: Path, environ: Mapping[str, str]) -> Config:
    """
    The same, its faults only collected: whoever reads the sinks adds theirs and then checks.

    A part that root lacks altogether is taken as shipped.

    Raises:
        ConfigError: monitor.toml itself cannot be read.
    """
    problems = Problems(root)
    document = read_toml(root / MAIN, problems, environ)
    if document is None:
        problems.check()
    assert document is not None
    main = settings.read(document)
    sources = feeds.read(root, problems, environ)
    settings.check_pace(document, main, sources)
    known = read_knowledge(root, problems, environ)
    sinks = document.named_tables("sinks")
    notices.check(document, main.notices, tuple(sinks))
    names = Names(
        topics=(*known.topics, *known.refused),
        parties=known.gazetteer.entities,
        regimes=tuple(dict.fromkeys(row.id for row in known.regimes)),
        feeds=tuple(feed.id for feed in sources),
    )
    rules = routes.read(document, names.topics or (), tuple(sinks) or ("console",), names)
    inhibitions = routes.inhibitions(document, names)
    document.close()
    return Config(
        root=root,
        settings=main,
        feeds=sources,
        knowledge=known,
        routes=rules,
        inhibitions=inhibitions,
        sinks=sinks,
        problems=problems,
        secrets=problems.secrets,
    )


def read_knowledge(root: Path, problems: Problems, environ: Mapping[str, str]) -> Knowledge:
    """What root says of each part, or what is shipped where root says nothing."""

    def home(part: str) -> Path:
        return root if (root / part).exists() else shipped()

    read = topics.read(home("topics"), problems, environ, shipped())
    if read.refused and not read.found:
        problems.lines += [line for lines in read.refused.values() for line in lines]
    return Knowledge(
        topics=read.found,
        refused=read.refused,
        lexicons=lexicons.read(home("lexicons"), problems, environ),
        gazetteer=entities.read(home("entities"), problems, environ),
        regimes=regimes.read(home("regimes.csv"), problems, environ),
        stories=story.read(home(str(story.FILE)), problems, environ),
    )
