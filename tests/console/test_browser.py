"""console in a real browser: keys, news as they come, charts, contrast, labels, no complaints."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.browser import BINARY, Browser, browser
from monitor.config.console import ConsoleSettings
from monitor.model import Act, Relation, Severity, Stage
from monitor.ports import Store
from monitor.secret import Secret
from monitor.stores.sqlite import open as sqlite
from tests.console.conftest import Visitor, console, tell
from tests.contract.making import (
    alerting,
    attempt,
    changes,
    commit,
    entry,
    send,
    take_one,
    told,
)
from tests.samples import NOW

pytestmark = pytest.mark.skipif(not BINARY, reason="there is no Chromium on this machine")
PAGES = (
    "/", "/?stage=agreed&q=shells", "/?stage=sold", "/story/s-1", "/story/s-1/merge",
    "/story/nope", "/flows", "/why?q=s-1",
    "/why?text=Iran+agreed+to+deliver+drones+to+Russia", "/feeds", "/feeds/a", "/delivery",
    "/delivery/routes?item=al-2", "/health",
)  # fmt: skip


@pytest.fixture(scope="module")
def tab() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Stories of every severity, one of them read and sent."""
    store = sqlite(f"sqlite:///{tmp_path_factory.mktemp('browser') / 'm.db'}")
    fill(store)
    with console(store) as web:
        yield web
    store.close()


@pytest.fixture
def own(store: Store) -> Iterator[Visitor]:
    """The same, for a test that changes it."""
    fill(store)
    with console(store) as web:
        yield web


def fill(store: Store) -> None:
    assert commit(store, alerting(take_one(store), entry("1")))
    [sent] = send(store)
    assert store.record(sent, attempt(sent), None)
    act = Act(stage=Stage.AGREED, suppliers=("tr",), recipients=("ua",), doubted=True)
    for number, severity in enumerate(Severity, 2):
        tell(store, number, severity=severity, act=act)


def test_keys(tab: Browser, own: Visitor) -> None:
    """j and k move, s, n and m say it, / searches, Escape leaves, o opens."""
    tab.size(1280, 800)
    tab.open(f"http://{own.address}/")
    for key in "jj":
        tab.press(key)
    assert "al-2" == tab.ask("document.querySelector('.story.current').id")
    tab.press("s")
    tab.until("document.querySelector('#al-2 .label')?.textContent === 'seen by desk'")
    assert "al-2" == tab.ask("document.querySelector('.story.current').id")
    tab.press("n")
    tab.until("document.querySelector('#al-2 .label')?.textContent === 'not-relevant by desk'")
    tab.press("m")
    tab.until("document.getElementById('live').textContent === 'Noted: Mute'")
    assert [("s-2",)] == [s.conditions["stories"] for s in own.store.silences(NOW)]
    tab.press("/")
    assert "q" == tab.ask("document.activeElement.id")
    tab.press("j")
    tab.press("Escape")
    tab.press("k")
    assert "al-s-1" == tab.ask("document.querySelector('.story.current').id")
    tab.press("o")
    tab.until("location.pathname === '/story/s-1'")


def test_news_appear(tab: Browser, own: Visitor) -> None:
    """A new alert is on the open page within a second, above the others, and nothing moves off."""
    tab.open(f"http://{own.address}/?severity=high")
    tab.until("document.getElementById('live').textContent === 'live'")
    tell(own.store, -1, severity=Severity.CRITICAL)
    tell(own.store, -2, severity=Severity.LOW)
    took = tab.until("document.querySelector('.story')?.id === 'al--1'", 5)

    assert took < 1.0
    assert tab.ask("document.querySelector('#al--1').classList.contains('fresh')")
    assert not tab.ask("document.getElementById('al--2')")


def test_what_is_refused_is_said(tab: Browser, own: Visitor) -> None:
    """A form that is too old, and a daemon that is gone."""
    tab.open(f"http://{own.address}/")
    tab.ask("document.querySelectorAll('[name=csrf]').forEach((i) => { i.value = 'old' })")
    tab.press("j")
    tab.press("s")
    tab.until("document.getElementById('live').textContent.includes('too old')")
    assert [] == list(own.store.labels())


def test_a_split_by_hand(tab: Browser, own: Visitor) -> None:
    """Tick an account, split it off, say yes: the page is readable, and the part has its line."""
    more = changes(
        take_one(own.store),
        entries=(entry("9"),),
        told=(told(entry("9"), "s-1", "k:9", relation=Relation.REPORT),),
    )
    assert commit(own.store, more)
    tab.size(1280, 900)
    tab.open(f"http://{own.address}/story/s-1")
    tab.ask("document.querySelector('input[name=entry][value=\"a/9\"]').click()")
    tab.ask("document.querySelector('#split button').click()")
    tab.until("document.querySelector('h1').textContent.startsWith('Make this account')")
    assert [] == tab.ask(CHECKS)
    tab.ask("document.querySelector('main form.stack button.main').click()")
    tab.until("location.pathname === '/story/s-1'")
    [kept] = own.store.repairs()

    assert (("a", "9"),) == kept.entries
    assert f"split 1 account off s-1, as {kept.others[0]}" in tab.ask("document.body.innerText")


