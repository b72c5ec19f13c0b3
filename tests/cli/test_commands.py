"""Commands that ask and mend: what they print, for people and machines, and their exit status."""

import json
from pathlib import Path
from typing import Any

import pytest

from monitor.stores import sqlite
from tests.cli.conftest import DULL, ONE, TWO, Desk
from tests.hostile import answer, hostile


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


# ── once ────────────────────────────────────────────────────────────────────────


def test_once_polls_and_delivers(desk: Desk) -> None:
    """Every due feed once, then the outbox; counted on standard output."""
    said = desk("once")

    assert 0 == said.status
    assert (
        "1 feeds polled, 0 feeds failed, 2 entries new, 1 alerts, 1 deliveries, 0 deliveries failed\n"
        == said.out
    )
    assert 1 == len((desk.folder / "alerts.jsonl").read_text("utf-8").splitlines())


def test_once_leaves_alone_what_is_not_due(desk: Desk) -> None:
    """A second pass polls nothing; --all polls it all the same, and tells nothing twice."""
    desk("once")
    again = desk("once", "--json")
    everything = desk("once", "--all", "--json")

    assert 0 == lines(again.out)[0]["feeds_polled"]
    assert 1 == lines(everything.out)[0]["feeds_polled"]
    assert 0 == lines(everything.out)[0]["alerts"]
    assert 1 == len((desk.folder / "alerts.jsonl").read_text("utf-8").splitlines())


def test_once_says_that_a_feed_failed(desk: Desk) -> None:
    """Exit 1, and the reason in the log."""
    (desk.folder / "paper.xml").unlink()
    said = desk("once")

    assert 1 == said.status
    [failed] = [e for e in lines(said.err) if e["event"] == "poll failed"]
    assert ("paper", "failed", "unreadable-file") == (
        failed["feed"],
        failed["outcome"],
        failed["reason"],
    )


def test_once_says_that_a_delivery_failed(desk: Desk) -> None:
    """Exit 1; the alert stays queued."""
    (desk.folder / "alerts.jsonl").mkdir()
    desk.settings("")
    text = (desk.root / "monitor.toml").read_text("utf-8")
    (desk.root / "monitor.toml").write_text(
        text.replace("alerts.jsonl", "alerts.jsonl/x/y"), "utf-8"
    )
    (desk.folder / "alerts.jsonl" / "x").write_text("a file where a folder should be")
    said = desk("once", "--json")

    assert 1 == said.status
    assert (1, 1) == tuple(lines(said.out)[0][k] for k in ("deliveries", "deliveries_failed"))
    assert "due" == lines(desk("deliveries", "list", "--json").out)[0]["state"]


def test_once_gives_way_to_a_daemon(desk: Desk) -> None:
    """Exit 1 and who it is, when somebody holds the store."""
    desk("once")
    store = sqlite.open(f"sqlite:///{desk.folder}/monitor.db")
    with store.hold("me", store_time(desk)):
        said = desk("once")
    store.close()

    assert 1 == said.status
    assert "runs on it; stop that one first" in said.err


def store_time(desk: Desk) -> Any:
    store = sqlite.open(f"sqlite:///{desk.folder}/monitor.db")
    try:
        return store.feeds()[0]["last_poll"]
    finally:
        store.close()


def test_json_shows_events_in_place_of_cards(desk: Desk) -> None:
    """Standard output of --json is JSON Lines, console sink or not."""
    desk.settings('[sinks.terminal]\nkind = "console"\n')
    said = desk("once", "--json")

    event, summary = lines(said.out)
    assert ("alert.created", ONE[0]) == (event["type"], event["data"]["title"])
    assert "pass.ended" == summary["type"]


# ── alerts, deliveries, stories ─────────────────────────────────────────────────


def test_alerts_are_listed_shown_and_sent_again(desk: Desk) -> None:
    """Newest first; whole; and as a delivery of its own."""
    desk("once")
    desk.publish(TWO, ONE, DULL)
    desk("once", "--all")
    listed = lines(desk("alerts", "list", "--json").out)
    newest = listed[0]["alert"]
    shown = json.loads(desk("alerts", "show", newest, "--json").out)

    assert [TWO[0], ONE[0]] == [row["title"] for row in listed]
    assert 1 == len(lines(desk("alerts", "list", "--limit", "1", "--json").out))
    assert [] == lines(desk("alerts", "list", "--topic", "other", "--json").out)
    assert (newest, TWO[0]) == (shown["alert"], shown["title"])
    assert TWO[0] in desk("alerts", "show", newest).out
    assert {"queued": 1} == json.loads(desk("alerts", "resend", newest, "--json").out)
    assert (
        "1 due now; a running daemon sends them within a second\n"
        == desk("alerts", "resend", newest, "--sink", "archive").out
    )
    desk("once")
    assert 4 == len((desk.folder / "alerts.jsonl").read_text("utf-8").splitlines())


