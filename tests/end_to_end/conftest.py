"""One world and one folder of runs for every test here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.world import Runs, World, world


@pytest.fixture
def around() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    made = Runs(tmp_path)
    yield made
    made.close()
