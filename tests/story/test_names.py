"""Names, goods and deeds are found as ids, whatever the language."""

from collections.abc import Mapping

import pytest

from monitor.config.entities import Entity, Gazetteer, Name
from monitor.config.lexicons import Lexicon
from monitor.story.names import Names, blanked, names


def _name(text: str, *, exact: bool = False, ambiguous: bool = False) -> Name:
    return Name(text, "", "name", exact, ambiguous)


@pytest.fixture(scope="module")
def known() -> Names:
    """A small world."""
    entities = {
        "lv": Entity(id="lv", kind="state", title="Latvia", names=(_name("Latvia"), _name("ラトビア"), _name("라트비아"), _name("لاتفيا"), _name("латв*"), _name("a"), _name("ラ"))),
        "us": Entity(id="us", kind="state", title="United States", names=(_name("US", exact=True), _name("United States"), _name("United States of America"))),
        "jo": Entity(id="jo", kind="state", title="Jordan", names=(_name("Jordan", ambiguous=True),)),
        "k9": Entity(id="k9", kind="system", title="K9", categories=("artillery",), names=(_name("K9"), _name("Thunder", ambiguous=True))),
    }  # fmt: skip
    concepts: Mapping[str, tuple[str, ...]] = {
        "weapon.tank": ("tank", "main battle tank*", "*panzer", "**"),
        "weapon.uav": ("drone*", "combat drone*"),
        "stage.refused": ("hal* sale",),
        "common": ("the",),
    }
    lexicons = [
        Lexicon(language="en", concepts=concepts),
        Lexicon(language="ko", concepts={"weapon.tank": ("*전차*",)}),
    ]
    return names(Gazetteer(entities), lexicons, {"us": ("Trumpet",)})


def ids(known: Names, text: str, language: str = "en") -> list[str]:
    named, done = known.of(text, language)
    return [i for span in (*named, *done) for i in span.ids]


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Latvia and the U.S.", "en", ["lv", "us"]),
        ("let us go to LATVIA", "en", ["lv"]),
        ("the United States of America", "en", ["us"]),
        ("the united states today", "en", ["us"]),
        ("United", "en", []),
        ("Trumpet speaks", "en", ["us"]),
        ("ラトビアへ", "ja", ["lv"]),
        ("라트비아에 전차", "ko", ["lv", "weapon.tank"]),
        ("وللاتفيا لاتفيا", "ar", ["lv"]),
        ("латвийский", "ru", ["lv"]),
        ("Jordan buys K9", "en", ["jo", "k9"]),
        ("jordan hears Thunder", "en", []),
        ("main battle tanks halt sale", "en", ["weapon.tank", "stage.refused"]),
        ("combat drones", "en", ["weapon.uav"]),
        ("a tank", "sv", ["lv", "weapon.tank"]),
        ("main", "en", []),
        ("nothing", "sv", []),
        ("戦車", "ja", []),
    ],
)
def test_found(known: Names, text: str, language: str, found: list[str]) -> None:
    """Whole names only, exact ones as written, the longest where several begin."""
    assert sorted(found) == sorted(ids(known, text, language))


def test_titles_and_goods(known: Names) -> None:
    """People read names, not ids; a named system is goods of its category."""
    assert "Latvia" == known.title("lv")
    assert "zz" == known.title("zz")
    assert {"k9": ("artillery",)} == known.goods


def test_blanked_keeps_places(known: Names) -> None:
    """What was found is gone, the rest stands where it stood."""
    named, _ = known.of("In Latvia now", "en")

    assert "In        now" == blanked("In Latvia now", named)


def test_no_lexicon_at_all() -> None:
    """Without lexicons there are names and no deeds."""
    assert ([], []) == names(Gazetteer(), [], {}).of("tanks", "xx")


def test_memory_of_words_is_bounded(known: Names) -> None:
    """Text of ever new words is read as before; what is remembered of it is forgotten again."""
    text = " ".join(f"w{n}x" for n in range(20_050))

    assert [] == ids(known, text)
    assert ["lv"] == ids(known, "Latvia")
