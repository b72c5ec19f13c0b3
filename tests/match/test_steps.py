"""A word of a stage amounts to what its place in the sentence makes of it."""

import pytest

from monitor.match.steps import marks, stage_of, steps, told
from tests.match.conftest import seen


def stages(title: str, order: str = "svo") -> list[str]:
    """The stages of a title in order, each as it counts where it stands."""
    found = steps(seen(title).scene.tokens, order)
    return [stage for token in found if (stage := stage_of(token))]


@pytest.mark.parametrize(
    ("title", "order", "expected"),
    [
        ("Arland vows tanks", "svo", ["agreed"]),
        ("Arland awaits approval of tanks", "svo", ["negotiating"]),
        (
            "Arland may, after a long summer of doubt and rain, give tanks approval",
            "svo",
            ["agreed"],
        ),
        ("approval of tanks may come", "svo", ["agreed"]),
        ("approval of tanks may come", "sov", ["negotiating"]),
        ("Arland mulls blocking tanks", "svo", ["refused", "refused"]),
        ("Arland mulls Borland blocking tanks", "svo", ["refused", "refused"]),
        ("Arland mulls tanks, refuses bombs", "svo", ["negotiating", "refused"]),
        ("Arland mulls approval of tanks", "svo", ["negotiating", "agreed"]),
        (
            "talks of Arland in the old town hall end, blocking tanks",
            "svo",
            ["negotiating", "refused"],
        ),
        ("Arland mulls tanks", "svo", ["negotiating"]),
    ],
)
def test_steps(title: str, order: str, expected: list[str]) -> None:
    """What is awaited is still talked about; what is weighed is what is weighed to be done."""
    assert expected == stages(title, order)


def test_all_else_stays() -> None:
    """Only the stage of a token changes, never its place, its words or its other labels."""
    tokens = seen("Arland awaits approval of tanks").scene.tokens
    after = steps(tokens, "svo")
    assert [t.order for t in tokens] == [t.order for t in after]
    assert [[f.start for f in t.finds] for t in tokens] == [
        [f.start for f in t.finds] for t in after
    ]
    assert any(marks(token, "may") for token in after)


def test_several_stages_are_none() -> None:
    """A token that could tell two stages tells none for sure; one told is told in label and finds."""
    (token,) = (t for t in seen("Arland vows tanks").scene.tokens if stage_of(t))
    other = told(token, "refused")
    assert "stage.refused" == other.label
    assert "refused" == stage_of(other)
    assert "" == stage_of(seen("Arland tanks").scene.tokens[0])
