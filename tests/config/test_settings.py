"""monitor.toml's own tables: defaults, bounds, and the pace that is kind to publishers."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config.console import ConsoleSettings
from monitor.config.settings import (
    EgressSettings,
    LogSettings,
    PollSettings,
    Settings,
    StoreSettings,
    check_pace,
    private,
    read,
)
from monitor.model import Feed
from monitor.secret import Secret
from tests.samples import table

FEED = Feed(id="a", url="https://news.example.org/feed", language="en", outlet="example.org")


def test_nothing_written_is_the_default(tmp_path: Path) -> None:
    """An empty file gives exactly the defaults of the types, and no fault."""
    document, problems = table("", tmp_path)

    assert Settings() == read(document)
    assert [] == problems.lines


def test_everything_written_is_read(tmp_path: Path) -> None:
    """Every key arrives where it belongs."""
    text = """
[store]
url = "sqlite:////var/lib/x.db"
retention = "30d"
backup = "/backups"
backups = 3
[poll]
workers = 4
default_interval = "20m"
min_interval = "10m"
max_interval = "2h"
host_connections = 1
host_spacing = "3s"
tick = "50ms"
baseline = "1h"
max_body_bytes = 2000
max_entries = 10
parsers = 2
parse_timeout = "9s"
timeout = "11s"
lease = "5m"
[egress]
allow_private = ["10.1.0.0/16", "fd00::/8"]
contact = "desk@example.org"
[console]
listen = "[::1]:0"
token = "sixteen letters!"
proxy_header = "X-User"
proxies = ["10.0.0.0/8"]
url = "https://m.example/"
hosts = ["Desk.example"]
[log]
level = "debug"
format = "json"
"""
    document, problems = table(text, tmp_path)

    expected = Settings(
        store=StoreSettings(
            url="sqlite:////var/lib/x.db",
            retention=timedelta(days=30),
            backup="/backups",
            backups=3,
        ),
        poll=PollSettings(
            workers=4,
            default_interval=timedelta(minutes=20),
            min_interval=timedelta(minutes=10),
            max_interval=timedelta(hours=2),
            host_connections=1,
            host_spacing=timedelta(seconds=3),
            tick=timedelta(milliseconds=50),
            baseline=timedelta(hours=1),
            max_body_bytes=2000,
            max_entries=10,
            parsers=2,
            parse_timeout=timedelta(seconds=9),
            timeout=timedelta(seconds=11),
            lease=timedelta(minutes=5),
        ),
        egress=EgressSettings(
            allow_private=("10.1.0.0/16", "fd00::/8"), contact="desk@example.org"
        ),
        console=ConsoleSettings(
            listen="[::1]:0",
            token=Secret("sixteen letters!"),
            proxy_header="x-user",
            proxies=("10.0.0.0/8",),
            url="https://m.example",
            hosts=("desk.example",),
        ),
        log=LogSettings(level="debug", format="json"),
    )
    assert expected == read(document)
    assert [] == problems.lines
    assert ("::1", 0) == expected.console.address


FAULTS = [
    ('[store]\nurl = "mysql://x"', ":2: store.url: 'mysql://x' is no store; write \"sqlite:///path/to/monitor.db\" or \"postgresql://user@host/database\""),
    ('[store]\nurl = "postgresql://a:b@h/d"', ":2: store.url: 'postgresql://a:…@h/d' has a password, which logs would repeat; put it into PGPASSWORD or ~/.pgpass"),
    ('[store]\nurl = "postgresql://h/d?password=b"', ":2: store.url: 'postgresql://h/d?password=…' has a password, which logs would repeat; put it into PGPASSWORD or ~/.pgpass"),
    ('[store]\nretention = "1h"', ":2: store.retention: '1h' is too short; write at least '1d'"),
    ("[store]\nbackups = 0", ":2: store.backups: 0 is too small; write a whole number of at least 1"),
    ('[store]\nurl = "sqlite://${NO_SUCH}"', ":2: store.url: variable NO_SUCH is not set; set NO_SUCH in the environment"),
    ('[poll]\ntick = "10ms"', ":2: poll.tick: '10ms' is too short; write at least '50ms'"),
    ("[poll]\ntick = 1", ":2: poll.tick: 1 is not a duration such as \"15m\"; write a duration such as \"15m\""),
    ('[poll]\nmin_interval = "3h"\nmax_interval = "2h"', ":2: poll.min_interval: is longer than max_interval; make it the shorter one"),
    ("[poll]\nworkers = true", ":2: poll.workers: True is not a whole number of at least 1; write a whole number of at least 1"),
    ('[poll]\nworkrs = 5', ":2: poll.workrs: is not a known key; did you mean 'workers'?"),
    ('[egress]\nallow_private = ["10.0.0.1/8"]', ":2: egress.allow_private: '10.0.0.1/8' is no CIDR; write one such as \"10.1.2.0/24\""),
    ('[egress]\nallow_private = "127.0.0.1/32"', ":2: egress.allow_private: '127.0.0.1/32' is not a list of texts; write a list of texts"),
    ('[console]\nlisten = "8080"', ":2: console.listen: '8080' is no address; write \"127.0.0.1:8080\", or \"\" for off"),
    ('[console]\nlisten = "h:99999"', ":2: console.listen: 'h:99999' is no address; write \"127.0.0.1:8080\", or \"\" for off"),
    ('[console]\nlisten = "0.0.0.0:80"', ":2: console.listen: '0.0.0.0:80' is open to others, and anybody could enter; set console.token or console.proxy_header, or listen on 127.0.0.1"),
    ('[console]\nlisten = "desk.example:80"', ":2: console.listen: 'desk.example:80' is open to others, and anybody could enter; set console.token or console.proxy_header, or listen on 127.0.0.1"),
    ('[console]\ntoken = "short"', ":2: console.token: is too short; generate one: openssl rand -base64 32"),
    ('[console]\nproxies = ["here"]', ":2: console.proxies: 'here' is no CIDR; write one such as \"10.1.2.0/24\""),
    ('[console]\nurl = "https://h.example/path"', ":2: console.url: 'https://h.example/path' is no address; write \"https://monitor.example.org\""),
    ('[console]\nurl = "http://["', ":2: console.url: 'http://[' is no address; write \"https://monitor.example.org\""),
    ('[log]\nlevel = "loud"', ":2: log.level: 'loud' is unknown; known here: debug, info, warning, error"),
    ('[log]\nformat = "jsn"', ":2: log.format: 'jsn' is unknown; did you mean 'json'?"),
    ("store = 3", ":1: store: 3 is not a table [store]; write a table [store]"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), FAULTS, ids=[f[1][4:40] for f in FAULTS])
def test_a_fault_is_said_where_it_stands(text: str, said: str, tmp_path: Path) -> None:
    """File, line, key, what is wrong, what would be right; and a usable value all the same."""
    document, problems = table(text, tmp_path)
    read(document)

    assert [f"monitor.toml{said}"] == problems.lines


HURRIED = '[poll]\nmin_interval = "1s"\nhost_spacing = "0s"\n'


def test_haste_is_refused_for_public_hosts(tmp_path: Path) -> None:
    """One feed of a stranger is enough, and each key is named with it."""
    document, problems = table(HURRIED, tmp_path)
    check_pace(document, read(document), [FEED])

    assert [
        "monitor.toml:2: poll.min_interval: is below 5m, but feed 'a' stands on a public host; write at least \"5m\"",
        "monitor.toml:3: poll.host_spacing: is below 1s, but feed 'a' stands on a public host; write at least \"1s\"",
    ] == problems.lines


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:81/f", "http://localhost/f", "file:///drop/f.xml", "http://[::1]/f"]
)
def test_haste_is_allowed_at_home(url: str, tmp_path: Path) -> None:
    """Where every feed is a file or stands inside a network the operator called private."""
    home = Feed(id="a", url=url, language="", outlet="")
    text = HURRIED + '[egress]\nallow_private = ["127.0.0.1/32", "::1/128"]\n'
    document, problems = table(text, tmp_path)
    check_pace(document, read(document), [home])

    assert [] == problems.lines


def test_a_kind_pace_is_allowed_everywhere(tmp_path: Path) -> None:
    """The defaults suit any publisher."""
    document, problems = table("", tmp_path)
    check_pace(document, read(document), [FEED])

    assert [] == problems.lines


def test_a_name_is_never_private() -> None:
    """A name can point anywhere tomorrow; only an address can stand inside a network."""
    assert not private("http://intranet.example/feed", ["10.0.0.0/8"])
    assert not private("http://10.0.0.1/feed", [])
    assert private("http://10.0.0.1/feed", ["10.0.0.0/8"])
