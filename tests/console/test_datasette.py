"""config/datasette.yaml: the store can be looked into, and what is in it is described."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from monitor.ports import Store
from monitor.stores._schema import TABLES
from monitor.stores.sqlite import open as sqlite
from tests.contract.making import alerting, commit, entry, take_one

FILE = Path(__file__).parent.parent.parent / "config" / "datasette.yaml"
DESCRIBED: Any = yaml.safe_load(FILE.read_text("utf-8"))["databases"]["monitor"]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    path = tmp_path_factory.mktemp("datasette") / "monitor.db"
    store: Store = sqlite(f"sqlite:///{path}")
    assert commit(store, alerting(take_one(store), entry("1")))
    store.close()
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)


def test_every_table_is_described(opened: sqlite3.Connection) -> None:
    """With columns that there are, and nothing that there is not."""
    assert set(TABLES) == set(DESCRIBED["tables"])
    for table, said in DESCRIBED["tables"].items():
        there = {row[1] for row in opened.execute(f"pragma table_info({table})")}
        named = {*said.get("columns", {}), *said.get("facets", [])}
        named |= {said[k] for k in ("sort", "sort_desc", "label_column") if k in said}
        assert named <= there, table
        assert said["description"]


@pytest.mark.parametrize("name", sorted(DESCRIBED["queries"]))
def test_every_query_runs(opened: sqlite3.Connection, name: str) -> None:
    """As written, on a store of the present version."""
    query = DESCRIBED["queries"][name]
    given = {p: "s-1" for p in query.get("params", [])}
    rows = opened.execute(query["sql"], given).fetchall()

    assert rows or name in {"near_misses", "precision_by_rules", "feeds_in_trouble", "dead_letters"}
