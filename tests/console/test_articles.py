"""The page that explains shows what was read beside an entry."""

from datetime import timedelta

from monitor.model import ArticleChanges, ArticleState, ArticleWant, Reason
from monitor.ports import Store
from tests.console.conftest import Visitor
from tests.contract import making as m
from tests.samples import NOW, alert

TEXT = "Nobody said a word. Sylvania sends <b>twelve</b> howitzers. It rained."


def read(store: Store) -> None:
    """An entry that its article's words carried over the threshold."""
    entry = m.entry("near-1")
    m.commit(
        store,
        m.changes(
            m.take_one(store), entries=(entry,), decisions=(m.unflagged(entry),),
            articles=(ArticleWant(entry=entry, host="a.example"),),
        ),
    )  # fmt: skip
    [claim] = store.articles_due(NOW, 1)
    taken = store.take_article(claim, NOW, owner="one", lease=timedelta(minutes=3))
    assert taken is not None
    start = TEXT.index("howitzers")
    reason = Reason(field="article", start=start, end=start + 9, text="howitzers",
                    concept="weapon:artillery", weight=1.0)  # fmt: skip
    raised = alert(id="al-9", story="s-9")
    decided = m.decision(
        entry, match=m.match(reasons=(reason,), why="carried by it"), story="s-9", alert=raised.id
    )
    with store.writing():
        store.settle_article(
            ArticleChanges(
                claim=taken[0], at=NOW, due=NOW, state=ArticleState.READ, text=TEXT,
                decisions=(decided,), told=(m.told(entry, "s-9"),), alerts=(raised,),
            )
        )  # fmt: skip


def test_the_page_shows_both_decisions(web: Visitor) -> None:
    """The article's words that count, marked and escaped, and what the feed's words came to."""
    read(web.store)
    page = web.get("/why?q=near-1").text

    assert "(by the article&#39;s words)" in page
    assert f"Article: read, {len(TEXT)} characters of https://a.example/near-1" in page
    assert "Sylvania sends &lt;b&gt;twelve&lt;/b&gt; <mark>howitzers</mark>." in page
    assert "Otherwise by the feed&#39;s words: not flagged, 0.100 of 0.5 needed" in page
