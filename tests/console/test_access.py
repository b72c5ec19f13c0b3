"""console/access and guard: who may enter, and the attacks that a console must stand."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Route

from monitor.config.console import ConsoleSettings
from monitor.console.access import Access, Session, from_elsewhere
from monitor.console.guard import POLICY
from monitor.console.serving import local
from monitor.console.site import Site
from monitor.console.words import cell, host, web
from monitor.model import Act, Label, Opinion, RegimeFact, Silence, Source, Stage
from monitor.ports import Store
from monitor.secret import Secret
from tests.console.conftest import HOUR, KEY, Visitor, console, office, tell
from tests.contract.making import alerting, commit, entry, failed, take_one
from tests.contract.making import changes as changed
from tests.samples import NOW

TOKEN = "a token that is long enough"
LOCKED = ConsoleSettings(listen="", token=Secret(TOKEN))
PROXIED = ConsoleSettings(listen="", proxy_header="x-forwarded-user")
PAGES = ("/", "/story/s-1", "/flows", "/why", "/feeds", "/delivery", "/health", "/api/v1/alerts")
WORDS = st.text(max_size=40)


@pytest.fixture
def locked(store: Store) -> Iterator[Visitor]:
    tell(store, 1)
    with console(store, LOCKED) as web:
        yield web


# ── sessions ────────────────────────────────────────────────────────────────────


@given(name=WORDS, other=WORDS)
def test_a_session_comes_back_as_it_was(name: str, other: str) -> None:
    """Sealed and opened it is the same; with any other name in it, it is not ours."""
    access = Access(ConsoleSettings(), KEY)
    name = name.encode("utf-8", "replace").decode()
    session = Session(nonce="n", name=name, ends=NOW + HOUR)
    sealed = access.sealed(session)

    assert session == access.opened(sealed, NOW)
    assert access.opened(sealed, NOW + 2 * HOUR) is None
    assert access.opened(other, NOW) is None
    assert Access(ConsoleSettings(), b"another process").opened(sealed, NOW) is None


def test_a_new_token_ends_old_sessions() -> None:
    """With one token sessions outlive a restart; a change of it ends them all."""
    session = Session(nonce="n", name="", ends=NOW + HOUR)
    sealed = Access(LOCKED, b"one process").sealed(session)
    fresh = ConsoleSettings(listen="", token=Secret("another long token"))

    assert session == Access(LOCKED, b"another process").opened(sealed, NOW)
    assert Access(fresh, b"one process").opened(sealed, NOW) is None


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("127.0.0.1:8080", True), ("[::1]:80", True), ("10.1.2.3", True), ("localhost:1", True),
        ("desk.example", True), ("M.example:443", True), ("evil.example", False), ("", False),
        ("127.0.0.1.evil.example", False), ("[", False), ("desk.example@evil.example", False),
    ],
)  # fmt: skip
def test_names_it_answers_to(name: str, known: bool) -> None:
    """Addresses, loopback and what is configured: DNS rebinding needs a name of its own."""
    settings = ConsoleSettings(hosts=("desk.example",), url="https://m.example")

    assert known is Access(settings, KEY).answers_to(name)


@pytest.mark.parametrize(
    ("headers", "elsewhere"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site"}, True),
        ({"origin": "http://h:1", "host": "h:1"}, False),
        ({"origin": "http://h:2", "host": "h:1"}, True),
        ({"origin": "null", "host": "h:1"}, True),
    ],
    ids=str,
)
def test_requests_that_another_site_made(headers: dict[str, str], elsewhere: bool) -> None:
    """What browsers themselves say of them."""
    assert elsewhere is from_elsewhere(headers)


# ── the login ───────────────────────────────────────────────────────────────────


def test_nothing_without_the_token(locked: Visitor) -> None:
    """Pages lead to the login, programs and forms are refused, probes are answered."""
    assert [303] * 7 + [401] == [locked.get(path).status for path in PAGES]
    assert "/login?next=/%3Fstage%3Dagreed" == locked.get("/?stage=agreed").headers["location"]
    assert 401 == locked.ask("POST", "/mute", b"").status
    assert 303 == locked.get("/events").status
    assert [200] * 3 == [locked.get(path).status for path in ("/healthz", "/readyz", "/metrics")]
    assert 200 != locked.get("/metrics/feeds").status, "it names what is watched"
    assert {} == locked.cookies


def login(web: Visitor, token: str, wanted: str = "/", name: str = "Kim") -> int:
    body = urlencode({"token": token, "name": name}).encode()
    return web.ask("POST", f"/login?next={quote(wanted)}", body).status


def test_the_token_lets_in(locked: Visitor) -> None:
    """A wrong one does not; the right one gives a cookie no script and no other site gets."""
    page = locked.get("/login?next=//evil.example")
    assert (403, {}) == (login(locked, "guess"), locked.cookies)
    answer = locked.ask(
        "POST", "/login?next=/flows", urlencode({"token": TOKEN, "name": "Kim"}).encode()
    )

    assert 'action="/login?next=/"' in page.text
    assert (303, "/flows") == (answer.status, answer.headers["location"])
    assert "; HttpOnly; SameSite=Strict" in answer.headers["set-cookie"]
    assert [200] * 8 == [locked.get(path).status for path in PAGES]
    assert 303 == locked.post("/say", {"alert": "al-1", "opinion": "seen"}).status
    assert ["Kim"] == [row["author"] for row in locked.store.labels()]
    assert 413 == locked.ask("POST", "/name", b"x" * 2_100_000).status
    assert (303, "/login") == (lambda a: (a.status, a.headers["location"]))(
        locked.post("/logout", {"back": "https://evil.example"})
    )
    assert 303 == locked.get("/").status


def test_a_body_of_a_login_is_small(locked: Visitor) -> None:
    """More than any token is not read."""
    assert (
        403
        == locked.ask("POST", "/login", b"token=" + TOKEN.encode() + b"&x=" + b"x" * 9_000).status
    )


def test_cookies_for_https_alone(store: Store) -> None:
    """Where people come by https the cookie never travels without."""
    with console(store, ConsoleSettings(listen="", url="https://m.example")) as web:
        assert web.get("/").headers["set-cookie"].endswith("; Secure")


def test_feeds_open_with_their_own_key(locked: Visitor) -> None:
    """The key of a feed opens feeds; a wrong one, or the key elsewhere, nothing."""
    login(locked, TOKEN)
    found = re.search(r"/feed\.rss\?key=([\w-]+)", locked.get("/").text)
    assert found
    locked.cookies.clear()

    assert 200 == locked.get(f"/feed.rss?key={found[1]}").status
    assert 200 == locked.get(f"/feed.json?stage=agreed&key={found[1]}").status
    assert 303 == locked.get("/feed.rss?key=wrong").status
    assert 303 == locked.get(f"/?key={found[1]}").status


def test_a_proxy_says_who_is_there(store: Store) -> None:
    """Its word is taken from a trusted address alone, and is the name opinions get."""
    tell(store, 1)
    with console(store, PROXIED) as web:
        assert 401 == web.get("/").status
        assert "Kim" in web.get("/", x_forwarded_user="Kim").text
        token = re.search(r'data-csrf="([^"]+)"', web.get("/", x_forwarded_user="Kim").text)
        assert token
        web.post("/name", {"csrf": token[1], "name": "Eve"}, x_forwarded_user="Kim")
        said = {"csrf": token[1], "alert": "al-1", "opinion": "seen"}
        assert 303 == web.post("/say", said, x_forwarded_user="Kim").status
        assert 401 == web.get("/").status
    far = ConsoleSettings(listen="", proxy_header="x-forwarded-user", proxies=("10.0.0.0/8",))
    with console(store, far) as web:
        assert 401 == web.get("/", x_forwarded_user="Kim").status
    assert ["Kim"] == [row["author"] for row in store.labels()]


# ── attacks ─────────────────────────────────────────────────────────────────────


def test_every_answer_has_its_headers(web: Visitor) -> None:
    """Pages, errors, files and JSON alike."""
    for path in ("/", "/nowhere", "/static/console.css", "/api/v1/alerts", "/healthz", "/feed.rss"):
        headers = web.get(path).headers
        assert POLICY == headers["content-security-policy"], path
        assert "nosniff" == headers["x-content-type-options"], path
        assert "same-origin" == headers["referrer-policy"], path
    assert "'unsafe" not in POLICY
    assert POLICY.startswith("default-src 'none'")


def test_no_form_without_its_token(web: Visitor) -> None:
    """Every route that takes a form refuses one of another session, another site or none."""
    routes = Site(office(web.store, ConsoleSettings(listen=""))).routes()
    paths = [r.path for r in routes if isinstance(r, Route) and "POST" in (r.methods or ())]
    assert {"/say", "/mute", "/name", "/feeds/add", "/silences/add"} < set(paths)
    for path in set(paths) - {"/login"}:
        fields = {"alert": "al-1", "opinion": "seen", "url": "https://x.example", "sink": "desk"}
        assert 403 == web.post(path, {**fields, "csrf": ""}).status, path
        assert 403 == web.post(path, {**fields, "csrf": "x"}).status, path
        assert 403 == web.post(path, fields, origin="https://evil.example").status, path
        assert 403 == web.post(path, fields, sec_fetch_site="cross-site").status, path
    other = Visitor(web.address, web.store)
    assert 403 == web.post("/mute", {"alert": "al-1", "csrf": other.token()}).status
    assert ([], []) == (list(web.store.labels()), list(web.store.silences(NOW)))


def test_a_name_that_is_not_ours(web: Visitor) -> None:
    """Under a stranger's name nothing is shown; probes may call it what they like."""
    assert 421 == web.get("/", host="evil.example").status
    assert 421 == web.get("/api/v1/alerts", host="evil.example").status
    assert 200 == web.get("/healthz", host="10-1-2-3.pod.example").status


