"""Bad input of every kind at once: each has its name, nothing is lost, other feeds never notice."""

import gzip
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.app import Monitor
from monitor.assembly import read_config
from tests.end_to_end.test_run import DULL, ONE
from tests.end_to_end.world import SECRET, Page, World, configured, rss
from tests.fetch.wall_pages import CAPTIVES, CHALLENGES, CONSENTS, ORDINARY

GOOD = rss([ONE, DULL], path="g")
PACKED = {"Content-Encoding": "gzip"}
BAD: Mapping[str, tuple[Page, str]] = {
    "not-found": (Page(b"", status=404), "not-found"),
    "gone": (Page(b"", status=410), "gone"),
    "fault": (Page(b"", status=502), "server-error"),
    "busy": (Page(b"", status=503, headers={"Retry-After": "60"}), "throttled"),
    "throttled": (Page(b"", status=429), "throttled"),
    "denied": (Page(b"", status=401), "denied"),
    "teapot": (Page(b"", status=418), "http-status"),
    "empty": (Page(b""), "empty-body"),
    "blank": (Page(b"\xef\xbb\xbf\n\n"), "empty-body"),
    "page": (Page(ORDINARY["home"].raw, "text/html"), "html-not-a-feed"),
    "words": (Page(b"down for a moment"), "not-a-feed"),
    "picture": (Page(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9), "not-a-feed"),
    "challenge": (Page(CHALLENGES["pl"].raw, "text/html"), "bot-challenge"),
    "consent": (Page(CONSENTS["tr"].raw, "text/html"), "consent-wall"),
    "hotel": (Page(CAPTIVES["ko"].raw, "text/html"), "captive-portal"),
    "bomb": (Page(gzip.compress(bytes(60_000_000)), headers=PACKED), "too-large"),
    "twice": (Page(gzip.compress(gzip.compress(GOOD.body)), headers={"Content-Encoding": "gzip, gzip"}), "content-encoding"),
    "brotli": (Page(b"x", headers={"Content-Encoding": "br"}), "content-encoding"),
    "cut": (Page(gzip.compress(GOOD.body)[:-20], headers=PACKED), "content-encoding"),
    "large": (Page(bytes(3_000_000)), "too-large"),
    "loop": (Page(b"", status=302, headers={"Location": "/loop"}), "too-many-redirects"),
    "inside": (Page(b"", status=301, headers={"Location": "http://[::ffff:10.0.0.1]/"}), "forbidden-address"),
    "scheme": (Page(b"", status=302, headers={"Location": "file:///etc/passwd"}), "bad-url"),
    "half json": (Page(b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id"'), "not-a-feed"),
    "other json": (Page(b'{"version": "https://jsonfeed.org/version/1.1"}'), "not-a-feed"),
    "sitemap": (Page(b"<?xml version='1.0'?><!DOCTYPE u [<!ENTITY a 'b'>]><urlset><url/></urlset>"), "not-a-feed"),
    "silent": (Page(b"x", seconds=3), "timeout"),
    "hog": (Page(b"<rss><channel><item><title>" + b"<a " * 700_000), "parser-timeout"),
}  # fmt: skip
ODD = {
    "half": GOOD.body[: GOOD.body.index(b"</item>") + 20],
    "bytes": GOOD.body.replace(b"<channel>", b"<channel><description>\xff\xfe\x00</description>"),
    "entity": GOOD.body.replace(b"<title>t</title>", b"<title>a &nbsp; b & c</title>"),
    "xxe": GOOD.body.replace(
        b"<rss", b"<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss"
    ),
}


@pytest.fixture
def root(tmp_path: Path, around: World) -> Path:
    """All of them, between two that are well."""
    names = [name.replace(" ", "-") for name in (*BAD, *ODD)]
    around.pages |= {f"/{n.replace(' ', '-')}": page for n, (page, _) in BAD.items()}
    around.pages |= {f"/{name}": Page(body) for name, body in ODD.items()}
    around.pages |= {"/first": GOOD, "/last": rss([DULL], path="l")}
    made = configured(tmp_path, around, {n: f"/{n}" for n in ("first", *names, "last")})
    feeds = made / "feeds" / "all.toml"
    missing = f'\n[[feeds]]\nid = "lost"\nurl = "file://{tmp_path}/none.xml"\n'
    feeds.write_text(feeds.read_text("utf-8") + missing, "utf-8")
    main = made / "monitor.toml"
    limits = 'timeout = "1s"\nmax_body_bytes = 2_500_000\nparse_timeout = "2s"\nworkers = 8\n'
    main.write_text(main.read_text("utf-8").replace('timeout = "5s"\n', limits), "utf-8")
    return made


def test_each_has_its_name_and_the_others_go_on(root: Path, around: World) -> None:
    """One pass over twenty-nine faults and six feeds: all named, all good entries kept and told."""
    monitor = Monitor(read_config(root, {"DESK_SECRET": SECRET}))
    monitor.sync()
    monitor.poll_pass(everything=True)
    monitor.deliver_round(to_the_end=True)
    rows = {str(row["id"]): row for row in monitor.store.feeds()}
    faults = monitor.health.faults()
    sound = monitor.store.integrity()
    monitor.close(timedelta(seconds=5))

    expected = {name.replace(" ", "-"): reason for name, (_, reason) in BAD.items()}
    expected["lost"] = "unreadable-file"
    assert expected == {name: rows[name]["failure"] for name in expected}
    assert all(rows[name]["detail"] for name in expected)
    assert {"first": 2, "last": 1, "half": 1, "bytes": 2, "entity": 2, "xxe": 2} == {
        name: row["entries"] for name, row in rows.items() if not row["failure"]
    }
    assert [ONE[0]] == around.titles()
    assert () == faults
    assert [] == list(sound)
    assert b"root:" not in b"".join(got.body for got in around.got)
