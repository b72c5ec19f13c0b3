"""What a text holds is found once, in order, in its place, the longest first."""

import pytest

from monitor.config.entities import Entity, Gazetteer
from monitor.match.matching import reading
from monitor.match.outline import outline
from monitor.match.scene import Find, Scene
from tests.conftest import NOW
from tests.match.conftest import GAZETTEER, entry, name, seen, small


def labels(title: str) -> list[str]:
    return [token.label for token in seen(title).scene.tokens]


def test_places_point_into_their_field() -> None:
    """A find knows the field it stands in and its words there."""
    scene = seen("Arland sells tanks", "To Borland, of all", "It sold missiles too").scene
    spots = [(scene.place(f)[0].name, scene.said(f)) for f in scene.finds]
    assert ("title", "tanks") in spots
    assert ("summary", "Borland") in spots
    assert ("text", "missiles") in spots
    with pytest.raises(IndexError):
        scene.place(Find(9_999, 10_000, "weapon", ("tank",)))


def test_the_longest_of_a_family_stands() -> None:
    """An arms embargo is no mere embargo, and its arms are no goods besides it."""
    scene = seen("Arland lifts arms embargo, sells tanks").scene
    assert [("arms",), ("act",)] == sorted(
        [f.names for f in scene.of("embargo")], key=lambda n: n[0] != "arms"
    )


def test_a_look_alike_hides_what_is_in_it() -> None:
    """The tank of a tank battle is no good, and the sentence has none."""
    assert not seen("A tank battle in Arland").hit


def test_a_look_alike_of_equal_length_wins() -> None:
    """Where the same words are an idiom or a sport they are no good; other vetoes only weigh."""
    words = {"weapon.missile": ("rockets", "cruiser"), "weapon.tank": ("tank",)}
    rules = small(concepts={**words, "veto.sport": ("rockets",), "veto.use": ("cruiser",)})
    scene = reading(entry("Rockets, a cruiser, a tank"), rules, NOW).scene
    assert ["cruiser", "tank"] == [scene.said(find) for find in scene.of("weapon")]


def test_a_good_hides_the_look_alike_in_it() -> None:
    """The attack of an attack helicopter is part of its name; the attack beside it is one."""
    rules = small(concepts={"weapon.helicopter": ("attack helicopter",), "veto.use": ("attack",)})
    scene = reading(entry("Attack helicopter in attack"), rules, NOW).scene
    assert ["attack"] == [scene.said(find) for find in scene.of("veto")]


@pytest.mark.parametrize(
    ("title", "systems"),
    [
        ("Arland sends Zip to Borland", 1),
        ("Arland sends Zip", 0),
        ("Zip between Arland and Borland", 0),
    ],
)
def test_a_doubtful_system_counts_beside_an_act_and_two_states(title: str, systems: int) -> None:
    """Where no weapon is named, an act between two states makes clear what is meant."""
    zip_ = Entity(
        id="zip", kind="system", title="Zip", country="cc", categories=("missile",),
        names=(name("=Zip", ambiguous=True),),
    )  # fmt: skip
    rules = small()
    rules.gazetteer = Gazetteer({**GAZETTEER.entities, "zip": zip_})
    scene = reading(entry(title), rules, NOW).scene
    assert systems == len(scene.of("system"))


def test_sentences_and_words_are_counted() -> None:
    """Finds know their sentence and their place among the words."""
    scene = seen("War: Arland sells tanks. Borland buys missiles.").scene
    assert 2 == len({f.sentence for f in scene.finds})
    tanks, missiles = scene.of("weapon")
    assert tanks.order < missiles.order


@pytest.mark.parametrize(
    ("title", "outlined"),
    [
        ("Arland sells tanks to Borland", ["party", "give", "arm", "to", "party"]),
        ("Arland wants arms", ["party", "stage.requested", "arms"]),
        ("Zap-9 from Corland, not engines", ["system", "from", "party", "negation", "soft"]),
        ("military aid while alleged", ["aid", "clause", "doubt"]),
        ("sanctions on Arland tanks", ["embargo.word", "party", "arm"]),
        ("tanks says army", ["arm", "say", "context"]),
        ("tanks was sold", ["arm", "give stage.delivered"]),
    ],
)
def test_outlines(title: str, outlined: list[str]) -> None:
    """A text in outline says who, act, good and mark in the order they stand."""
    assert outlined == labels(title)


def test_an_empty_scene_has_no_outline() -> None:
    """Nothing found, nothing outlined."""
    assert [] == outline(Scene((), "en", seen("tank").scene.grammar))


def test_homes_of_makers() -> None:
    """A system and a company bring the state they come from."""
    scene = seen("Acme sells Zap-9 tanks to Gobbler").scene
    assert ["cc", "cc"] == [f.home for f in (*scene.of("system"), scene.of("actor")[0])]
    assert ["acme", "turk"] == [f.names[0] for f in scene.of("actor")]
    assert [] == seen("Gobbler tanks").scene.of("actor")


def test_one_word_in_two_families_is_one_token() -> None:
    """A word that is a verb and a noun has one label with both."""
    assert "give/noun" in labels("Arland supply tanks")


def test_two_terms_for_one_concept_are_one_find() -> None:
    """A word found by two terms of one concept says it once."""
    rules = small(concepts={"weapon.tank": ("tank", "tank*")})
    scene = reading(entry("tank"), rules, NOW).scene
    assert [("tank",)] == [find.names for find in scene.of("weapon")]


def test_only_the_lead_counts() -> None:
    """A transfer named far down an article is not its news; a summary leaves less of the text."""
    far = "and so it went " * 80
    assert not seen("News", far + "Arland sells tanks").hit
    assert not seen("News", far, "Arland sells tanks").hit
    assert not seen("News", "", far + "Arland sells tanks").hit
    assert seen("News", "", "Arland sells tanks").hit
    assert seen("News", "Milk is dear", "Arland sells tanks").hit
