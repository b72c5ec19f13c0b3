"""The figures count what they say they count."""

from monitor.match.figures import Count, Figures, Group, Labelled, measure, told
from monitor.model import Act, Match, Stage


def decision(score: float, act: Act | None = None, *, flagged: bool = True) -> Match:
    return Match(
        topic="t", flagged=flagged, score=score, threshold=0.5, rule_version="", language="en",
        act=act,
    )  # fmt: skip


ACT = Act(stage=Stage.AGREED, suppliers=("us",), recipients=("ua",), categories=("tank",))
STORY = Labelled(
    label="pos", language="en", stage="agreed",
    slots={"supplier": frozenset(("us",)), "recipient": frozenset(("ua", "pl"))},
)  # fmt: skip
OTHER = Labelled(label="neg", language="de")


def test_flags_and_slots_are_counted() -> None:
    """One story found, one missed, one false alarm, one left alone, one borderline."""
    figures = measure(
        [
            (STORY, [decision(0.9, ACT), decision(0.6)]),
            (STORY, [decision(0.2, flagged=False)]),
            (OTHER, [decision(0.7, ACT)]),
            (OTHER, []),
            (Labelled(label="borderline"), [decision(0.9)]),
        ]
    )
    assert (2, 2, 1) == (figures.all.positives, figures.all.negatives, figures.borderline)
    assert (0.5, 0.5, 0.5) == (
        figures.all.found.precision, figures.all.found.recall, figures.all.found.f1,
    )  # fmt: skip
    assert 0.5 == figures.languages["de"].false_rate
    assert 0.0 == figures.languages["en"].false_rate
    assert 1.0 == figures.stage_accuracy
    assert 1.0 == figures.slots["supplier"].recall
    assert 0.5 == figures.slots["recipient"].recall


def test_a_wrong_stage_counts_for_both() -> None:
    """A stage mistaken for another is missed as the one and wrong as the other."""
    figures = measure([(Labelled(label="pos", stage="refused"), [decision(0.9, ACT)])])
    assert 0.0 == figures.stage_accuracy
    assert (1, 0) == (figures.stages["refused"].missed, figures.stages["refused"].wrong)
    assert (0, 1) == (figures.stages["agreed"].missed, figures.stages["agreed"].wrong)


def test_suppliers_are_not_scored_on_embargoes() -> None:
    """Who imposes an embargo supplies nothing."""
    embargo = Labelled(label="pos", stage="embargo", slots={"supplier": frozenset()})
    figures = measure([(embargo, [decision(0.9, ACT)]), (STORY, [decision(0.9)])])
    assert Count() == figures.slots["supplier"]


def test_nothing_counted_is_no_fault() -> None:
    """Without items every rate stands at what does no harm."""
    assert (1.0, 1.0, 1.0) == (Count().precision, Count().recall, Count().f1)
    assert 0.0 == Count(wrong=1, missed=1).f1
    assert 0.0 == Group().false_rate
    assert 1.0 == Figures().stage_accuracy
    assert told([]) is None


def test_an_unlabelled_stage_is_not_scored() -> None:
    """Where nobody said the stage, none is right or wrong."""
    assert 0 == measure([(Labelled(label="pos"), [decision(0.9, ACT)])]).staged
