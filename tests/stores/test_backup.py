"""Backups: taken while the daemon works, proved before they get their name."""

import threading
from pathlib import Path

import pytest

from monitor.errors import StoreError, StoreFull
from monitor.ports import Store
from monitor.stores import _schema, _upkeep, sqlite
from monitor.stores._connection import Connection, connect
from tests.contract import making as m
from tests.samples import NOW


def _fill(store: Store, number: int = 40) -> None:
    for i in range(number):
        one = m.entry(str(i), summary="Officials say so. " * 20)
        assert m.commit(store, m.alerting(m.take_one(store), one, story=f"s-{i}"))


def test_a_backup_is_the_store(store: Store, tmp_path: Path) -> None:
    """One file, no log beside it, with every row and able to go on."""
    _fill(store)
    copy = tmp_path / "copies" / "monitor.db"
    copy.parent.mkdir()
    counted = store.backup(copy)

    assert ["monitor.db"] == [p.name for p in copy.parent.iterdir()]
    restored = sqlite.open(f"sqlite:///{copy}")
    again = restored.counts()
    assert counted == {table: again[table] for table in counted}
    assert (40, 40) == (counted["entries"], counted["alerts"])
    assert store.alert("al-s-1") == restored.alert("al-s-1")
    assert [] == list(restored.integrity())
    assert m.commit(restored, m.alerting(m.take_one(restored), m.entry("new"), story="s-new"))
    restored.close()


def test_an_existing_file_is_never_overwritten(store: Store, tmp_path: Path) -> None:
    """It may be the last good backup."""
    copy = tmp_path / "copy.db"
    copy.write_text("precious")

    with pytest.raises(StoreError, match="never overwrites"):
        store.backup(copy)
    assert "precious" == copy.read_text()


def test_a_file_that_appears_meanwhile_is_not_overwritten(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two backups of one name at once: one of them wins, whole."""
    copy = tmp_path / "copy.db"
    monkeypatch.setattr(_upkeep, "_verify", lambda *_: copy.write_text("the other one"))

    with pytest.raises(StoreError, match="never overwrites"):
        store.backup(copy)
    assert "the other one" == copy.read_text()
    assert [] == list(tmp_path.glob("*.partial*"))


def test_a_folder_that_is_not_there_is_told(store: Store, tmp_path: Path) -> None:
    """One line with the path."""
    with pytest.raises(StoreFull, match="cannot be written: No such file"):
        store.backup(tmp_path / "nowhere" / "copy.db")


def test_a_full_disk_leaves_no_half_backup(store: Store, small_disk: Path) -> None:
    """A file that looks like a backup and is none is worse than none."""
    _fill(store, 5)
    (small_disk / "ballast").write_bytes(b"\0" * 2_950_000)

    with pytest.raises(StoreFull):
        store.backup(small_disk / "copy.db")
    assert ["ballast"] == [p.name for p in small_disk.iterdir()]


def test_a_backup_of_a_broken_store_is_thrown_away(path: Path, tmp_path: Path) -> None:
    """It is proved before it gets its name: content, structure and counts."""
    store = sqlite.open(f"sqlite:///{path}")
    _fill(store)
    store.close()
    data = path.read_bytes()
    path.write_bytes(data.replace(b"Officials say so", b"Officials say no"))
    store = sqlite.open(f"sqlite:///{path}")

    with pytest.raises(StoreError, match="thrown away: entry"):
        store.backup(tmp_path / "copy.db")
    assert ["monitor.db", "monitor.db-shm", "monitor.db-wal"] == sorted(
        p.name for p in tmp_path.iterdir()
    )
    store.close()


def test_rows_that_are_missing_are_noticed(store: Store, path: Path) -> None:
    """A copy that is sound in itself may still lack something."""
    store.sync([m.feed()], NOW)
    reader = connect(path, writable=False)
    expected = reader.counts(_schema.TABLES) | {"feeds": 2}
    reader.close()

    with pytest.raises(StoreError, match="instead of"):
        _upkeep._verify(path, expected)


def test_what_is_written_between_counting_and_copying_is_not_in_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both look at one moment, so that a busy store can be backed up at all."""
    _fill(store, 3)
    copy_to = Connection.copy_to

    def late(connection: Connection, path: Path) -> None:
        store.sync([m.feed("a"), m.feed("late")], NOW)
        copy_to(connection, path)

    monkeypatch.setattr(Connection, "copy_to", late)

    assert 1 == store.backup(tmp_path / "copy.db")["feeds"]
    assert 2 == store.counts()["feeds"]


def test_a_backup_under_fire_is_one_moment_of_the_store(store: Store, tmp_path: Path) -> None:
    """Polls go on meanwhile; every copy has an alert for every member, whole polls only."""
    stop = threading.Event()
    numbers = iter(range(10_000))

    def work() -> None:
        while not stop.is_set():
            i = next(numbers)
            one = m.entry(str(i), summary="Officials say so. " * 20)
            assert m.commit(store, m.alerting(m.take_one(store), one, story=f"s-{i}"))

    worker = threading.Thread(target=work)
    worker.start()
    try:
        copies = [store.backup(tmp_path / f"{i}.db") for i in range(5)]
    finally:
        stop.set()
        worker.join()

    for counted in copies:
        assert counted["entries"] == counted["alerts"] == counted["members"]
    assert sorted(c["entries"] for c in copies) == [c["entries"] for c in copies]
