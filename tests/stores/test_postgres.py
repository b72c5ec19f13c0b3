"""PostgreSQL's own ways: who may, which version, what a server that goes away leaves behind."""

import fcntl
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from monitor.errors import StoreBusy, StoreDamaged, StoreError, StoreFull, UsageError
from monitor.model import Claim, Verdict
from monitor.stores import _pg_server, _schema, postgres
from monitor.stores._pg_connection import Bell, connect
from tests.contract import making as m
from tests.postgres import Server
from tests.samples import NOW, alert

SECOND = timedelta(seconds=1)
Node = postgres.PostgresStore
OpenNode = Callable[..., Node]


# ── where it is, and who may ────────────────────────────────────────────────────


@pytest.mark.parametrize("wrong", ["postgresql://h/d?nonsense=1", "mysql://h/d"])
def test_a_url_that_is_none_is_the_users_mistake(wrong: str) -> None:
    """And the answer shows a right one."""
    with pytest.raises(UsageError, match="postgresql://user@host/database"):
        postgres.open(wrong)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    """What to look at stands in the one line, a password does not."""
    with pytest.raises(StoreError, match=r"cannot be reached .*pg_hba\.conf") as caught:
        postgres.open(f"postgresql://u:hush-hush@/d?host={tmp_path}")
    assert "hush-hush" not in str(caught.value)


def test_a_database_that_is_not_there(here: Server) -> None:
    """The server's own words are repeated."""
    with pytest.raises(StoreError, match='database "nowhere" does not exist'):
        postgres.open(here.url().replace("/postgres?", "/nowhere?"))


def test_a_schema_that_is_not_there(here: Server) -> None:
    """Otherwise the tables would appear in somebody else's."""
    with pytest.raises(StoreError, match="search_path names no schema that exists"):
        postgres.open(here.url("no_such_schema"))


def test_a_user_without_rights_is_told_what_he_lacks(here: Server, node: OpenNode) -> None:
    """He may neither make the tables nor, where he may only read, write into them."""
    m.take_one(node())
    here.run(
        "drop role if exists reader",
        "create role reader login",
        "grant usage on schema own to reader",
        "grant select on all tables in schema own to reader",
    )
    here.fresh("empty")
    try:
        with pytest.raises(StoreError, match="search_path names no schema"):
            postgres.open(here.url("empty", user="reader"))
        here.run("grant usage on schema empty to reader")
        with pytest.raises(StoreFull, match=r"this user may not .*let it own the schema"):
            postgres.open(here.url("empty", user="reader"))
        store = postgres.open(here.url("own", user="reader"))
        assert ["a"] == [row["id"] for row in store.feeds()]
        with pytest.raises(StoreFull, match="this user may not"):
            store.sync([m.feed("b")], NOW)
        store.close()
    finally:
        here.run("drop owned by reader", "drop role reader")


def test_a_server_that_takes_no_writes(here: Server, url: str, node: OpenNode) -> None:
    """A replica answers questions, and says why it keeps nothing."""
    m.take_one(node())
    replica = postgres.open(
        url.replace("-csearch", "-cdefault_transaction_read_only%3Don%20-csearch")
    )
    assert ["a"] == [row["id"] for row in replica.feeds()]
    with pytest.raises(StoreFull, match=r"not writable .*read-only transaction"):
        replica.sync([], NOW)
    replica.close()


# ── versions ────────────────────────────────────────────────────────────────────


def test_nothing_is_made_by_those_who_only_look(here: Server, node: OpenNode) -> None:
    """A wrong URL in `monitor backup` leaves no tables behind."""
    with pytest.raises(StoreError, match="there is no store yet"):
        node(create=False)
    assert [] == here.run("select tablename from pg_tables where schemaname = 'own'")


def test_a_newer_schema_is_refused(here: Server, node: OpenNode) -> None:
    """Who was rolled back must not write into tables he does not know."""
    node()
    here.run("update own.monitor_schema set version = 99, least = 99")

    with pytest.raises(StoreDamaged, match="has schema version 99, this program knows up to"):
        node()


def test_a_newer_schema_that_only_adds_is_shared(here: Server, node: OpenNode) -> None:
    """Two versions run side by side while one machine after the other is upgraded."""
    old = node()
    for _ in range(9):  # until its connection has prepared its questions
        old.release([m.take_one(old)])
        old.own_feeds()
    here.run(
        "alter table own.feeds add column mood text not null default 'calm'",
        "update own.monitor_schema set version = 99",
        "update own.feeds set lease_until = null",
    )
    store = node()
    with pytest.raises(StoreError, match=r"a newer program changed the tables .* done again"):
        m.take_one(old)
    assert [] == list(old.own_feeds())

    for one in (old, store):
        m.commit(one, m.alerting(m.take_one(one, "a"), m.entry()))
    assert [] == list(store.integrity())
    assert 99 == _version(store)


