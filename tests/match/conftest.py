"""The shipped detector, and a small one whose every word stands here."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.config import load
from monitor.config.entities import Entity, Gazetteer, Name
from monitor.config.lexicons import Lexicon
from monitor.config.reading import Problems
from monitor.config.regimes import RegimeRow
from monitor.config.topics import Model, Topic
from monitor.match import Rules, match
from monitor.match.matching import Read, reading
from monitor.model import Entry, Match
from tests.conftest import NOW

ROOT = Path(__file__).parent.parent.parent / "config"


def entry(title: str, summary: str = "", text: str = "", language: str = "en") -> Entry:
    return Entry(
        feed_id="f", id="1", url="", title=title, summary=summary, text=text, language=language
    )


@pytest.fixture(scope="session")
def shipped() -> Rules:
    """What the product ships: every language, every name, the fitted weights."""
    problems = Problems(ROOT)
    known = load.read_knowledge(ROOT, problems, os.environ)
    assert [] == problems.lines
    return Rules.compile(known.lexicons, known.topics, known.gazetteer, known.regimes)


@pytest.fixture(scope="session")
def judge(shipped: Rules) -> Callable[..., Match]:
    """The surest decision of the shipped topics on a text."""

    def judged(title: str, summary: str = "", language: str = "en") -> Match:
        found = match(entry(title, summary, language=language), shipped, NOW)
        return max(found, key=lambda m: (m.flagged, m.score))

    return judged


CONCEPTS: dict[str, tuple[str, ...]] = {
    "weapon.tank": ("tank*",),
    "weapon.missile": ("missile*",),
    "weapon.unspecified": ("arms",),
    "weapon.aid_package": ("military aid",),
    "weapon.components": ("engine*",),
    "transfer.give": ("sell", "sells", "send", "sends", "supply", "sold"),
    "transfer.get": ("buy", "buys", "bought"),
    "transfer.noun": ("sale", "delivery", "supply"),
    "stage.requested": ("wants",),
    "stage.negotiating": ("mulls", "talks"),
    "stage.agreed": ("to send", "to sell", "approval", "vows"),
    "stage.delivered": ("sends", "sold"),
    "stage.refused": ("refuses", "blocking"),
    "embargo.arms": ("arms embargo",),
    "embargo.word": ("sanctions", "embargo"),
    "embargo.act": ("lifts", "breaks"),
    "mark.to": ("to", "for"),
    "mark.from": ("from",),
    "mark.by": ("by",),
    "mark.of": ("'s", "of"),
    "mark.made": ("-made",),
    "mark.against": ("against", "amid"),
    "mark.say": ("says",),
    "mark.passive": ("was", "be"),
    "mark.may": ("awaits", "may"),
    "clause.split": ("while",),
    "negation": ("not",),
    "doubt": ("alleged",),
    "denial": ("denies",),
    "context.military": ("army",),
    "quantity.unit": ("million", "millions", "dozens", "four", "m", "$"),
    "veto.use": ("attack", "tank battle"),
    "veto.sport": ("match",),
    "common": ("the", "of", "and"),
}


def name(term: str, form: str = "name", *, ambiguous: bool = False) -> Name:
    exact = term.startswith("=")
    return Name(term.removeprefix("="), "", form, exact, ambiguous)


GAZETTEER = Gazetteer(
    {
        entity.id: entity
        for entity in (
            Entity(id="aa", kind="state", title="Arland", names=(name("Arland"), name("=AL"))),
            Entity(
                id="bb", kind="state", title="Borland",
                names=(name("Borland"), name("Borlandish", "adjective"), name("Bor City", "capital")),
            ),
            Entity(id="cc", kind="state", title="Corland", names=(name("Corland"),)),
            Entity(id="dd", kind="state", title="Dorland", names=(name("Dorland"),)),
            Entity(id="acme", kind="company", title="Acme", country="cc", names=(name("Acme"),)),
            Entity(
                id="zap", kind="system", title="Zap", country="cc", categories=("missile",),
                names=(name("Zap-9"),),
            ),
            Entity(id="rebels", kind="group", title="Rebels", names=(name("Red Front"),)),
            Entity(id="turk", kind="state", title="Turk", names=(name("Gobbler", ambiguous=True),)),
        )
    }
)  # fmt: skip

REGIMES = (
    RegimeRow(
        id="un-bb", name="Embargo on Borland", targets=("bb",), scope="state", direction="to",
        body="UN", act="Resolution 1", start="2000-01-01", as_of="2026-01-01",
    ),
)  # fmt: skip

MODEL = Model(
    name="small",
    sections={
        "relevance": {
            "bias": -3.0, "good": 1.0, "transfer.give": 2.0, "transfer.get": 2.0, "2 parties": 1.5,
            "embargo.arms": 5.0, "veto.use": -2.0, "veto.use in title": -1.0, "supplier": 1.0,
        },
        "supplier": {"bias": -1.0, "first bare before give (svo)": 3.0, "mark=from": 4.0},
        "recipient": {"bias": -1.0, "mark=to": 4.0, "first bare before get (svo)": 3.0},
        "sides": {"1 suppliers, 1 recipients": 1.0},
        "stage.agreed": {"bias": 0.5},
        "stage.requested": {"only requested": 2.0},
        "stage.embargo": {"embargo.arms": 4.0},
    },
)  # fmt: skip


def small(
    *topics: Topic, concepts: dict[str, tuple[str, ...]] | None = None, language: str = "en"
) -> Rules:
    """A detector of these topics over the words above."""
    lexicon = Lexicon(language=language, concepts=concepts or CONCEPTS)
    known = topics or (
        Topic(name="arms", title="Arms", description="", threshold=0.5, model=MODEL),
    )
    return Rules.compile({language: lexicon}, {t.name: t for t in known}, GAZETTEER, REGIMES)


def seen(title: str, summary: str = "", text: str = "") -> Read:
    """A text as the small detector sees it."""
    return reading(entry(title, summary, text), small(), NOW)
