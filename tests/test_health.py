"""Whether each stage still makes progress, told apart, with reasons."""

from monitor.health import PATIENCE, Health, Stage


def test_nothing_has_run_yet() -> None:
    """Not ready before the first tick, and the reason is that."""
    assert ("polling: the first tick has not run yet",) == Health(100.0).reasons(101.0)


def test_it_is_ready_while_every_stage_moves() -> None:
    """No reason at all."""
    health = Health(0.0)
    for stage in Stage:
        health.beat(stage, 500.0)

    assert () == health.reasons(510.0)
    assert {"polling": 10.0, "matching": 10.0, "delivering": 10.0} == health.ages(510.0)


def test_a_late_stage_is_named_alone() -> None:
    """Each has a patience of its own."""
    for late in Stage:
        health = Health(0.0)
        for stage in Stage:
            health.beat(stage, 0.0 if stage is late else 1000.0)
        at = PATIENCE[late] + 1

        assert (f"{late.value}: no progress for {at:.0f} s",) == health.late(at)


def test_a_stage_that_never_began_is_late_too() -> None:
    """A delivery loop that did not start is not ready for ever."""
    health = Health(0.0)
    health.beat(Stage.POLLING, 1000.0)
    health.beat(Stage.MATCHING, 1000.0)

    assert ("delivering: no progress for 1000 s",) == health.late(1000.0)


def test_a_fault_holds_until_it_is_cleared() -> None:
    """And says when it is the moment to tell somebody: at its beginning and its end."""
    health = Health(0.0)
    health.beat(Stage.POLLING, 0.0)

    assert not health.fault("disk", "")
    assert health.fault("disk", "only 3 MB free")
    assert not health.fault("disk", "only 2 MB free")
    assert ("disk: only 2 MB free",) == health.faults() == health.reasons(1.0)
    assert health.fault("disk", "")
    assert () == health.faults()
