"""Whether the file still says what was written into it."""

import random
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.errors import StoreError
from monitor.ports import Store
from monitor.stores import sqlite
from tests.contract import making as m
from tests.samples import NOW, alert

_FLIPS = 60


def _filled(path: Path) -> bytes:
    store = sqlite.open(f"sqlite:///{path}")
    for i in range(30):
        some = tuple(m.entry(f"{i}-{k}", summary=f"Officials say so {k}. " * 9) for k in range(4))
        assert m.commit(store, m.alerting(m.take_one(store), *some, story=f"s-{i}"))
    store.close()
    return path.read_bytes()


def test_a_sound_store_has_no_faults(store: Store) -> None:
    """Also an empty one."""
    assert [] == list(store.integrity())
    m.commit(store, m.alerting(m.take_one(store), m.entry()))
    assert [] == list(store.integrity())


def test_changed_words_are_found(path: Path) -> None:
    """SQLite has no checksums and would hand them on."""
    data = _filled(path)
    path.write_bytes(data.replace(b"Officials say so 2. ", b"Officials say no 2. "))
    store = sqlite.open(f"sqlite:///{path}")
    found = store.integrity()
    store.close()

    assert 30 == len(found)
    assert "entry 0-2 of a, revision 1: changed on disk" in found


def test_a_changed_schema_is_found(path: Path) -> None:
    """One letter of a column's name, flipped on disk, or a repair by hand."""
    data = _filled(path)
    path.write_bytes(data.replace(b"    outlet text not null,", b"    nutlet text not null,"))
    store = sqlite.open(f"sqlite:///{path}")

    assert "entries: is not what this version makes of it" in store.integrity()
    store.close()


def test_a_broken_search_index_is_found(path: Path) -> None:
    """It would end every poll that brings an entry; SQLite's check says nothing of it."""
    _filled(path)
    with sqlite3.connect(path) as other:
        other.execute("update search_data set block = x'00ff' where id > 10")
    other.close()
    store = sqlite.open(f"sqlite:///{path}")
    found = store.integrity()
    store.close()

    assert 1 == len(found)
    assert found[0].startswith("search index: ")


def test_a_read_only_store_is_checked_as_far_as_it_can_be(read_only: Path) -> None:
    """The index needs a write to be asked."""
    store = sqlite.open(f"sqlite:///{read_only}/monitor.db", create=False)

    assert [] == list(store.integrity())
    store.close()


def test_a_changed_alert_is_found(path: Path) -> None:
    """What an analyst was told is evidence."""
    data = _filled(path)
    path.write_bytes(data.replace(b'"severity":"high"', b'"severity":"hiGh"'))
    store = sqlite.open(f"sqlite:///{path}")
    found = store.integrity()
    store.close()

    assert "alert al-s-3, revision 1: changed on disk" in found


def test_rows_that_refer_to_nothing_are_found(path: Path, store: Store) -> None:
    """A repair by hand with foreign keys off leaves such rows."""
    m.commit(store, m.alerting(m.take_one(store), m.entry()))
    store.close()
    with sqlite3.connect(path) as other:
        other.execute("delete from alerts")
    other.close()
    opened = sqlite.open(f"sqlite:///{path}")

    assert ["deliveries: row 1 refers to nothing in alerts"] == list(opened.integrity())
    opened.close()


def test_flipped_bits_never_pass_for_what_was_written(path: Path) -> None:
    """
    One bit flipped anywhere: the store is refused, or the fault is found, or asking tells, or
    no text of an entry and no alert has changed.
    """
    data, chance = _filled(path), random.Random(7)
    expected, found = _contents(path), 0
    for _ in range(_FLIPS):
        bit = chance.randrange(len(data) * 8)
        broken = bytearray(data)
        broken[bit // 8] ^= 1 << bit % 8
        path.write_bytes(broken)
        try:
            store = sqlite.open(f"sqlite:///{path}")
        except StoreError:
            found += 1
            continue
        found += bool(store.integrity()) or _tells(path, store, expected)
        store.close()

    assert 0 < found < _FLIPS


def _tells(path: Path, store: Store, expected: object) -> bool:
    """Whether asking ends in an error; where it does not, the answer is right."""
    try:
        assert expected == _contents(path, store)
    except StoreError:
        return True
    return False


def _contents(path: Path, store: Store | None = None) -> object:
    """Every title and alert there is."""
    opened = store or sqlite.open(f"sqlite:///{path}")
    try:
        titles = {(r["id"], r["title"]) for r in opened.search("Freedonia", limit=1000)}
        alerts = [opened.alert(f"al-s-{i}") for i in range(30)]
    finally:
        if store is None:
            opened.close()
    return sorted(titles, key=str), alerts


def test_upkeep_cuts_the_log(path: Path, store: Store) -> None:
    """After a checkpoint the log is empty and everything is still there."""
    m.commit(store, m.alerting(m.take_one(store), m.entry()))
    log = path.with_name("monitor.db-wal")
    assert log.stat().st_size > 0
    store.checkpoint()

    assert 0 == log.stat().st_size
    assert 1 == store.counts()["alerts"]


def test_a_reader_in_the_way_does_not_stop_a_checkpoint(path: Path, store: Store) -> None:
    """It does what it can and comes again: no error, nothing lost."""
    m.commit(store, m.alerting(m.take_one(store), m.entry()))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin")
    other.execute("select count(*) from alerts").fetchall()
    m.commit(store, m.alerting(m.take_one(store), m.entry("2"), story="s-2"))
    store.checkpoint()
    other.close()

    assert 2 == store.counts()["alerts"]


def test_free_space_is_that_of_the_stores_disk(store: Store, small_disk: Path) -> None:
    """The watermark that pauses polling looks where the store lies."""
    assert store.free_bytes() > 0
    small = sqlite.open(f"sqlite:///{small_disk}/monitor.db")
    assert small.free_bytes() < 3 * 1024 * 1024
    small.close()


def test_overdue_counts_by_the_stores_own_clock(store: Store) -> None:
    """Due since years is overdue; due in years is not, nor is what a moment ago was due."""
    now = datetime.now(UTC)
    moments = (NOW - timedelta(days=3650), now + timedelta(days=3650), now)
    for i, due in enumerate(moments):
        one = alert(id=f"al-{i}", story=f"s-{i}")
        store.add_deliveries([m.delivery(one, due=due)])

    assert (3, 1) == (store.counts()["queued"], store.counts()["overdue"])
