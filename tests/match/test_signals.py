"""Every feature has a name, a value and the words that raised it."""

import pytest

from monitor.match.roles import Party, Roles
from monitor.match.signals import Signals, goods, signals
from tests.match.conftest import seen


def features(title: str, summary: str = "", roles: Roles | None = None) -> Signals:
    return signals(seen(title, summary).scene, roles or Roles())


@pytest.mark.parametrize(
    ("title", "feature"),
    [
        ("Arland sells tanks", "good:tank"),
        ("Arland sells tanks", "good in title"),
        ("Arland sells tanks and missiles", "goods of several kinds"),
        ("Arland sells tanks", "transfer.give in title"),
        ("Arland sells tanks", "give at good"),
        ("Arland sells two new tanks", "give near good"),
        ("Arland sells two of the very new tanks", "give by good"),
        ("Arland sells so many of the other and the very new and shiny tanks", "give far good"),
        ("Arland sells missiles", "give close to missile"),
        ("Arland sells engines", "give close to soft"),
        ("Arland sells Zap-9 to Borland", "give close to system"),
        ("Arland sells Borland tanks", "good and act with 2 parties in title"),
        ("Arland breaks arms embargo", "embargo.arms with its act"),
        ("Arland breaks arms embargo", "embargo.arms with a party"),
        ("Arland breaks arms embargo", "embargo.arms in title"),
        ("Arland lifts sanctions on arms", "embargo.word near good"),
        ("Arland lifts sanctions on arms", "embargo.word with its act and a good"),
        ("Arland lifts sanctions on arms", "embargo.word beside arms"),
        ("Arland lifts sanctions", "embargo.word without goods"),
        ("Arland wants tanks", "stage.requested beside good"),
        ("Arland wants tanks", "stage.requested in title"),
        ("dozens of tanks", "quantity beside good"),
        ("army tanks", "context.military in title"),
        ("tanks to Arland", "mark.to before party"),
        ("tanks amid attack", "veto.use in title"),
        ("attack tanks", "veto.use at good"),
        ("Zap-9", "a named system"),
        ("tanks", "0 parties"),
    ],
)
def test_features(title: str, feature: str) -> None:
    """What speaks for or against is raised under a name people can read."""
    found = features(title)
    assert found.values[feature] == 1.0
    assert feature == "0 parties" or found.evidence[feature]


@pytest.mark.parametrize(
    ("title", "summary", "feature"),
    [
        ("News", "Arland sells tanks", "good in title"),
        ("News", "Arland sells tanks", "transfer.give in title"),
        ("News", "Arland wants tanks", "stage.requested in title"),
        ("News", "army tanks, attack", "context.military in title"),
        ("News", "army tanks, attack", "veto.use in title"),
        ("News", "Arland breaks arms embargo", "embargo.arms in title"),
        ("Tanks", "Arland sells bread", "give far good"),
        ("Tanks", "Arland wants bread", "stage.requested beside good"),
        ("Tanks", "Bread to Arland", "mark.to before party"),
        ("Tanks to the great and mighty Arland", "", "mark.to before party"),
        ("Tanks, arms embargo", "", "embargo.word without goods"),
        ("Sanctions on engines", "", "embargo.word beside arms"),
        ("Sanctions and on and on and on and on engines", "", "embargo.word near good"),
    ],
)
def test_what_is_not_said(title: str, summary: str, feature: str) -> None:
    """What stands elsewhere, or too far away, raises nothing."""
    assert feature not in features(title, summary).values


def judged(title: str, *chances: tuple[float, float]) -> Signals:
    scene = seen(title).scene
    found = Roles()
    for actor, (giver, taker) in zip(scene.of("actor"), chances, strict=True):
        found.parties.append(Party(actor.names[0], [actor], {}, giver, taker))
    return signals(scene, found)


def test_sides_count_as_likely_as_they_are() -> None:
    """Both sides, one sentence, one act: each feature has the chance as its value."""
    found = judged("Arland sells tanks to Borland", (0.8, 0.1), (0.1, 0.5)).values
    assert 0.8 == found["supplier"]
    assert 0.4 == found["supplier and recipient"]
    assert 1.0 == found["supplier and recipient differ"]
    assert 0.4 == found["frame: supplier, good, recipient in title"]
    assert 0.5 == found["frame: act, good and recipient in title"]
    without = judged("tanks, Arland, Borland", (0.8, 0.1), (0.1, 0.4)).values
    assert "frame without act: supplier, good, recipient in title" in without
    assert "supplier and recipient differ" not in without


def test_one_party_is_no_pair() -> None:
    """The same party on both sides is no pair."""
    found = judged("Arland sells tanks", (0.5, 0.5)).values
    assert "supplier and recipient" not in found
    assert not [name for name in found if "supplier, good, recipient" in name]


def test_goods_come_in_order() -> None:
    """Weapons and systems are one list, in the order of the text."""
    scene = seen("Zap-9, tanks and Zap-9").scene
    assert ["system", "weapon", "system"] == [good.family for good in goods(scene)]


def test_how_much_of_a_transfer_is_told() -> None:
    """Giver, taker, act, stage and embargo beside a good are counted, each once."""
    found = judged("Arland wants to sell tanks to Borland", (0.8, 0.1), (0.1, 0.7)).values
    assert "a good in title with 4 parts of a transfer" in found
    assert "a good in title with 5 parts of a transfer" not in found
    below = features("News", "tanks. Arland sells bread").values
    assert "a good with 0 parts of a transfer" in below
    assert "a good with 1 parts of a transfer" not in below
    assert "a good in title with 0 parts of a transfer" not in below


def test_weapons_in_use_tell_of_no_transfer() -> None:
    """A sentence about an attack counts for nothing, however much it names."""
    assert "a good with 0 parts of a transfer" not in features("Arland sells attack tanks").values
