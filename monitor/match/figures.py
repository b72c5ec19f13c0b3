"""
How good the detector is on labelled items: precision, recall, slots, language by language.

    (Labelled, Matches) … → measure() → Figures

What the labels mean, and what is left out of scoring: docs/labelling.md
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from monitor.model import Match, Stage

SLOTS: Final = ("supplier", "recipient", "category")
LABELS: Final = ("pos", "neg", "borderline")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """What a reader said of one item."""

    label: str  # one of LABELS
    language: str = ""
    stage: str = ""  # "" when nobody said
    slots: Mapping[str, frozenset[str]] = field(default_factory=dict)  # one of SLOTS → values


@dataclass(slots=True)
class Count:
    """Right, wrong and missed; what precision and recall are made of."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def add(self, wanted: frozenset[str], got: frozenset[str]) -> None:
        self.right += len(wanted & got)
        self.wrong += len(got - wanted)
        self.missed += len(wanted - got)

    @property
    def precision(self) -> float:
        """1 when nothing was said."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """1 when nothing was to be found."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(slots=True)
class Group:
    """Flagged or not, over some of the items."""

    found: Count = field(default_factory=Count)
    negatives: int = 0

    @property
    def positives(self) -> int:
        return self.found.right + self.found.missed

    @property
    def false_rate(self) -> float:
        """The share of what is no story that was flagged; 0 without any."""
        return self.found.wrong / self.negatives if self.negatives else 0.0


@dataclass(slots=True)
class Figures:
    """Everything `monitor eval` tells."""

    all: Group = field(default_factory=Group)
    languages: dict[str, Group] = field(default_factory=dict)
    stages: dict[str, Count] = field(default_factory=dict)  # of flagged stories
    slots: dict[str, Count] = field(default_factory=lambda: {slot: Count() for slot in SLOTS})
    staged: int = 0  # flagged stories whose stage is labelled
    stage_right: int = 0
    borderline: int = 0

    @property
    def stage_accuracy(self) -> float:
        """1 when no stage was to be told."""
        return self.stage_right / self.staged if self.staged else 1.0


def told(matches: Iterable[Match]) -> Match | None:
    """The surest of the topics that flag an item; None when none does."""
    flagged = [match for match in matches if match.flagged]
    return max(flagged, key=lambda match: match.score, default=None)


def measure(judged: Iterable[tuple[Labelled, Sequence[Match]]]) -> Figures:
    """The figures; a borderline item counts nowhere."""
    figures = Figures()
    for labelled, matches in judged:
        best = told(matches)
        if labelled.label == "borderline":
            figures.borderline += 1
            continue
        for group in (figures.all, figures.languages.setdefault(labelled.language, Group())):
            _decision(group, labelled, flagged=best is not None)
        if best is not None and labelled.label == "pos":
            _act(figures, labelled, best)
    return figures


def _decision(group: Group, labelled: Labelled, *, flagged: bool) -> None:
    story = labelled.label == "pos"
    group.negatives += not story
    yes: frozenset[str] = frozenset(("story",))
    group.found.add(yes if story else frozenset(), yes if flagged else frozenset())


def _act(figures: Figures, labelled: Labelled, best: Match) -> None:
    act = best.act
    if act is None:
        return
    own = {
        "supplier": frozenset(act.suppliers),
        "recipient": frozenset(act.recipients),
        "category": frozenset(act.categories),
    }
    for slot, wanted in labelled.slots.items():
        # Who imposes an embargo supplies nothing: no supplier is scored there.
        if slot != "supplier" or labelled.stage != Stage.EMBARGO:
            figures.slots[slot].add(wanted, own[slot])
    if labelled.stage:
        figures.staged += 1
        figures.stage_right += labelled.stage == act.stage
        for name in {labelled.stage, act.stage.value}:
            said = figures.stages.setdefault(name, Count())
            said.add(frozenset((labelled.stage,)) & {name}, frozenset((act.stage.value,)) & {name})