def _version(store: Node) -> int:
    with store._server.reading() as session:
        return _pg_server.version(session)


def test_an_upgrade_that_older_programs_cannot_share_waits_for_them(
    here: Server, url: str, node: OpenNode
) -> None:
    """It names who is at work, and changes nothing; when they have gone, it goes on."""
    older = _pg_server.Server(url)
    with older.writing() as session:
        _pg_server.migrate(session, 3)
    with older.session() as session:
        session.run(
            "insert into nodes (owner, host, pid, since, version, named_at)"
            " values ('old', 'desk-1', 7, '', '0.0.9', now())"
        )
        session.rows("select pg_advisory_lock_shared(hashtext(current_schema() || ' node'), 1)")
        with pytest.raises(
            StoreBusy, match=r"process 7 on desk-1 \(version 0\.0\.9\); stop them all"
        ):
            node()
        assert 3 == _pg_server.version(session)
    older.close()
    assert 0 == node().counts()["feeds"]


def test_an_older_schema_is_brought_up_to_date(url: str, node: OpenNode) -> None:
    """All of it, by who may write; who only looks is told, and changes nothing."""
    older = _pg_server.Server(url)
    with older.writing() as session:
        _pg_server.migrate(session, 1)
    older.close()

    with pytest.raises(StoreError, match="has schema version 1, this program needs"):
        node(create=False)
    store = node()
    assert [] == list(store.integrity())
    assert 0 == store.counts()["silences"]


def test_a_migration_is_all_or_nothing(here: Server, url: str, node: OpenNode) -> None:
    """Whatever stops it half way, the older version still finds its store."""
    older = _pg_server.Server(url)
    with older.writing() as session:
        _pg_server.migrate(session, 1)
    here.run("create table own.labels (in_the_way integer)")  # the second step makes one

    with pytest.raises(StoreError, match="already exists"):
        node()
    with older.reading() as session:
        assert 1 == _pg_server.version(session)
        assert session.value("select to_regclass('silences')") is None
    older.close()


def test_tables_of_something_else_are_left_alone(here: Server, node: OpenNode) -> None:
    """A schema that another program uses is not written into."""
    here.run("create table own.feeds (id integer)")

    with pytest.raises(StoreDamaged, match="holds tables of something else"):
        node()


def test_many_nodes_make_one_store(url: str) -> None:
    """Started at the same moment on an empty schema, one makes the tables, the others wait."""
    start = threading.Barrier(6)

    def begin(_: int) -> int:
        start.wait(30)
        store = postgres.open(url)
        found = store.counts()["feeds"]
        store.close()
        return found

    with ThreadPoolExecutor(6) as pool:
        assert [0] * 6 == list(pool.map(begin, range(6)))


# ── all at once ─────────────────────────────────────────────────────────────────


def test_nodes_that_do_everything_at_once_never_deadlock(node: OpenNode) -> None:
    """Claims, polls, deliveries, reloads and reports of three nodes, in every order they find."""
    nodes = [node() for _ in range(3)]
    feeds = [m.feed(f"f{i:02}") for i in range(30)]
    nodes[0].sync(feeds, NOW)

    def work(number: int) -> int:
        store, kept = nodes[number % 3], 0
        for turn in range(6):
            claims = m.take(store, 5, now=NOW + turn * m.HOUR, owner=f"n{number}")
            for claim in claims[1:3]:
                entry = m.entry(f"{turn}", feed_id=claim.feed.id)
                each = [m.changes(claim, entries=(entry,), seen=("0", entry.id))]
                kept += store.keep_all(each) == [True]
            for claim in claims[3:]:
                entry = m.entry(f"{turn}", feed_id=claim.feed.id)
                kept += m.commit(store, m.alerting(claim, entry, story=f"s-{claim.feed.id}"))
            store.release(claims[:1])
            store.sync(feeds, NOW)
            for one in m.send(store, 5, now=NOW + turn * m.HOUR):
                store.record(one, m.attempt(one), None)
            store.prune(NOW, 5)
            store.counts()
        return kept

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(work, range(6))) > 0
    assert [] == list(nodes[0].integrity())


# ── a server that goes away ─────────────────────────────────────────────────────


def _hold_again(store: Node) -> Callable[[], object]:
    return store.hold("again", NOW).__enter__


