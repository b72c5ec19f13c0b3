"""Fixtures every test may use; the clock stands still at NOW."""

from datetime import UTC, datetime

import pytest

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW
