"""Mutated feeds through the real child: no crash, no hang, no memory over its limit."""

from tests.sandbox.fuzzing import Fuzz, seeds

COUNT = 40  # some seconds; `python -m bench.fuzz_feeds` goes on for as long as one likes


def test_no_mutant_hurts() -> None:
    """Every mutant is parsed or fails by a name that says it is no feed; nothing new is missed."""
    fuzz = Fuzz(seeds())
    try:
        for number in range(COUNT):
            fuzz.one(number)
    finally:
        fuzz.parser.close()

    assert [] == fuzz.faults
    assert fuzz.outcomes["parsed"] > COUNT