def test_a_table_keeps_ids_whole(desk: Desk) -> None:
    """They are there to be copied."""
    desk("once")
    [row] = lines(desk("alerts", "list", "--json").out)

    assert row["alert"] in desk("alerts", "list").out
    assert (
        lines(desk("deliveries", "list", "--json").out)[0]["id"] in desk("deliveries", "list").out
    )


def test_dead_letters_are_tried_again(desk: Desk) -> None:
    """By id or for a whole sink; every try is on record."""
    desk.settings('[sinks.gone]\nkind = "slack"\nurl = "https://localhost:1/services/x/y/zzzzzz"\n')
    desk("once")
    [waiting] = lines(desk("deliveries", "list", "--sink", "gone", "--json").out)
    tries = lines(desk("deliveries", "attempts", waiting["id"], "--json").out)

    assert ("due", 1) == (waiting["state"], waiting["attempt"])
    assert ["retry"] == [one["verdict"] for one in tries]
    assert {"queued": 1} == json.loads(desk("deliveries", "retry", waiting["id"], "--json").out)
    assert 0 == desk("deliveries", "retry", "--sink", "gone").status
    assert [] == lines(desk("deliveries", "list", "--state", "dead", "--json").out)


def test_dead_letters_are_counted_and_chosen(desk: Desk) -> None:
    """By sink and reason; tried again by reason and within a time."""
    gone = '[sinks.gone]\nkind = "slack"\nurl = "https://localhost:1/services/x/y/zzzzzz"\n'
    desk.settings(gone)
    desk("once")
    [waiting] = lines(desk("deliveries", "list", "--sink", "gone", "--json").out)
    main = desk.root / "monitor.toml"
    main.write_text(main.read_text("utf-8").replace(gone, ""), "utf-8")
    desk("deliveries", "retry", waiting["id"])
    desk("once")
    [counted] = lines(desk("deliveries", "dead", "--json").out)

    def retried(*options: str) -> int:
        return int(json.loads(desk("deliveries", "retry", *options, "--json").out)["queued"])

    assert ("gone", "unknown-sink", 1) == (counted["sink"], counted["reason"], counted["dead"])
    assert counted["oldest"] == counted["newest"]
    assert "nothing to show\n" == desk("deliveries", "dead", "--sink", "archive").out
    assert 0 == retried("--reason", "410") == retried("--until", "1h")
    assert 1 == retried("--reason", "unknown-sink", "--since", "1h")
    assert 2 == desk("deliveries", "retry", "--until", "soon").status


def test_stories_are_found_and_shown(desk: Desk) -> None:
    """By their words, then whole."""
    desk("once")
    [found] = lines(desk("stories", "search", "howitzers", "Freedonia", "--json").out)
    story = json.loads(desk("stories", "show", found["story"], "--json").out)

    assert ONE[0] == found["title"]
    assert (1, ONE[0]) == (story["size"], story["members"][0]["title"])
    assert "1 account" in desk("stories", "show", found["story"]).out
    assert "nothing to show\n" == desk("stories", "search", "zebra").out


REFUSALS = [
    (("alerts", "show", "al-x"), "monitor alerts: there is no alert 'al-x'; see `monitor alerts list`"),
    (("alerts", "resend", "al-x"), "monitor alerts: there is no alert 'al-x'; see `monitor alerts list`"),
    (("deliveries", "retry"), "monitor deliveries: retry needs ids, --sink, --since, --until or --reason; see `monitor deliveries dead`"),
    (("deliveries", "retry", "dl-x"), "monitor deliveries: none of dl-x is waiting or dead"),
    (("deliveries", "retry", "--sink", "x"), "monitor deliveries: nothing was ever sent to 'x', but to archive"),
    (("stories", "show", "s-x"), "monitor stories: there is no story 's-x'; try `monitor stories search WORDS`"),
    (("sinks", "test", "x"), "monitor sinks: no sink 'x'; there are archive"),
    (("alerts",), "monitor: the following arguments are required: list|show|resend (try: monitor alerts --help)"),
    (("alerts", "list", "--limit", "x"), "monitor: argument --limit: invalid int value: 'x' (try: monitor alerts list --help)"),
    (("frobnicate",), "monitor: argument COMMAND: invalid choice: 'frobnicate'"),
    (("once", "--al", "--nonsense"), "monitor: unrecognized arguments: --nonsense (try: monitor --help)"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "line"), REFUSALS, ids=[" ".join(r[0]) for r in REFUSALS])
def test_what_cannot_be_done_is_one_line(words: tuple[str, ...], line: str, desk: Desk) -> None:
    """Exit 2, what is wrong and what would be right, never a traceback."""
    desk("once")
    said = desk(*words)

    assert 2 == said.status
    assert said.err.startswith(line)
    assert 1 == len(said.err.splitlines())
    assert "" == said.out


def test_asking_makes_no_store(desk: Desk) -> None:
    """A store in the wrong place would hide the right one."""
    for words in (("alerts", "list"), ("deliveries", "list"), ("stories", "search", "x")):
        said = desk(*words)

        assert 1 == said.status
        assert "monitor.db" in said.err
    assert not (desk.folder / "monitor.db").exists()


def test_asking_needs_no_sound_lexicon(desk: Desk) -> None:
    """What was told can be read while a file of words is being written."""
    desk("once")
    (desk.root / "lexicons" / "en.toml").write_text("[concepts", encoding="utf-8")

    assert ONE[0] in desk("alerts", "list", "--json").out
    assert 2 == desk("once").status


# ── sinks, backup, doctor ───────────────────────────────────────────────────────


def test_sinks_are_listed_with_their_fortune(desk: Desk) -> None:
    """Configured ones, used or not, and those the store remembers but nobody configures."""
    fresh = lines(desk("sinks", "list", "--json").out)
    desk("once")
    desk.settings('[sinks.terminal]\nkind = "console"\n')
    text = (desk.root / "monitor.toml").read_text("utf-8")
    (desk.root / "monitor.toml").write_text(
        text.replace("[sinks.archive]", "[sinks.other]"), "utf-8"
    )
    later = lines(desk("sinks", "list", "--json").out)

    assert [("archive", "jsonl", 0)] == [(r["sink"], r["kind"], r["delivered"]) for r in fresh]
    assert [
        ("other", "jsonl", 0),
        ("terminal", "console", 0),
        ("archive", "not configured", 1),
    ] == [(r["sink"], r["kind"], r["delivered"]) for r in later]


def test_a_sink_is_tried_with_a_marked_alert(desk: Desk) -> None:
    """Past the outbox and the store, and nobody can take it for news."""
    said = desk("sinks", "test", "--json")
    [line] = (desk.folder / "alerts.jsonl").read_text("utf-8").splitlines()

    assert 0 == said.status
    assert ("archive", "delivered") == tuple(lines(said.out)[0][k] for k in ("sink", "verdict"))
    assert json.loads(line)["data"]["test"] is True
    assert not (desk.folder / "monitor.db").exists()


def test_the_exchange_with_a_sink_is_shown(desk: Desk) -> None:
    """What was sent and answered, with no secret in either."""
    with hostile(answer(b"got sesame-sesame", headers={"Content-Type": "text/x"})) as server:
        desk.settings(
            f'[egress]\nallow_private = ["127.0.0.1/32"]\n[sinks.hook]\nkind = "webhook"\nurl = "{server.url("/in/sesame-sesame?token=abcdefg")}"\n'
            'secret = "sesame-sesame"\n[sinks.mail]\nkind = "email"\nhost = "127.0.0.1"\nport = 9\n'
            'sender = "a@example.org"\nto = ["b@example.org"]\n'
        )
        plain = desk("sinks", "test", "hook", "mail")
        assert "" == plain.err
        [hook, mail] = lines(desk("sinks", "test", "hook", "mail", "--json").out)

    shown = plain.out.splitlines()
    assert f"hook > POST http://127.0.0.1:{server.port}/…" == shown[0]
    assert any(line.startswith("hook > webhook-signature: v1,") for line in shown)
    assert any('"title":"Test alert: this sink works"' in line for line in shown)
    assert ["hook < 200", "hook < content-type: text/x", "hook < got …"] == [
        line for line in shown if line.startswith("hook <")
    ]
    assert "mail > CONNECT 127.0.0.1:9" in shown
    assert "sesame" not in plain.out
    assert "200" == hook["exchange"][0]["answer"]
    assert mail["exchange"][0]["answer"].startswith("connect: no connection to 127.0.0.1")


