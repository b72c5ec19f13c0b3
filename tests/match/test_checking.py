"""Topics prove themselves on their own examples; words that cannot work are named."""

from monitor.config.topics import Example, Topic
from monitor.match import check, gaps
from tests.match.conftest import CONCEPTS, MODEL, small


def topic(*examples: Example, wanted: bool = True) -> Topic:
    own = {"should_match" if wanted else "should_not_match": examples}
    return Topic(name="t", title="", description="", threshold=0.5, model=MODEL, **own)  # type: ignore[arg-type]


SOLD = "Arland sells tanks to Borland"


def test_good_examples_say_nothing() -> None:
    """What comes out as it should is not mentioned."""
    right = {"suppliers": ("aa",), "recipients": ("bb",), "stage": ("agreed",), "quantity": ("",)}
    assert () == check(small(topic(Example(title=SOLD, language="en", expect=right))))
    assert () == check(small(topic(Example(title="bread", language="en"), wanted=False)))


def test_wrong_examples_are_named_with_their_place() -> None:
    """Each example that comes out wrong is one line: where, what, why."""
    missed = Example(title="bread", language="en", place="topics/t.toml:3")
    (line,) = check(small(topic(missed)))
    assert line.startswith("topics/t.toml:3: 'bread' is not flagged: names no weapon")
    false = Example(title=SOLD, language="en", place="topics/t.toml:4")
    (line,) = check(small(topic(false, wanted=False)))
    assert f"topics/t.toml:4: {SOLD!r} is flagged: carried by" in line
    wrong = {"suppliers": ("bb",), "recipients": (), "stage": ("refused",)}
    lines = check(small(topic(Example(title=SOLD, language="en", expect=wrong, place="x:1"))))
    assert f"x:1: {SOLD!r}: suppliers is aa, not bb" in lines
    assert f"x:1: {SOLD!r}: recipients is bb, not none" in lines
    assert f"x:1: {SOLD!r}: stage is agreed, not refused" in lines


def test_expectations_without_an_act() -> None:
    """An example of a topic of queries has no act to expect anything of."""
    own = Topic(
        name="t", title="", description="", threshold=0.5, model=None, base=1.0,
        should_match=(Example(title="bread", language="en", expect={"suppliers": ("aa",)}),),
    )  # fmt: skip
    (line,) = check(small(own))
    assert "suppliers is none, not aa" in line


def test_words_that_cannot_work() -> None:
    """A term twice, one of no letters, one in a script the language has not."""
    concepts = CONCEPTS | {
        "weapon.tank": ("tank*", "Tánk*", "tank", "=Tank", "=TANK"),
        "weapon.ship": ("\u0640", "корабль"),
    }
    lines = check(small(concepts=concepts))
    assert any("weapon.tank: 'Tánk*' repeats 'tank*'" in line for line in lines)
    assert any("folds to nothing" in line for line in lines)
    assert any("is written in cyrillic, which en is not" in line for line in lines)
    assert 3 == len(lines)


def test_gaps_name_what_a_language_lacks() -> None:
    """Concept by concept, the languages that have no word for it."""
    found = gaps(small())
    assert "weapon.ship: nothing in en" in found
    assert not [line for line in found if line.startswith("weapon.tank:")]
