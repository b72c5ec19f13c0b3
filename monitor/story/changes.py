"""What an account changes in what was known, in sentences for people."""

from collections.abc import Iterator, Sequence

from monitor.model import Act, Member, Stage, Story
from monitor.story.judge import Judge


def changes(member: Member, story: Story, judge: Judge) -> tuple[str, ...]:
    """One sentence per new fact; where none can be named, the new headline."""
    acts = [m.act for m in story.members if m.act is not None]
    found = tuple(_facts(member.act, acts, judge)) if member.act is not None and acts else ()
    return found or (f"New account: {member.title}",)


def completed(member: Member, story: Story, judge: Judge) -> tuple[str, ...]:
    """
    What an entry that is told again, in other words or by its article, adds to what it left open.

    Only what nobody in the story has told yet, and nothing where its parties are others than it
    named before: then one of the two readings is wrong, and that is no news.
    """
    place = (member.feed_id, member.entry_id)
    before = next((m.act for m in story.members if (m.feed_id, m.entry_id) == place), None)
    act, acts = member.act, [m.act for m in story.members if m.act is not None]
    if act is None or before is None or act.denied != before.denied:
        return ()
    parties = ((before.suppliers, act.suppliers), (before.recipients, act.recipients))
    if any(was and now and not set(was) & set(now) for was, now in parties):
        return ()
    return tuple(_filled(act, acts, judge))


def _filled(act: Act, acts: Sequence[Act], judge: Judge) -> Iterator[str]:
    for what, own, told in (
        ("Supplier", act.suppliers, any(a.suppliers for a in acts)),
        ("Recipient", act.recipients, any(a.recipients for a in acts)),
        ("Item", act.systems, any(a.systems for a in acts)),
    ):
        if own and not told:
            yield f"{what}: {', '.join(judge.names.title(one) for one in own)}."
    if act.quantity and not any(a.quantity for a in acts):
        yield f"Quantity: {act.quantity}."


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
