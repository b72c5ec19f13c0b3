"""config/feeds/*.toml: read as written, refused with the line."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config.feeds import read
from monitor.config.reading import Problems
from monitor.model import Feed


def packs(root: Path, **texts: str) -> tuple[tuple[Feed, ...], list[str]]:
    """The feeds of these files, and what was said about them."""
    (root / "feeds").mkdir()
    for name, text in texts.items():
        (root / "feeds" / f"{name}.toml").write_text(text, encoding="utf-8")
    problems = Problems(root)
    return read(root, problems, {"HOST": "news.example.org"}), problems.lines


def test_feeds_are_read_by_file_and_order(tmp_path: Path) -> None:
    """Pack by pack in name order, each feed as it stands there, variables filled in."""
    found, said = packs(
        tmp_path,
        b='[[feeds]]\nid = "three"\nurl = "https://c.example/f"\n',
        a="""
[[feeds]]
id = "one"
url = "https://${HOST}/feed"
language = "pt-BR"
outlet = "Example.ORG"
title = "One"
interval = "10m"
last_known_live = "2026-07-01"
full_text = "near"
paused = true
[[feeds]]
id = "two"
url = "https://www.two.example/feed"
""",
    )

    assert [] == said
    one = Feed(
        id="one",
        url="https://news.example.org/feed",
        language="pt",
        outlet="example.org",
        pack="a",
        title="One",
        interval=timedelta(minutes=10),
        last_known_live="2026-07-01",
        full_text="near",
        paused=True,
    )
    assert one == found[0]
    assert ["one", "two", "three"] == [f.id for f in found]
    assert "two.example" == found[1].outlet


def test_no_folder_is_no_feed(tmp_path: Path) -> None:
    """Feeds may all have been added by command."""
    assert () == read(tmp_path, Problems(tmp_path), {})


FAULTS = [
    ('url = "https://a.example/f"', ":1: feeds.id: is missing; a short name such as \"bbc-world\""),
    ('id = "a"', ":1: feeds.url: is missing; an address such as \"https://example.org/feed.xml\""),
    ('id = "a b"\nurl = "https://a.example/f"', ":2: feeds.id: 'a b' is not an id; use letters, digits, '.', '_' and '-'"),
    ('id = "a"\nurl = "ftp://a.example/f"', ":3: feeds.url: 'ftp://a.example/f' has the scheme 'ftp'; write http, https, file and a full address"),
    ('id = "a"\nurl = "https:///f"', ":3: feeds.url: 'https:///f' has no host; write http, https, file and a full address"),
    ('id = "a"\nurl = "https://a.example:0/f"', ":3: feeds.url: 'https://a.example:0/f' has no usable port; write http, https, file and a full address"),
    ('id = "a"\nurl = "https://a.example:x/f"', ":3: feeds.url: 'https://a.example:x/f' cannot be read: Port could not be cast to integer value as 'x'; write http, https, file and a full address"),
    ('id = "a"\nurl = "http://[::1/f"', ":3: feeds.url: 'http://[::1/f' cannot be read: Invalid IPv6 URL; write http, https, file and a full address"),
    ('id = "a"\nurl = "https://a.example/f g"', ":3: feeds.url: 'https://a.example/f g' has a space in it; write http, https, file and a full address"),
    ('id = "a"\nurl = "file:///"', ":3: feeds.url: 'file:///' names no file; write http, https, file and a full address"),
    ('id = "a"\nurl = "https://a.example/f"\nlanguage = "english!"', ":4: feeds.language: 'english!' is no language; write a code such as \"en\""),
    ('id = "a"\nurl = "https://a.example/f"\noutlet = "BBC News"', ":4: feeds.outlet: 'bbc news' is no domain; write one such as \"bbc.com\""),
    ('id = "a"\nurl = "https://a.example/f"\ninterval = "often"', ":4: feeds.interval: 'often' is not a duration; write one such as \"90s\", \"15m\", \"2h\""),
    ('id = "a"\nurl = "https://a.example/f"\nfull_text = "allways"', ":4: feeds.full_text: 'allways' is unknown; did you mean 'always'?"),
    ('id = "a"\nurl = "https://a.example/f"\npaused = "yes"', ":4: feeds.paused: 'yes' is not true or false; write true or false"),
    ('id = "a"\nurl = "https://a.example/f"\nlang = "en"', ":4: feeds.lang: is not a known key; did you mean 'language'?"),
    ('id = "a"\nurl = "https://a.example/${WHERE}"', ":3: feeds.url: variable WHERE is not set; set WHERE in the environment"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), FAULTS, ids=[f[1][4:50] for f in FAULTS])
def test_a_fault_is_said_where_it_stands(text: str, said: str, tmp_path: Path) -> None:
    """File, line, key, what is wrong, what would be right."""
    _, lines = packs(tmp_path, p=f"[[feeds]]\n{text}\n")

    assert [f"feeds/p.toml{said}"] == lines


def test_twins_are_named_with_both_places(tmp_path: Path) -> None:
    """An id or an address twice, even in two packs, would be polled twice."""
    _, lines = packs(
        tmp_path,
        a='[[feeds]]\nid = "x"\nurl = "https://a.example/f"\n',
        b='[[feeds]]\nid = "x"\nurl = "https://b.example/f"\n[[feeds]]\nid = "y"\nurl = "https://a.example/f"\n',
    )

    assert [
        "feeds/b.toml:2: feeds.id: 'x' stands at a.toml:2 already; keep one id of the two",
        "feeds/b.toml:6: feeds.url: 'https://a.example/f' stands at a.toml:3 already; keep one url of the two",
    ] == lines


def test_one_bad_pack_does_not_hide_the_others(tmp_path: Path) -> None:
    """A file that is not TOML is one fault; the next file is read all the same."""
    found, lines = packs(
        tmp_path,
        a="[[feeds]\n",
        b='[[feeds]]\nid = "x"\nurl = "https://b.example/f"\n',
        c='feed = 1\nfeeds = "none"\n',
    )

    assert ["x"] == [f.id for f in found]
    assert 3 == len(lines)
    assert lines[0].startswith("feeds/a.toml:1: not TOML: ")
    assert (
        "feeds/c.toml:2: feeds: 'none' is not tables [[feeds]]; write tables [[feeds]]" == lines[1]
    )
    assert "feeds/c.toml:1: feed: is not a known key; did you mean 'feeds'?" == lines[2]


@pytest.mark.parametrize("url", ["https://[", "http://a b"])
def test_an_unreadable_address_has_no_outlet(url: str, tmp_path: Path) -> None:
    """The fault is the address; nothing is made up for the outlet."""
    found, lines = packs(tmp_path, p=f'[[feeds]]\nid = "a"\nurl = "{url}"\n')

    assert found[0].outlet in ("", "a b")
    assert 1 == len(lines)
