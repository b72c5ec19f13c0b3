"""What an account changes in what was known, in sentences for people."""

from collections.abc import Iterator, Sequence

from monitor.model import Act, Member, Stage, Story
from monitor.story.judge import Judge


def changes(member: Member, story: Story, judge: Judge) -> tuple[str, ...]:
    """One sentence per new fact; where none can be named, the new headline."""
    acts = [m.act for m in story.members if m.act is not None]
    found = tuple(_facts(member.act, acts, judge)) if member.act is not None and acts else ()
    return found or (f"New account: {member.title}",)


def _facts(act: Act, acts: Sequence[Act], judge: Judge) -> Iterator[str]:
    last = acts[-1].stage
    if act.stage not in {a.stage for a in acts}:
        yield f"Stage: {act.stage.value}, before {last.value}."
    for what, own, told in (
        ("supplier", act.suppliers, [p for a in acts for p in a.suppliers]),
        ("recipient", act.recipients, [p for a in acts for p in a.recipients]),
        ("item", act.systems, [s for a in acts for s in a.systems]),
    ):
        new = [judge.names.title(one) for one in own if one not in told]
        if new:
            yield f"New {what}: {', '.join(new)}."
    yield from _quantity(act, acts)
    yield from _standing(act, acts)


def _quantity(act: Act, acts: Sequence[Act]) -> Iterator[str]:
    told = [a.quantity for a in acts if a.quantity]
    if act.quantity and act.quantity not in told:
        before = f", before {told[-1]}" if told else ""
        yield f"Quantity: {act.quantity}{before}."


def _standing(act: Act, acts: Sequence[Act]) -> Iterator[str]:
    """Denials, and doubts that are gone."""
    if act.denied and not any(a.denied for a in acts):
        yield "Denied by a party."
    sure = act.stage is not Stage.REPORTED and not act.doubted
    if sure and all(a.doubted for a in acts):
        yield "Told as a fact, no longer only alleged."