@pytest.mark.parametrize(
    "path",
    [
        "/static/../pages.py", "/static/%2e%2e/pages.py", "/static/..%2fpages.py", "/static//etc/passwd",
        "/static/..\\pages.py", "/static/%2e%2e%2f%2e%2e%2f%2e%2e%2fpyproject.toml", "/static/.%00/x",
        "/feeds/..%2f..%2fetc%2fpasswd", "/story/..%2f..%2fetc%2fpasswd", "/static/vendor",
    ],
)  # fmt: skip
def test_paths_that_lead_out(web: Visitor, path: str) -> None:
    """Nothing but our own files is ever sent."""
    answer = web.get(path)

    assert 404 == answer.status
    assert "import" not in answer.text
    assert "root:" not in answer.text


EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e{{7*7}}'


def test_what_strangers_write_is_text(store: Store) -> None:
    """Titles, summaries, outlets, links, authors, notes, error texts, on every page."""
    poisoned(store)
    with console(store) as web:
        paths = [
            "/", "/story/s-9", "/why?q=s-9", "/feeds", "/feeds/a", "/delivery", "/flows", "/health",
            "/why?" + urlencode({"q": EVIL}), "/why?" + urlencode({"text": EVIL}),
            "/?" + urlencode({"q": EVIL}), "/?" + urlencode({"stage": EVIL}),
            "/delivery/routes?" + urlencode({"item": EVIL}), "/feeds?" + urlencode({"q": EVIL}),
            "/story/" + quote(EVIL, safe=""), "/flows?" + urlencode({"party": EVIL}),
        ]  # fmt: skip
        texts = {path: web.get(path).text for path in paths}
        texts["/feeds/add"] = web.post("/feeds/add", {"url": EVIL}).text
        texts["/feeds/test"] = web.post("/feeds/test", {"url": "https://x.example/"}).text
        texts["/silences/add"] = web.post("/silences/add", {"parties": EVIL, "until": "8h"}).text
        texts["/name"] = web.post("/name", {"name": EVIL}).text + web.get("/").text
    for path, text in texts.items():
        assert "<script>alert" not in text, path
        assert "<img" not in text, path
        assert (
            "javascript:" not in re.sub("&#?\\w+;", "", text).lower() or 'href="java' not in text
        ), path
        assert "\u202e" not in text, path
    assert 'href="javascript' not in "".join(texts.values())
    assert "&lt;script&gt;" in texts["/"]
    assert "{{7*7}}" in texts["/"]
    assert "the name &lt;b&gt; does not resolve" in texts["/feeds/test"]


