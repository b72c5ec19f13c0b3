"""The whole of config/: found, read at once, or refused with every fault named."""

import os
from pathlib import Path

import pytest

from monitor.assembly import read_config
from monitor.config import load
from monitor.errors import ConfigError

GOOD_FEED = '[[feeds]]\nid = "a"\nurl = "https://a.example/f"\n'


def folder(root: Path, main: str = "", **packs: str) -> Path:
    """A configuration folder with this monitor.toml and these feed packs."""
    (root / "feeds").mkdir(parents=True)
    (root / "monitor.toml").write_text(main, encoding="utf-8")
    for name, text in packs.items():
        (root / "feeds" / f"{name}.toml").write_text(text, encoding="utf-8")
    return root


def refused(root: Path, **environ: str) -> list[str]:
    """The lines with which this folder is refused."""
    with pytest.raises(ConfigError) as caught:
        read_config(root, environ)
    return list(caught.value.problems)


def test_a_bare_folder_takes_the_rest_as_shipped(tmp_path: Path) -> None:
    """monitor.toml alone is a configuration: topics, words, names and embargoes come with us."""
    config = load.read(folder(tmp_path), {})

    assert () == config.feeds
    assert {"arms-transfers", "arms-embargoes"} <= set(config.knowledge.topics)
    assert {"en", "ar", "ko"} <= set(config.knowledge.lexicons)
    assert ("console",) == config.routes[0].sinks


def test_what_is_shipped_is_right() -> None:
    """Nobody's first `monitor check` fails on our own files."""
    config = read_config(load.shipped(), {})

    assert len(config.feeds) > 100
    assert [] == config.problems.lines


def test_a_folder_of_ones_own_replaces_that_part(tmp_path: Path) -> None:
    """A topics/ beside monitor.toml is all the topics there are."""
    root = folder(tmp_path)
    (root / "topics").mkdir()
    text = (load.shipped() / "topics" / "arms-transfers.toml").read_text("utf-8")
    (root / "topics" / "mine.toml").write_text(text, encoding="utf-8")

    assert ["mine"] == list(load.read(root, {}).knowledge.topics)


def test_every_fault_of_every_file_is_named_at_once(tmp_path: Path) -> None:
    """Settings, feeds, sinks and routes: one start, one list."""
    root = folder(
        tmp_path,
        """
[poll]
workers = "many"
[sinks.desk]
kind = "slak"
[sinks.hook]
kind = "webhook"
url = "https://hook.example/"
secret = "${HOOK_SECRET}"
[sinks.nothing]
path = "x"
[[routes]]
sinks = ["dsk"]
[pol]
""",
        world=GOOD_FEED + GOOD_FEED + 'langage = "en"\n',
    )
    said = refused(root)

    for line in (
        "monitor.toml:3: poll.workers: 'many' is not a whole number of at least 1",
        "monitor.toml:5: sinks.desk.kind: 'slak' is unknown; did you mean 'slack'?",
        "monitor.toml:9: sinks.hook.secret: variable HOOK_SECRET is not set; set HOOK_SECRET",
        "monitor.toml:10: sinks.nothing.kind: is missing",
        "monitor.toml:13: routes.sinks: no sink 'dsk'; known here: desk, hook, nothing",
        "monitor.toml:14: pol: is not a known key; did you mean 'poll'?",
        "feeds/world.toml:5: feeds.id: 'a' stands at world.toml:2 already",
        "feeds/world.toml:6: feeds.url: 'https://a.example/f' stands at world.toml:3 already",
        "feeds/world.toml:7: feeds.langage: is not a known key; did you mean 'language'?",
    ):
        assert any(one.startswith(line) for one in said), (line, said)


def test_a_secret_is_never_in_a_fault(tmp_path: Path) -> None:
    """What is wrong with a secret is said without repeating it."""
    main = (
        '[sinks.h]\nkind = "webhook"\nurl = "hxxp://h.example/${TOKEN}"\nsecret = "whsec_${KEY}"\n'
    )
    said = "\n".join(refused(folder(tmp_path, main), TOKEN="t0psecret", KEY="not*base64"))

    assert "monitor.toml:3: sinks.h.url" in said
    assert "monitor.toml:4: sinks.h.secret" in said
    assert "t0psecret" not in said
    assert "not*base64" not in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_one_line(tmp_path: Path) -> None:
    """Not a traceback: the file, and what to look at."""
    root = folder(tmp_path, "", world=GOOD_FEED)
    (root / "feeds" / "world.toml").chmod(0)

    assert [
        "feeds/world.toml:1: cannot be read: Permission denied; check path and rights"
    ] == refused(root)


def test_a_folder_in_place_of_a_file_is_one_line(tmp_path: Path) -> None:
    """The same for what is no file at all."""
    root = folder(tmp_path)
    (root / "feeds" / "world.toml").mkdir()

    assert ["feeds/world.toml:1: cannot be read: Is a directory; check path and rights"] == refused(
        root
    )


def test_a_broken_main_file_is_one_line(tmp_path: Path) -> None:
    """Nothing else is read when monitor.toml is not TOML."""
    said = refused(folder(tmp_path, "[poll\n", world="also broken"))

    assert 1 == len(said)
    assert said[0].startswith("monitor.toml:1: not TOML: ")


def test_secrets_are_known_for_redaction(tmp_path: Path) -> None:
    """Addresses and secrets of sinks, whatever they are read from."""
    main = '[sinks.h]\nkind = "webhook"\nurl = "https://h.example/${TOKEN}"\nsecret = "${KEY}"\n'
    config = read_config(folder(tmp_path, main), {"TOKEN": "t0psecret", "KEY": "k3y"})

    assert {"https://h.example/t0psecret", "k3y"} <= {s.reveal() for s in config.secrets}


# ── which folder ────────────────────────────────────────────────────────────────


def test_a_named_folder_or_file_wins(tmp_path: Path) -> None:
    """--config takes either."""
    root = folder(tmp_path / "given")
    other = {"MONITOR_CONFIG": str(folder(tmp_path / "other"))}

    assert root == load.find(str(root), other, tmp_path)
    assert root == load.find(str(root / "monitor.toml"), other, tmp_path)


def test_config_here_comes_before_the_environment(tmp_path: Path) -> None:
    """./config, then $MONITOR_CONFIG, then what is shipped."""
    other = folder(tmp_path / "other")
    environ = {"MONITOR_CONFIG": str(other)}

    assert other == load.find(None, environ, tmp_path)
    assert load.shipped() == load.find(None, {}, tmp_path)
    here = folder(tmp_path / "config")
    assert here == load.find(None, environ, tmp_path)
    assert here == load.find(None, {}, tmp_path)


@pytest.mark.parametrize("name", ["nowhere", "nowhere/monitor.toml"])
def test_a_name_that_leads_nowhere_is_said(name: str, tmp_path: Path) -> None:
    """Never the shipped one in its place."""
    with pytest.raises(ConfigError, match=r"nowhere/monitor.toml:1: is not there; name a "):
        load.find(str(tmp_path / name), {}, tmp_path)
    with pytest.raises(ConfigError, match="is not there"):
        load.find(None, {"MONITOR_CONFIG": str(tmp_path / name)}, tmp_path)