def test_charts(tab: Browser, desk: Visitor) -> None:
    """Sankey and map are drawn under our own policy."""
    tab.open(f"http://{desk.address}/flows")
    tab.until("document.querySelectorAll('#sankey svg path, #map svg path').length > 100")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_can_be_read(tab: Browser, desk: Visitor, path: str, dark: bool) -> None:
    """Contrast of 4.5 to 1, a label for every field, one h1, a language, no complaint of ours."""
    tab.size(1280, 900, dark=dark)
    tab.events.clear()
    tab.open(f"http://{desk.address}{path}")
    faults: list[Any] = tab.ask(CHECKS)

    assert [] == faults
    assert [] == [c for c in tab.complaints() if "status of 4" not in c]


def test_entering(tab: Browser, store: Store) -> None:
    """The login can be read, lets in and leads where one was going; logging out ends it."""
    fill(store)
    settings = ConsoleSettings(listen="", token=Secret("a token that is long enough"))
    with console(store, settings) as web:
        tab.size(1280, 900, dark=True)
        tab.open(f"http://{web.address}/flows?since=7d")
        assert [] == tab.ask(CHECKS)
        tab.ask("document.querySelector('[name=token]').value = 'a token that is long enough'")
        tab.ask("document.querySelector('[name=name]').value = 'Kim'")
        tab.ask("document.querySelector('form').requestSubmit()")
        tab.until("location.pathname === '/flows' && location.search === '?since=7d'")
        assert "Kim" == tab.ask("document.querySelector('.who summary').textContent")
        tab.ask("document.querySelector('form[action=\"/logout\"]').requestSubmit()")
        tab.until("location.pathname === '/login'")


@pytest.mark.parametrize("path", PAGES)
def test_pages_fit_a_phone(tab: Browser, desk: Visitor, path: str) -> None:
    """Nothing is wider than 360 pixels but what scrolls in a box of its own."""
    tab.size(360, 740)
    tab.open(f"http://{desk.address}{path}")

    assert tab.ask("document.documentElement.scrollWidth") <= 360


def test_pictures(tab: Browser, desk: Visitor, tmp_path: Path) -> None:
    """What bench.screenshots makes is an image of some size."""
    tab.size(800, 600)
    tab.open(f"http://{desk.address}/")
    tab.picture(tmp_path / "desk.png")
    data = (tmp_path / "desk.png").read_bytes()

    assert data.startswith(b"\x89PNG")
    assert 10_000 < len(data)


def test_reading_needs_no_script(tab: Browser, desk: Visitor) -> None:
    """Without JavaScript filters, stories and tables are all there."""
    tab.do("Emulation.setScriptExecutionDisabled", value=True)
    try:
        tab.do("Page.navigate", url=f"http://{desk.address}/flows")
        texts = [desk.get(path).text for path in ("/", "/flows", "/story/s-1")]
    finally:
        tab.do("Emulation.setScriptExecutionDisabled", value=False)

    assert all("<script>" not in text for text in texts)
    assert "<article" in texts[0]
    assert '<form method="get" action="/"' in texts[0]
    assert 'class="matrix"' in texts[1]


# The rules of WCAG 2 that a page can be held against without a person: 1.1.1, 1.3.1, 1.4.3,
# 2.4.2, 2.4.4, 3.1.1, 4.1.2. https://www.w3.org/TR/WCAG22/
CHECKS = """
(() => {
  const faults = [], shown = (e) => e.checkVisibility() && e.getClientRects().length;
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const over = (top, below) => top.slice(0, 3).map((c, at) => c * top[3] + below[at] * (1 - top[3]));
  const ground = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) layers.push(rgb(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, text = walk.currentNode.textContent.trim();
    if (!text || !shown(e) || e.closest('svg, .hint, .skip, option, datalist, script')) continue;
    const style = getComputedStyle(e), below = ground(e), above = over(rgb(style.color), below);
    const [a, b] = [light(above), light(below)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) faults.push(`contrast ${ratio.toFixed(2)}: ${text.slice(0, 40)}`);
  }
  for (const e of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
    if (!e.labels?.length && !e.ariaLabel) faults.push(`no label: ${e.name}`);
  for (const e of document.querySelectorAll('a, button'))
    if (!e.textContent.trim() && !e.ariaLabel) faults.push(`no name: ${e.outerHTML.slice(0, 80)}`);
  for (const e of document.querySelectorAll('img:not([alt])')) faults.push('image without alt');
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
  if (!document.documentElement.lang || !document.title) faults.push('no language or title');
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of new Set(ids)) if (ids.filter((i) => i === id).length > 1) faults.push(`id twice: ${id}`);
  return [...new Set(faults)];
})()
"""