def poisoned(store: Store) -> None:
    """Everything a feed, a receiver or a colleague can write is written."""
    one = entry("9", title=EVIL, summary=EVIL, url="javascript:alert(1)", outlet=EVIL)
    assert commit(store, alerting(take_one(store), one, story="s-9"))
    assert commit(store, changed(take_one(store), outcome=failed()))
    act = Act(stage=Stage.AGREED, suppliers=(EVIL,), recipients=("=cmd()",), categories=(EVIL,),
              systems=(EVIL,), quantity=EVIL)  # fmt: skip
    fact = RegimeFact(id=EVIL, name=EVIL, act=EVIL, as_of="2026", note=EVIL)
    source = Source(outlet=EVIL, url="javascript:alert(1)", published=None, title=EVIL)
    tell(store, 1, id="al-s-9", story="s-9", revision=2, title=EVIL, summary=EVIL, outlet=EVIL,
         url="javascript:alert(1)", act=act, regimes=(fact,), sources=(source,), changes=(EVIL,),
         severity_why=EVIL, reasons=())  # fmt: skip
    store.add_label(Label(opinion=Opinion.SEEN, at=NOW, author=EVIL, alert="al-s-9", note=EVIL))
    conditions = {"stories": ("s-9",)}
    store.add_silence(
        Silence(id="si-9", conditions=conditions, since=NOW, until=NOW + timedelta(days=1),
                author=EVIL, comment=EVIL)
    )  # fmt: skip