def test_a_sink_that_takes_nothing_is_exit_one(desk: Desk) -> None:
    """With the reason."""
    desk.settings(
        '[sinks.gone]\nkind = "webhook"\nurl = "http://localhost:8099/"\nsecret = "0123456789"\n'
    )
    said = desk("sinks", "test", "gone", "--json")

    assert 1 == said.status
    assert "forbidden-address" == lines(said.out)[0]["reason"]


def test_a_backup_is_sound_and_never_overwrites(desk: Desk) -> None:
    """Its row counts are printed; a second one to the same place is refused."""
    desk("once")
    path = desk.folder / "copy.db"
    said = desk("backup", str(path), "--json")
    again = desk("backup", str(path))

    assert 0 == said.status
    assert 2 == json.loads(said.out)["rows"]["entries"]
    copy = sqlite.open(f"sqlite:///{path}", create=False)
    assert [] == list(copy.integrity())
    copy.close()
    assert 1 == again.status
    assert str(path) in again.err


def findings(text: str) -> dict[str, str]:
    return {row["check"]: row["state"] for row in lines(text)}


def test_doctor_finds_a_sound_house_in_order(desk: Desk) -> None:
    """Exit 0; that no daemon runs is said, and is bad only for --ready."""
    desk("once")
    said = desk("doctor", "--json")
    ready = desk("doctor", "--ready")

    assert 0 == said.status
    found = findings(said.out)
    assert {"store", "disk", "clock", "feeds", "sink archive", "daemon"} == set(found)
    assert {"good"} == {found[k] for k in ("store", "clock", "feeds", "sink archive")}
    assert 1 == ready.status
    assert "none runs on this store" in ready.out


def test_doctor_knows_a_running_daemon_without_a_console(desk: Desk) -> None:
    """It holds the store."""
    desk("once")
    store = sqlite.open(f"sqlite:///{desk.folder}/monitor.db")
    with store.hold("me", store_time(desk)):
        said = desk("doctor", "--ready", "--json")
    store.close()

    assert (0, {"daemon": "good"}) == (said.status, findings(said.out))


def test_doctor_names_what_is_wrong(desk: Desk) -> None:
    """A store that is not there, feeds that fail, a sink that is disabled: exit 1."""
    missing = desk("doctor", "--json")
    (desk.folder / "paper.xml").unlink()
    desk("once")
    failing = desk("doctor", "--json")

    assert (1, "bad") == (missing.status, findings(missing.out)["store"])
    assert (1, "bad") == (failing.status, findings(failing.out)["feeds"])
    assert "paper (unreadable-file)" in failing.out


def test_doctor_sees_a_disabled_sink(desk: Desk) -> None:
    """Alerts do not reach somebody."""
    desk("once")
    store = sqlite.open(f"sqlite:///{desk.folder}/monitor.db")
    store.enable_sink("archive", enabled=False, why="answered 410 Gone", now=store_time(desk))
    store.close()
    said = desk("doctor")

    assert 1 == said.status
    assert "disabled: answered 410 Gone" in said.out


# ── how everything is called ────────────────────────────────────────────────────


def test_options_may_stand_anywhere(desk: Desk, tmp_path: Path) -> None:
    """--config before the command, after it, or after a nested one; the file or its folder."""
    desk("once")
    file = str(desk.root / "monitor.toml")

    assert 0 == desk("--json", "alerts", "list").status
    assert 0 == desk("alerts", "--config", file, "list").status
    assert ONE[0] == lines(desk("alerts", "--json", "list").out)[0]["title"]


def test_a_fault_in_the_configuration_is_exit_two(desk: Desk) -> None:
    """Each on a line of its own with file, line and key."""
    desk.settings('[pol]\n[sinks.x]\nkind = "slak"\n')
    said = desk("once")

    assert 2 == said.status
    assert [
        "monitor.toml:11: pol: is not a known key; did you mean 'poll'?",
        "monitor.toml:13: sinks.x.kind: 'slak' is unknown; did you mean 'slack'?",
    ] == said.err.splitlines()


def test_help_names_every_command(desk: Desk) -> None:
    """And needs no configuration."""
    from monitor.cli.main import COMMANDS

    said = desk("--help")

    assert 0 == said.status
    assert all(f"    {name}" in said.out for name in COMMANDS)


def test_version(desk: Desk) -> None:
    """The package's own."""
    from monitor import __version__

    assert f"monitor {__version__}\n" == desk("--version").out
