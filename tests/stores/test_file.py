"""The file: made whole or not at all; never used, and never made anew, when it is not sound."""

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.errors import StoreBusy, StoreDamaged, StoreError, StoreFull, UsageError
from monitor.model import Claim, Entry
from monitor.ports import Store
from monitor.stores import _file, _schema, sqlite
from monitor.stores._connection import connect, refusal
from tests.contract import making as m
from tests.samples import NOW


def _open(path: Path, *, create: bool = True) -> Store:
    return sqlite.open(f"sqlite:///{path}", create=create)


def _filled(path: Path, entries: int = 200) -> None:
    """A closed store with some pages in it."""
    store = _open(path)
    some = tuple(m.entry(str(i), summary="Officials say so. " * 20) for i in range(entries))
    m.commit(store, m.changes(m.take_one(store), entries=some))
    store.close()


# ── opening ─────────────────────────────────────────────────────────────────────


def test_a_new_store_is_made_with_its_folders(tmp_path: Path) -> None:
    """The first start needs no preparation; nothing else is left beside it."""
    path = tmp_path / "a" / "b #?%ä" / "monitor.db"
    _open(path).close()

    assert ["monitor.db"] == [p.name for p in path.parent.iterdir()]
    assert 0o600 == path.stat().st_mode & 0o777


def test_a_relative_url_is_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """sqlite:///data/monitor.db is beside the working folder, as SQLAlchemy has it."""
    monkeypatch.chdir(tmp_path)
    sqlite.open("sqlite:///data/monitor.db").close()

    assert (tmp_path / "data" / "monitor.db").exists()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:data.db", "postgres:///x"])
def test_a_url_without_a_file_is_refused(url: str) -> None:
    """With the right spelling in the message."""
    with pytest.raises(UsageError, match="sqlite:///data/monitor"):
        sqlite.open(url)


def test_without_create_nothing_is_made(path: Path) -> None:
    """A command that only reads does not leave an empty store behind a mistyped path."""
    with pytest.raises(StoreError, match="no store yet"):
        _open(path, create=False)
    assert not path.exists()


def test_opening_is_quick(path: Path) -> None:
    """Commands open the store each time: the best of ten takes less than 20 ms."""
    _filled(path)

    def once() -> float:
        began = time.perf_counter()
        _open(path).close()
        return time.perf_counter() - began

    assert 0.02 > min(once() for _ in range(10))


def test_many_may_make_it_at_once(path: Path) -> None:
    """Two containers that start together share one store."""
    stores = [_open(path) for _ in range(2)]
    stores[0].sync([m.feed()], NOW)

    assert 1 == len(stores[1].feeds())
    for store in stores:
        store.close()


def test_a_lost_race_to_make_it_keeps_the_winners(path: Path) -> None:
    """The file that is there first stays, with what is in it."""
    draft = path.with_name("draft")
    draft.write_text("mine")
    path.write_text("theirs")

    with pytest.raises(FileExistsError):
        _file.publish(draft, path)
    assert "theirs" == path.read_text()