def _cut_off(store: Node, claim: Claim, cut: Callable[[], None]) -> None:
    with store.writing():
        assert store.commit(m.alerting(claim, m.entry()))
        cut()
        store.feeds()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_restart_undoes_what_was_under_way_and_no_more(
    here: Server, node: OpenNode, how: signal.Signals
) -> None:
    """The poll is told, nothing of it is kept, and the same store works once the server does."""
    store = node()
    with store.hold("one", NOW):
        claim = m.take_one(store)
        with pytest.raises(StoreError, match="does not answer"):
            _cut_off(store, claim, partial(here.stop, how))
        for ask in (store.feeds, partial(m.take, store), _hold_again(store)):
            with pytest.raises(StoreError, match="cannot be reached"):
                ask()
        here.start()

        assert 0 == store.counts()["alerts"]
        assert m.commit(store, m.alerting(claim, m.entry()))
        assert [] == list(m.take(store))


def test_a_lost_connection_costs_one_answer(here: Server, node: OpenNode) -> None:
    """Idle connections that the server closed are found out before they are used."""
    store = node()
    m.take_one(store)
    here.run(
        "select pg_terminate_backend(pid, 9000) from pg_stat_activity where application_name = 'monitor'"
    )

    assert ["a"] == [row["id"] for row in store.feeds()]


def test_who_waits_too_long_is_told_so(here: Server, node: OpenNode) -> None:
    """Another node in the middle of a write that does not end is a busy store, not a fault."""
    store, other = node(), node()
    with store._server.session() as session:
        session.script("set lock_timeout = '50ms'")
    with other.writing(), pytest.raises(StoreBusy, match="another node writes"):
        store.sync([m.feed()], NOW)


def _sleep_in_a_write(store: Node, claim: Claim, rest: Callable[[], None]) -> None:
    with store.writing():
        assert store.commit(m.alerting(claim, m.entry()))
        rest()


def test_who_stops_in_the_middle_of_a_write_holds_nobody_up(node: OpenNode) -> None:
    """A sleeping machine loses its turn; what it wakes up with is refused, and nothing is kept."""
    asleep, other = node(), node()
    claim = m.take_one(asleep)
    with asleep._server.session() as session:
        session.script("set idle_in_transaction_session_timeout = '100ms'")

    def rest() -> None:
        other.sync([m.feed("a"), m.feed("b")], NOW)  # waits until the server has enough

    with pytest.raises(StoreError, match="idle-in-transaction timeout"):
        _sleep_in_a_write(asleep, claim, rest)
    assert 0 == other.counts()["alerts"]
    assert 2 == len(asleep.feeds())


def test_a_node_takes_few_of_the_servers_connections(here: Server, node: OpenNode) -> None:
    """However many threads ask at once: a server has a hundred for everybody."""
    store, start = node(), threading.Barrier(40)
    store.sync([m.feed()], NOW)

    def ask(_: int) -> int:
        start.wait(30)
        return sum(len(store.feeds()) for _ in range(5))

    with ThreadPoolExecutor(40) as pool:
        assert [5] * 40 == list(pool.map(ask, range(40)))
    used = "select count(*) from pg_stat_activity where application_name = 'monitor'"
    [(number,)] = here.run(used)
    assert 1 <= int(str(number)) <= 8


def test_a_closed_store_says_so(node: OpenNode) -> None:
    """A thread that comes late gets an error of ours."""
    store = node()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.feeds()


# ── what it holds ───────────────────────────────────────────────────────────────


def test_an_answer_with_a_nul_in_it_is_recorded(node: OpenNode) -> None:
    """PostgreSQL has no such text; a delivery that cannot be recorded would be sent for ever."""
    store = node()
    store.add_deliveries([m.delivery(alert())])
    [one] = m.send(store)
    attempt = m.attempt(one, Verdict.DELIVERED, answer="ok\0", state={"ts": "1\0"})

    assert store.record(one, attempt, None)
    assert ["ok\ufffd"] == [row["answer"] for row in store.attempts(one.id)]


def test_an_address_longer_than_an_index_takes(node: OpenNode) -> None:
    """Trackers make addresses of any length: 2,704 bytes is what a B-tree has room for."""
    store = node()
    far = m.entry(url="https://a.example/" + "".join(f"{i:04x}" for i in range(9_000)))
    m.commit(store, m.changes(m.take_one(store), entries=(far,), decisions=(m.unflagged(far),)))

    assert [far.url] == [row["url"] for row in store.decisions(far.url)]


def test_a_text_longer_than_the_index_takes(node: OpenNode) -> None:
    """Kept whole; what stands beyond 16,000 words is not found by them."""
    store = node()
    long = m.entry(text="Sylvania " + " ".join(f"word{i}" for i in range(60_000)) + " end")
    m.commit(store, m.changes(m.take_one(store), entries=(long,)))

    assert 1 == len(store.search("Sylvania word15000"))
    assert [] == list(store.search("word59999"))