def test_no_cell_is_a_formula(store: Store) -> None:
    """Names from feeds reach a spreadsheet as text."""
    act = Act(stage=Stage.AGREED, suppliers=("=HYPERLINK(1)",), recipients=("@x", "+1", "-1"))
    tell(store, 1, act=act)
    with console(store) as web:
        rows = list(csv.reader(io.StringIO(web.get("/flows.csv").text)))

    assert 4 == len(rows)
    assert not [c for row in rows for c in row if c.startswith(("=", "+", "-", "@"))]
    assert "'=HYPERLINK(1)" == rows[1][0]


@given(st.one_of(WORDS, st.sampled_from(["=1", " =1", "\t=1", "\r@", "-2", "+3", "@a"])))
def test_any_cell(text: str) -> None:
    """Whatever it is, a spreadsheet takes it for text, and no letter of it is lost."""
    made = cell(text)

    assert not made.lstrip().startswith(("=", "+", "-", "@"))
    assert made in (cell(made), made)


@given(st.one_of(WORDS, st.sampled_from(["//e.example", "/\\e", "/ok?a=b", "https://e", "/\t/e"])))
def test_forms_lead_back_to_us_alone(path: str) -> None:
    """A path of ours, or the desk."""
    found = local(path)

    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))


@given(
    st.one_of(
        WORDS,
        WORDS.map(lambda w: f"https://{w}"),
        st.just("javascript:alert(1)"),
        st.just("http://["),
    )
)
def test_links_are_of_the_web(url: str) -> None:
    """http and https alone are ever linked, and the host is what is shown."""
    if web(url):
        assert url.lower().startswith(("http:", "https:"))
        assert host(url)


def test_no_template_marks_strangers_words_as_safe() -> None:
    """Nothing turns the escaping off, in any template."""
    for file in Path("monitor/console/templates").glob("*.html"):
        text = file.read_text("utf-8")
        assert not re.search(r"\|\s*safe|autoescape|Markup|style=|onclick|<script>", text), (
            file.name
        )
