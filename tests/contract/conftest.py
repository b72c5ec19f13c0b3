"""The store under test: every kind there is, through one node and through two in turn."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from monitor.ports import Store
from tests.contract.nodes import KINDS, InTurn, Open


@pytest.fixture(params=list(KINDS))
def another(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens one more node on the store of this test."""
    opener, opened = KINDS[request.param](tmp_path), list[Store]()

    def node() -> Store:
        opened.append(opener())
        return opened[-1]

    yield node
    for store in opened:
        store.close()


@pytest.fixture(params=["one node", "two nodes"])
def store(request: pytest.FixtureRequest, another: Open) -> Store:
    if request.param == "one node":
        return another()
    return cast(Store, InTurn(another(), another()))