def test_integrity_sees_what_was_changed_behind_our_back(here: Server, node: OpenNode) -> None:
    """Words, alerts, columns: whoever edits the tables by hand is found out."""
    store = node()
    m.commit(store, m.alerting(m.take_one(store), m.entry(), m.entry("2")))
    assert [] == list(store.integrity())
    here.run(
        "update own.entries set title = 'Other words' where id = '2'",
        "update own.alerts set payload = replace(payload, 'al-s-1', 'al-s-2')",
        "alter table own.labels drop column note",
    )

    assert [
        "labels: is not what this version makes of it",
        "entry 2 of a, revision 1: changed on disk",
        "alert al-s-1, revision 1: changed on disk",
    ] == list(store.integrity())
    here.run("drop table own.entries cascade")
    said = list(store.integrity())
    assert "entries: is not what this version makes of it" == said[0]
    assert 'relation "entries" does not exist' in said[-1]


def test_the_tables_are_those_of_every_store(url: str, node: OpenNode) -> None:
    """The same indices by the same names: what is quick in one is quick in the other."""
    node()
    session = connect(url)
    found = {str(r["name"]) for r in session.rows(
        "select indexname as name from pg_indexes where schemaname = 'own'")}  # fmt: skip
    session.close()
    named = {statement.split()[2] for step in _schema.MIGRATIONS for statement in step
             if statement.startswith("create index")}  # fmt: skip
    assert named <= found


# ── copies ──────────────────────────────────────────────────────────────────────


def test_a_backup_is_what_was_there(
    here: Server, node: OpenNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made by pg_dump, read back, never over another file; restored it is the same store."""
    monkeypatch.setenv("PATH", str(here.programs), prepend=":")
    store, copy = node(), tmp_path / "monitor.dump"
    m.commit(store, m.alerting(m.take_one(store), m.entry()))
    rows, feeds = store.backup(copy), store.feeds()

    assert dict(store.counts()) | dict(rows) == dict(store.counts())
    with pytest.raises(StoreError, match="already there"):
        store.backup(copy)
    with pytest.raises(StoreError, match=r"pg_dump: .*No such file or directory"):
        store.backup(tmp_path / "no folder" / "copy")
    assert [copy] == list(tmp_path.iterdir())

    store.close()
    here.run("drop schema own cascade")
    subprocess.run(
        ["pg_restore", "--exit-on-error", "-h", here.folder, "-U", "monitor", "-d", "postgres", copy],
        check=True,
    )  # fmt: skip
    again = node(create=False)
    assert feeds == again.feeds()
    assert 1 == len(again.search("Freedonia"))
    assert [] == list(again.integrity())


def test_a_backup_without_pg_dump_names_the_usual_tools(
    node: OpenNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And leaves nothing behind, as when it cannot be written."""
    store = node()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match=r"no pg_dump here.*pg_basebackup"):
        store.backup(tmp_path / "copy")
    assert [] == list(tmp_path.iterdir())


# ── the library ─────────────────────────────────────────────────────────────────


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_monitor_on_sqlite_never_loads_psycopg(tmp_path: Path) -> None:
    """It is an extra: most who run a monitor do not have it."""
    code = (
        "import sys, monitor.app\nfrom monitor.stores import sqlite\n"
        f"sqlite.open('sqlite:///{tmp_path}/m.db').close()\nprint('psycopg' in sys.modules)"
    )
    assert "False" == _python(code)


def test_without_psycopg_it_says_what_to_install() -> None:
    """Not a traceback: the extra has a name."""
    code = (
        "import sys\nsys.modules['psycopg'] = None\nfrom monitor.errors import UsageError\n"
        "try:\n    import monitor.stores.postgres\nexcept UsageError as e:\n    print(e)"
    )
    assert "pip install 'arms-monitor[cluster]'" in _python(code)


def test_the_disk_is_the_servers_business(node: OpenNode) -> None:
    """The daemon's own check of free space must not stop polling here."""
    store = node()
    store.checkpoint()
    assert store.free_bytes() > 1 << 40


def test_files_numbered_beyond_a_thousand_are_waited_for() -> None:
    """A process with many connections open: select() would refuse them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2_048:
        pytest.skip("this machine lets a process open fewer than 2,048 files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2_048), hard))
    ear, hand = os.pipe()
    far = fcntl.fcntl(ear, fcntl.F_DUPFD, 1_500)
    try:
        assert not Bell().wait(0, far)
        os.write(hand, b"!")
        assert Bell().wait(0, far)
    finally:
        for file in (ear, hand, far):
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