def test_where_there_are_no_links_a_new_name_will_do(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """exFAT and some network folders have none: neither overwrites there."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    draft = path.with_name("draft")
    draft.write_text("mine")
    _file.publish(draft, path)
    draft.write_text("other")

    with pytest.raises(FileExistsError):
        _file.publish(draft, path)
    assert "mine" == path.read_text()


def test_settings_that_survive_a_power_cut(path: Path, store: Store) -> None:
    """Write-ahead log, full sync, foreign keys: on the connection that writes."""
    connection = connect(path, writable=True)
    found = [connection.value(f"pragma {name}") for name in
             ("journal_mode", "synchronous", "foreign_keys", "application_id", "busy_timeout")]  # fmt: skip
    connection.close()

    assert ["wal", 2, 1, _schema.APPLICATION, 30_000] == found


def test_a_closed_store_says_so(path: Path) -> None:
    """A thread that comes late gets an error of ours, not a crash."""
    store = _open(path)
    store.feeds()
    store.close()

    for use in (store.feeds, lambda: store.sync([], NOW)):
        with pytest.raises(StoreError, match="closed"):
            use()


def test_closing_does_not_wait_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that is stuck in a write must not keep the daemon from ending."""
    monkeypatch.setattr(_file, "_CLOSING", 0.05)
    store = _open(path)
    begun, end = threading.Event(), threading.Event()

    def stuck() -> None:
        with store.writing():
            begun.set()
            end.wait(30)

    thread = threading.Thread(target=stuck)
    thread.start()
    begun.wait(30)
    store.close()
    end.set()
    thread.join()
    store.close()
    again = _open(path)
    assert [] == list(again.feeds())
    again.close()


def test_an_old_library_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the version it has and the one it needs."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))

    with pytest.raises(StoreError, match=r"3\.37\.0 or newer"):
        _open(path)


# ── what is not a sound store ───────────────────────────────────────────────────


def _overwrite(path: Path) -> None:
    path.write_bytes(b"<html>not a database</html>" * 500)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _break_schema(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[100:2000] = b"\xff" * 1900
    path.write_bytes(data)


def _foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("create table recipes (name text)")
    other.close()


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute(f"pragma user_version = {len(_schema.MIGRATIONS) + 1}")
    other.close()


DAMAGES = {
    _overwrite: "not a sound store",
    _empty: "is empty",
    _cut: "not a sound store",
    _break_schema: "not a sound store",
    _foreign: "something else",
    _newer: "run the newer program",
}


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize(("damage", "said"), DAMAGES.items())
def test_an_unsound_file_is_refused_and_left_alone(
    path: Path, damage: Callable[[Path], None], said: str, create: bool
) -> None:
    """Made anew it would alert on the whole world again; what is left may still be rescued."""
    _filled(path)
    damage(path)
    before = path.read_bytes()

    with pytest.raises(StoreDamaged, match=said) as caught:
        _open(path, create=create)
    assert str(path) in str(caught.value)
    assert before == path.read_bytes()


def test_damage_is_told_with_the_way_out(path: Path) -> None:
    """Whoever reads it at night knows what to do next."""
    _filled(path)
    _overwrite(path)

    with pytest.raises(StoreDamaged, match="put a backup in its place"):
        _open(path)


def test_a_lost_file_beside_its_log_is_not_made_anew(path: Path) -> None:
    """Somebody moved half of a store: a new one would swallow the other half."""
    path.with_name("monitor.db-wal").write_bytes(b"\x37\x7f\x06\x82")

    with pytest.raises(StoreDamaged, match="-wal is still there"):
        _open(path)
    assert not path.exists()


def test_damage_found_while_reading_is_told_as_such(path: Path) -> None:
    """A page that broke long after the start ends a poll, not the process."""
    _filled(path)
    store = _open(path)
    data = bytearray(path.read_bytes())
    data[40_000:] = b"\xff" * (len(data) - 40_000)
    path.write_bytes(data)

    with pytest.raises(StoreDamaged):
        store.search("Freedonia")
    assert store.integrity()
    store.close()


# ── disks ───────────────────────────────────────────────────────────────────────


def test_a_full_disk_is_told_and_harms_nothing(small_disk: Path) -> None:
    """A write fails whole with a clear line; reading goes on; room again, and all is well."""
    path = small_disk / "monitor.db"
    store = _open(path)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * 1_000_000)
    written = _fill(store)
    assert 50 * written == store.counts()["entries"]

    ballast.unlink()
    assert m.commit(store, m.changes(_claim(store), entries=_some(written)))
    assert [] == list(store.integrity())
    store.close()


def _claim(store: Store) -> Claim:
    return m.take_one(store, now=NOW + m.LEASE)


def _some(batch: int) -> tuple[Entry, ...]:
    return tuple(m.entry(f"{batch}-{i}", summary="Officials say so. " * 40) for i in range(50))


def _fill(store: Store) -> int:
    """Commit until the disk is full; how many batches went in."""
    for batch in range(1000):
        what = m.changes(m.take_one(store), entries=_some(batch))
        try:
            m.commit(store, what)
        except StoreFull:
            break
    with pytest.raises(StoreFull, match="no space left"):
        m.commit(store, m.changes(what.claim, entries=_some(batch)))
    return batch


def test_a_full_disk_makes_no_store(small_disk: Path) -> None:
    """Nothing half made is left to be refused at the next start."""
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space"):
        ballast.write_bytes(b"\0" * 4_000_000)

    with pytest.raises(StoreFull):
        _open(small_disk / "monitor.db")
    assert ["ballast"] == [p.name for p in small_disk.iterdir()]


def test_a_read_only_disk_is_read(read_only: Path) -> None:
    """Reports work, writing says why it does not."""
    path = read_only / "monitor.db"
    store = _open(path, create=False)

    assert [] == list(store.feeds())
    with pytest.raises(StoreFull, match="cannot be written"):
        store.sync([m.feed()], NOW)
    with pytest.raises(StoreFull, match="cannot be opened"), store.hold("me", NOW):
        pass
    store.close()


def test_no_store_is_made_on_a_read_only_disk(read_only: Path) -> None:
    """One line, no traceback."""
    with pytest.raises(StoreFull, match="cannot be made: Read-only file system"):
        _open(read_only / "other.db")


def test_a_file_of_somebody_else_cannot_be_written(locked_file: Path) -> None:
    """The usual mistake: the daemon was once run by root."""
    store = _open(locked_file)

    with pytest.raises(StoreFull):
        store.sync([m.feed()], NOW)
    store.close()


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (sqlite3.SQLITE_IOERR_FSYNC, StoreError, "the disk does not answer"),
        (sqlite3.SQLITE_CANTOPEN, StoreFull, "its folder may be written"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreBusy, "another process"),
        (sqlite3.SQLITE_CORRUPT_INDEX, StoreDamaged, "not a sound store"),
        (sqlite3.SQLITE_FULL, StoreFull, "no space left"),
        (sqlite3.SQLITE_READONLY_DBMOVED, StoreFull, "cannot be written"),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, StoreError, "m.db: said"),
    ],
)
def test_every_refusal_of_the_library_is_one_of_ours(
    code: int, kind: type[StoreError], said: str
) -> None:
    """By its number, also a finer one than we know, with the file in front."""
    error = sqlite3.OperationalError("said")
    error.sqlite_errorcode = code
    found = refusal(error, Path("m.db"))

    assert kind is type(found)
    assert said in str(found)
    assert str(found).startswith("m.db: ")


# ── somebody else's write ───────────────────────────────────────────────────────


def test_a_writer_that_never_ends_is_told(
    path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Patience ends with an error that names the cause, and the store stays usable."""
    monkeypatch.setattr("monitor.stores._connection.PATIENCE", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")

    with pytest.raises(StoreBusy, match="another process writes"):
        store.sync([m.feed()], NOW)
    other.execute("rollback")
    other.close()
    store.sync([m.feed()], NOW)
    assert 1 == len(store.feeds())
