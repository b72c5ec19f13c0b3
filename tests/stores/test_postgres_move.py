"""From SQLite to PostgreSQL: everything, proved, and nothing is sent once more."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import connect as raw
from typing import Any

import pytest

from monitor.errors import StoreBusy, StoreDamaged, StoreError
from monitor.model import (
    ArticleChanges,
    ArticleState,
    ArticleWant,
    Deed,
    Entry,
    Label,
    Opinion,
    Repair,
    Robots,
    Silence,
    Verdict,
)
from monitor.ports import Store
from monitor.stores import _pg_move, postgres, sqlite
from monitor.stores._schema import TABLES
from tests.contract import making as m
from tests.postgres import Server, server
from tests.samples import NOW, alert


@contextmanager
def unseen(_: int) -> Iterator[Any]:
    yield lambda amount: None


@pytest.fixture
def here() -> Server:
    return server()


@pytest.fixture
def url(here: Server) -> str:
    return here.fresh("moved")


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Store]:
    """A store in which something of everything happened."""
    store = sqlite.open(f"sqlite:///{tmp_path}/monitor.db")
    store.sync([m.feed("a", title="Zeitung «ß» 新聞"), m.feed("b", paused=True)], NOW)
    claim = m.take_one(store)
    m.commit(store, m.alerting(claim, m.entry("1", summary="砲弾 \u2028 '\\"), m.entry("2")))
    merged = m.told(m.entry("3"), "s-2", "k:s-1", "k:x")
    m.commit(store, m.changes(m.take_one(store), told=(merged,)))
    m.commit(
        store, m.changes(m.take_one(store), told=(m.told(m.entry("4"), "s-1", merged=["s-2"]),))
    )
    m.commit(store, m.changes(m.take_one(store), outcome=m.failed(), known={"client": '{"a": 1}'}))
    for number, verdict in enumerate((Verdict.DELIVERED, Verdict.REFUSED, Verdict.RETRY)):
        store.add_deliveries([m.delivery(alert(id=f"al-{number}"), sink=f"sink-{number}")])
        [one] = [d for d in m.send(store) if d.sink == f"sink-{number}"]
        store.record(
            one,
            m.attempt(one, verdict, answer="é\0", state={"ts": "1"}),
            m.SOON if number == 2 else None,
        )
    store.add_silence(
        Silence(
            id="si",
            conditions={"parties": ("kp",)},
            since=NOW,
            until=m.SOON,
            author="kim",
            comment="",
        )
    )
    store.add_label(Label(opinion=Opinion.RELEVANT, at=NOW, author="kim", alert="al-0"))
    apart = Repair(id="re", deed=Deed.SPLIT, story="s-1", others=("s-9",), entries=(("a", "4"),),
                   at=NOW, author="kim")  # fmt: skip
    assert store.mend(apart)
    _read_article(store, m.entry("5", title="Ministers met", summary="«ß»"))
    yield store
    store.close()


def _read_article(store: Store, entry: Entry) -> None:
    """A poll wants its article, which says something else than the feed."""
    found = m.changes(
        m.take_one(store), entries=(entry,), decisions=(m.unflagged(entry),), known={"client": "{}"},
        articles=(ArticleWant(entry=entry, host="a.example"),),
    )  # fmt: skip
    m.commit(store, found)
    store.keep_robots(Robots(origin="https://a.example:443", until=NOW, rules="新"))
    [claim] = store.articles_due(NOW, 10)
    taken = store.take_article(claim, NOW, owner="one", lease=m.HOUR)
    assert taken is not None
    read = ArticleChanges(
        claim=taken[0], at=NOW, due=NOW, state=ArticleState.READ, text="砲弾 \u2028",
        decisions=(m.unflagged(entry),),
    )  # fmt: skip
    with store.writing():
        assert store.settle_article(read)


def _held(store: Store, delivery: str) -> object:
    """Its attempts; a NUL, which PostgreSQL has not, is shown as what cannot be shown."""
    return [
        {**r, "answer": str(r["answer"]).replace("\0", "\ufffd")} for r in store.attempts(delivery)
    ]


def _answers(store: Store) -> object:
    """What a desk would notice."""
    counts = {k: n for k, n in store.counts().items() if k != "overdue"}
    return (
        counts, store.feeds(), store.events(), store.alerts(), store.deliveries(), store.sinks(),
        [_held(store, str(d["id"])) for d in store.deliveries()], store.labels(),
        store.silences(NOW), store.decisions("1"), store.decisions("5"), store.articles(NOW), store.story("s-2"), store.circuit("sink-2"),
        store.candidates(["k:s-1"], NOW), store.unseen("a", [m.entry("1"), m.entry("9")]),
        [row["id"] for row in store.search("shells")], store.own_feeds(),
    )  # fmt: skip


def test_a_desk_notices_nothing(old: Store, url: str, tmp_path: Path) -> None:
    """Every answer is the same, ids and all; what is due is due, what was sent is not."""
    assert {t for t in TABLES if not old.counts()[t]} == set()
    moved = postgres.move(tmp_path / "monitor.db", url, unseen)
    new = postgres.open(url, create=False)

    assert _answers(old) == _answers(new)
    assert {t: old.counts()[t] for t in TABLES} == dict(moved)
    assert [] == list(new.integrity())
    late = m.SOON + m.HOUR
    assert [d.id for d in m.send(old, now=late)] == [d.id for d in m.send(new, now=late)]
    new.close()


def test_the_moved_store_goes_on(old: Store, url: str, tmp_path: Path) -> None:
    """New rows get numbers of their own."""
    before = old.counts()["entries"]
    postgres.move(tmp_path / "monitor.db", url, unseen)
    new = postgres.open(url)

    assert m.commit(
        new, m.alerting(m.take_one(new, now=m.SOON + m.HOUR), m.entry("9"), story="s-9")
    )
    assert before + 1 == new.counts()["entries"]
    assert ["9"] == [row["id"] for row in new.search('"part 9"')]
    new.close()


def test_it_moves_into_an_empty_store_only(old: Store, url: str, tmp_path: Path) -> None:
    """What is there is never mixed with what comes; a second move is refused the same way."""
    postgres.move(tmp_path / "monitor.db", url, unseen)
    with pytest.raises(StoreError, match=r"is not empty \(2 feeds"):
        postgres.move(tmp_path / "monitor.db", url, unseen)


def test_a_store_at_work_is_not_moved(old: Store, url: str, tmp_path: Path) -> None:
    """What its daemon sent meanwhile would be sent again."""
    with old.hold("daemon", NOW), pytest.raises(StoreBusy, match="runs on it; stop that one"):
        postgres.move(tmp_path / "monitor.db", url, unseen)


def test_damage_is_not_moved(old: Store, url: str, tmp_path: Path) -> None:
    """Nor an older version; and the target stays empty."""
    with raw(tmp_path / "monitor.db") as file:
        file.execute("update entries set title = 'Other words' where id = '2'")
    with pytest.raises(StoreDamaged, match="entry 2 of a, revision 1: changed on disk"):
        postgres.move(tmp_path / "monitor.db", url, unseen)
    with raw(tmp_path / "monitor.db") as file:
        file.execute("pragma user_version = 1")
    with pytest.raises(StoreDamaged, match="has schema version 1, this program moves"):
        postgres.move(tmp_path / "monitor.db", url, unseen)


def test_what_does_not_come_back_as_written_is_not_kept(
    old: Store, here: Server, url: str, tmp_path: Path
) -> None:
    """Something on the server that changes rows, a trigger say, is found out by the sums."""
    postgres.open(url).close()
    here.run(
        "create function moved.meddle() returns trigger language plpgsql as"
        " 'begin new.title = upper(new.title); return new; end'",
        "create trigger meddle before insert on moved.members for each row execute function moved.meddle()",
    )

    with pytest.raises(StoreError, match="members did not come back as written; kept nothing"):
        postgres.move(tmp_path / "monitor.db", url, unseen)
    assert [(0,)] == here.run("select count(*) from moved.feeds")


def test_every_table_is_moved() -> None:
    """A table that a later version adds is not forgotten."""
    assert set(TABLES) == set(_pg_move._ORDER)


def test_many_rows_go_in_batches(old: Store, url: str, tmp_path: Path) -> None:
    """None twice and none left out at the joints; progress hears of both ways."""
    old.sync([m.feed(f"f{i:05}") for i in range(4_001)], NOW)
    heard: list[int] = []

    @contextmanager
    def heard_of(total: int) -> Iterator[Any]:
        heard.append(total)
        yield heard.append

    moved = postgres.move(tmp_path / "monitor.db", url, heard_of)
    assert 4_003 == moved["feeds"]
    assert [2 * sum(moved.values()), 2_000, 2_000, 2_000, 2_000] == heard
