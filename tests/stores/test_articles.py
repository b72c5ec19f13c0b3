"""Articles in SQLite: what only one daemon does, and a law over all texts."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import ArticleChanges, ArticleState, ArticleWant, Entry
from monitor.ports import Store
from monitor.stores import _articles, sqlite
from tests.contract import making as m
from tests.samples import NOW


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for all examples: each brings an entry of its own."""
    path: Path = tmp_path_factory.mktemp("articles") / "m.db"
    store = sqlite.open(f"sqlite:///{path}")
    yield store
    store.close()


def wanted(store: Store, entry: Entry) -> None:
    want = ArticleWant(entry=entry, host=f"{entry.id}.example")
    decided = (m.unflagged(entry),)
    found = m.changes(m.take_one(store), entries=(entry,), decisions=decided, articles=(want,))
    assert m.commit(store, found)


_NUMBER = iter(range(10_000))
_TEXTS = st.text(max_size=80)


@settings(max_examples=60, deadline=None)
@given(title=_TEXTS, summary=_TEXTS, text=_TEXTS, article=st.text(max_size=400))
def test_no_article_changes_its_entry(
    shared: Store, title: str, summary: str, text: str, article: str
) -> None:
    """Whatever it says: the entry is known by its feed's words, and its next change is 2."""
    name = str(next(_NUMBER))
    entry = m.entry(name, title=title, summary=summary, text=text)
    wanted(shared, entry)
    [claim] = [c for c in shared.articles_due(NOW, 10_000) if c.entry.id == name]
    taken = shared.take_article(claim, NOW, owner="one", lease=m.HOUR)
    assert taken is not None
    read = ArticleChanges(
        claim=taken[0], at=NOW, due=NOW, state=ArticleState.READ, text=article,
        decisions=(m.unflagged(entry),),
    )  # fmt: skip
    with shared.writing():
        assert shared.settle_article(read)

    assert [] == list(shared.unseen("a", [entry]))
    changed = m.entry(name, title=title + "!", summary=summary, text=text)
    assert [2] == [e.revision for e in shared.unseen("a", [changed])]
    assert [1] == [r["revision"] for r in shared.decisions(name) if r["entry"] == name]


def test_nobody_waits_for_the_lease_of_the_dead(shared: Store) -> None:
    """Whoever holds the store is alone: what a killed daemon had taken is due at once."""
    wanted(shared, m.entry("dead"))
    [claim] = [c for c in shared.articles_due(NOW, 10_000) if c.entry.id == "dead"]
    assert shared.take_article(claim, NOW, owner="dead", lease=m.HOUR)
    with shared.hold("one", NOW):
        due = {c.entry.id for c in shared.articles_due(NOW, 10_000)}

    assert "dead" in due


def test_a_look_at_what_is_due_reads_no_more_than_it_must(tmp_path: Path) -> None:
    """Every step goes by an index: a hundred thousand that wait are not read one by one."""
    sqlite.open(f"sqlite:///{tmp_path}/m.db").close()
    with sqlite3.connect(tmp_path / "m.db") as c:
        plan = c.execute(
            f"explain query plan {_articles._DUE}", {"now": "", "late": "", "day": "", "limit": 1}
        ).fetchall()
    c.close()
    steps = [str(step) for *_, step in plan]

    assert [] == [s for s in steps if s.startswith("SCAN ") and "h" not in s.split()[1]]
    assert 3 == sum("articles_due" in s for s in steps)
