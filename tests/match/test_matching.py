"""A decision names its words and weights, never fails, and never rests on a single word."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config.queries import parse
from monitor.config.topics import Search, Topic
from monitor.languages import Grammar
from monitor.match import Rules, match
from monitor.model import Match, Stage
from tests.conftest import NOW
from tests.match.conftest import MODEL, entry, small

EXEMPLAR = (
    "Russia wants to buy millions of rockets and artillery shells from North Korea, "
    "which would violate a UN arms embargo"
)
HOSTILE = st.one_of(
    st.text(max_size=400),
    st.sampled_from(
        ["", " ", "arms", "<b>arms</b> &amp; <a href='x'>tanks</a>", "‮arms‬ to \u200bIran",
         "صفقة أسلحة إلى إيران", "נשק לאיראן", "arms " * 300, "((((", "\x00\ud800", "A" * 5000]
    ),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE, st.sampled_from(["", "en", "ar", "ja", "xx", "nl"]))
def test_no_text_makes_it_fail(shipped: Rules, title: str, summary: str, language: str) -> None:
    """Whatever the text and the language, there is a decision, and its words are in the text."""
    item = entry(title, summary, language=language)
    for found in match(item, shipped, NOW):
        assert 0.0 <= found.score <= 1.0
        for reason in found.reasons:
            assert reason.text == getattr(item, reason.field)[reason.start : reason.end]


def test_a_megabyte_is_judged_by_its_beginning(shipped: Rules) -> None:
    """A text of a megabyte is decided at once, on its beginning, and says so."""
    item = entry("Poland sends tanks to Peru", text="arms from Iran to Chad. " * 45_000)
    found = match(item, shipped, NOW)[1]
    assert found.flagged
    assert "only the beginning was analysed" in found.why


def test_the_exemplar(judge: Callable[..., Match]) -> None:
    """Who, what, whom, how far, how many, under which embargo, from one headline."""
    found = judge(EXEMPLAR)
    act = found.act
    assert found.flagged
    assert act is not None
    assert Stage.REQUESTED == act.stage
    assert (("kp",), ("ru",)) == (act.suppliers, act.recipients)
    assert {"artillery", "ammunition"} == set(act.categories)
    assert "millions" == act.quantity
    assert "un-kp" in act.regimes


def test_an_embargo_counts_on_the_day(shipped: Rules) -> None:
    """Before the embargo there is none to break."""
    item = replace(entry(EXEMPLAR), published=NOW.replace(year=2001))
    act = match(item, shipped, NOW)[1].act
    assert act is not None
    assert "un-kp" not in act.regimes


@pytest.mark.parametrize(
    "word", ["weapons", "arms", "tank", "embargo", "missiles", "sells", "arms embargo", "Iran"]
)
def test_no_single_word_is_enough(judge: Callable[..., Match], word: str) -> None:
    """One word, however telling, raises no alert."""
    assert not judge(word).flagged


def test_a_language_without_lexicon_is_marked(judge: Callable[..., Match]) -> None:
    """Names and numbers alone decide there, and the decision says so."""
    found = judge("Polen levert 12 F-16 aan Peru", language="nl")
    assert "decided on names and numbers: no lexicon for it" in found.why
    assert found.act is not None


def test_nothing_named_is_said() -> None:
    """A text that names nothing to transfer has no act, and says why."""
    (found,) = match(entry("Arland sells bread"), small(), NOW)
    assert found.act is None
    assert "names no weapon, no weapon system and no embargo" == found.why
    assert () == found.reasons


def test_parts_make_the_score() -> None:
    """What the parts add up to is the score; vetoes are shown with their cost."""
    (found,) = match(entry("Arland sells tanks to Borland amid attack"), small(), NOW)
    assert found.parts["good"] == 1.0
    assert [("use", "attack", -3.0)] == [(v.name, v.text, v.weight) for v in found.vetoes]
    assert "against it" in found.why
    assert found.score < 0.5
    (clear,) = match(entry("Arland sells tanks to Borland"), small(), NOW)
    assert clear.flagged
    assert clear.why.startswith("carried by")
    labels = {(r.text, r.concept) for r in clear.reasons}
    assert {("Arland", "supplier:aa"), ("Borland", "recipient:bb")} <= labels
    assert ("tanks", "weapon:tank") in labels


@pytest.mark.parametrize(
    ("own", "lacks"),
    [
        ({"stages": ("refused",)}, "stage is agreed, wanted refused"),
        ({"suppliers": ("cc",)}, "supplier is aa, wanted cc"),
        ({"recipients": ("cc", "dd")}, "recipient is bb, wanted cc or dd"),
        ({"categories": ("ship",)}, "category is tank, wanted ship"),
        ({"requires": (("denial", "weapon.ship"),)}, "nothing says denial or weapon.ship"),
    ],
)
def test_a_topic_may_demand(own: dict[str, tuple[str, ...]], lacks: str) -> None:
    """What a topic demands of the act is named where it is not met."""
    topic = Topic(name="t", title="", description="", threshold=0.5, model=MODEL)
    rules = small(replace(topic, **own))  # type: ignore[arg-type]
    (found,) = match(entry("Arland sells tanks to Borland"), rules, NOW)
    assert not found.flagged
    assert lacks in found.why


def test_what_is_demanded_and_there_is_flagged() -> None:
    """A topic of one stage, party and concept flags what has them."""
    topic = Topic(
        name="t", title="", description="", threshold=0.5, model=MODEL, stages=("agreed",),
        suppliers=("aa",), requires=(("weapon.tank",), ("transfer",)),
    )  # fmt: skip
    (found,) = match(entry("Arland sells tanks to Borland"), small(topic), NOW)
    assert found.flagged


def test_a_topic_of_queries_alone() -> None:
    """Without a model the base, own parts and queries decide; the words they met are shown."""
    topic = Topic(
        name="t", title="", description="", threshold=0.5, model=None, base=-3.0,
        parts={"weapon.tank": 1.0, "veto.sport": -5.0},
        searches=(
            Search(name="bread", text="bread", query=parse("bread AND NOT wine"), weight=2.5),
            Search(name="wine", text="wine", query=parse("wine"), weight=9.0),
        ),
    )  # fmt: skip
    (both,) = match(entry("Tanks full of bread"), small(topic), NOW)
    assert both.flagged
    assert {"base": -3.0, "query: bread": 2.5, "topic: weapon.tank": 1.0} == both.parts
    assert [("Tanks", "weapon:tank"), ("bread", "query:bread")] == [
        (r.text, r.concept) for r in both.reasons
    ]
    (bread,) = match(entry("Only bread"), small(topic), NOW)
    assert not bread.flagged
    assert "query: bread +2.5" in bread.why
    (sport,) = match(entry("Bread, tanks and a match"), small(topic), NOW)
    assert not sport.flagged


def test_two_topics_share_the_work() -> None:
    """Each topic judges for itself, in order; what was found is found once for both."""
    one = Topic(name="one", title="", description="", threshold=0.5, model=MODEL)
    two = replace(one, name="two", threshold=0.999)
    found = match(entry("Arland sells tanks to Borland"), small(one, two), NOW)
    assert [("one", True), ("two", False)] == [(m.topic, m.flagged) for m in found]
    assert "of 0.999" in found[1].why


def test_a_language_folds_its_own_letters() -> None:
    """Turkish keeps its dotless i apart; the text is folded as the language does."""
    words: dict[str, tuple[str, ...]] = {"weapon.tank": ("tank*",), "transfer.give": ("sattı",)}
    topic = Topic(
        name="t", title="", description="", threshold=0.5, model=None, base=0.0,
        parts={"weapon.tank": 1.0, "transfer.give": 1.0},
    )  # fmt: skip
    rules = small(topic, concepts=words, language="tr")
    rules.grammars = {**rules.grammars, "tr": Grammar(code="tr", letters={"ı": "i"})}
    (found,) = match(entry("Arland sattı tank", language="tr"), rules, NOW)
    assert {"sattı", "tank"} <= {reason.text for reason in found.reasons}
    assert "tr" == found.language


def test_prepared_rules_judge_alike() -> None:
    """Building every language at once changes nothing but when it is done."""
    rules = small()
    rules.prepare()
    item = entry("Arland sells tanks to Borland")
    assert match(item, small(), NOW) == match(item, rules, NOW)


def test_the_version_follows_the_words() -> None:
    """The same files give the same version, another word another."""
    assert small().version == small().version
    assert small().version != small(concepts={"weapon.tank": ("tank",)}).version


def test_a_veto_of_no_weight_is_not_shown() -> None:
    """What changed nothing is no reason against."""
    light = replace(
        MODEL, sections={**MODEL.sections, "relevance": {"good": 1.0, "veto.use": -0.01}}
    )
    own = Topic(name="t", title="", description="", threshold=0.5, model=light)
    (found,) = match(entry("tanks amid attack"), small(own), NOW)
    assert () == found.vetoes
