"""The stage is the furthest that the text reports, each cue in words."""

import pytest

from monitor.match.roles import Party, Roles
from monitor.match.stages import cues_of, stage
from monitor.model import Stage
from tests.match.conftest import seen


def cues(title: str, summary: str = "") -> dict[str, float]:
    return cues_of(seen(title, summary).scene, Roles())


@pytest.mark.parametrize(
    ("title", "cue"),
    [
        ("Arland wants tanks", "only requested"),
        ("Arland wants tanks", "title first only requested"),
        ("Arland wants bread. Tanks.", "only requested without good"),
        ("Arland sends tanks", "start > give stage.delivered"),
        ("sends tanks", "give stage.delivered > good"),
        ("tanks Arland sends", "give stage.delivered > end"),
        ("Arland not to send tanks", "not only agreed"),
        ("Arland refuses, then wants tanks", "title only refused, then only requested"),
        ("Arland sells tanks", "no stage in title"),
        ("Arland sells tanks", "no stage"),
        ("tanks", "no act in title"),
        ("tanks", "no supplier"),
        ("arms embargo on Arland", "embargo.arms in title"),
        ("arms embargo on Arland", "embargo and no act of transfer"),
        ("lifts sanctions on tanks", "embargo.word and embargo.act"),
        ("sells tanks while sanctions hold", "embargo only said aside"),
        ("alleged tanks", "doubt"),
        ("Arland wants tanks while Borland refuses", "only requested, then only refused"),
        ("Arland wants tanks while Borland refuses", "first only requested"),
        ("Arland wants tanks while Borland refuses", "last only refused"),
        ("Arland wants tanks while Borland refuses", "first clause: only requested"),
        ("Arland wants bread while Borland sends tanks", "later clause: only delivered"),
        ("Arland wants bread while Borland sends tanks", "a clause with a good: only delivered"),
        ("Arland supply of tanks", "first clause: an act"),
        ("Arland has tanks. Bread.", "first clause: nothing"),
        ("Wants tanks, sends tanks", "a clause with a good: only delivered+only requested"),
        ("Wants tanks", "nobody: only requested"),
        ("Arland wants tanks", "another: only requested"),
        ("Does Arland want tanks?", "title asks"),
        ("Arland sends dozens of tanks", "give stage.delivered > good"),
        ("Arland awaits approval of tanks", "only negotiating"),
        ("Arland mulls blocking tanks", "only refused"),
    ],
)
def test_cues(title: str, cue: str) -> None:
    """What tells the stage is named."""
    expected = {"start > give stage.delivered": "party > give stage.delivered"}.get(cue, cue)
    assert expected in cues(title)


def test_the_title_weighs_most() -> None:
    """A cue below the title counts for half of one in it."""
    assert 1.0 == cues("Arland wants tanks")["only requested"]
    assert 0.5 == cues("News", "Arland wants tanks")["only requested"]
    assert "embargo.arms in title" not in cues("News", "arms embargo")
    assert "embargo only said aside" not in cues("sanctions hold while Arland sells tanks")
    assert "title asks" not in cues("News", "Does Arland want tanks?")


def test_known_sides_are_no_cue() -> None:
    """Where both sides are known nothing says that one lacks."""
    scene = seen("Arland sells tanks to Borland").scene
    sides = Roles([Party("aa", [], {}, 0.9, 0.0), Party("bb", [], {}, 0.0, 0.9)])
    assert "no supplier" not in cues_of(scene, sides)
    assert "no recipient" not in cues_of(scene, sides)


def test_who_wants_is_a_cue() -> None:
    """A stage is told apart by the side of the party named before it."""
    scene = seen("Arland wants tanks").scene
    sides = Roles([Party("aa", [], {}, 0.0, 0.9)])
    assert "recipient: only requested" in cues_of(scene, sides)


def test_weights_choose() -> None:
    """The stage with the heaviest cues wins; without weights the first there is."""
    own: dict[str, dict[str, float]] = {one.value: {} for one in Stage}
    own["refused"] = {"only refused": 2.0, "bias": -1.0}
    assert Stage.REFUSED is stage({"only refused": 1.0}, own)
    assert Stage.REQUESTED is stage({"only refused": 0.4}, own)


def test_an_empty_scene_has_no_act() -> None:
    """Nothing found, nothing told but that."""
    scene = seen("Arland").scene
    assert {"no act in title", "no stage", "no supplier", "no recipient"} == set(
        cues_of(scene, Roles())
    )
