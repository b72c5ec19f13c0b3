"""Steps of the schema that programs have taken stay as they were."""

from collections.abc import Sequence
from hashlib import sha256

import pytest

from monitor.stores import _pg_schema, _schema

# By the version they start from. A new step is appended here; what stands here is never changed:
# a store that took the step as it was would be another than one that takes it as it is.
_SQLITE = (
    "0f763d1e0eb2fdb3", "74e46fc739164d9b", "73d39d156290f299", "e3b0c44298fc1c14",
    "d80ec634ab8a45f8", "ac7a54ec2c52b3fa", "a27669fc9a4720cb", "16a62632d84db0a0",
    "c88ee35377f1ee9a", "46f42470c6b42bb0",
)  # fmt: skip
_POSTGRESQL = (
    "821f11c67e6dd7ab", "4c3dec4ad4f15664", "f810b7960bc8e966", "09fb73b62af9508a",
    "561ac00e07dd35c6", "978d2532e5083db8", "b4b6483f51a2464a", "e42787c7b107dd96",
    "c88ee35377f1ee9a", "52677ad33a04f608",
)  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "frozen"),
    [(_schema.MIGRATIONS, _SQLITE), (_pg_schema.MIGRATIONS, _POSTGRESQL)],
    ids=["sqlite", "postgresql"],
)
def test_a_step_that_was_taken_never_changes(
    steps: Sequence[Sequence[str]], frozen: Sequence[str]
) -> None:
    """Every statement of every step, to the letter; also those that are derived from another."""
    found = [sha256("\n".join(step).encode()).hexdigest()[:16] for step in steps]

    assert list(frozen) == found, "append a step of its own instead, and its sum to this list"


def test_what_may_be_shared_is_a_version_there_is() -> None:
    """Older programs are shut out by a step that exists, not by one still to come."""
    assert 0 < _pg_schema.LEAST <= len(_pg_schema.MIGRATIONS)
