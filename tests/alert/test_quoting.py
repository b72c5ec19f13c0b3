"""monitor.alert.quoting: an alert carries the words that prove it, and says whose they are."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from monitor.alert.quoting import SUMMARY, TITLE, shown
from monitor.model import Entry, Reason

ENTRY = Entry(feed_id="a", id="1", url="https://a.example/1", title="Two ministers met")
LEAD = "Officials would not say what it was about. "
PROOF = "Sylvania sends twelve howitzers to Freedonia within the year. "
REST = "The weather was mild. "


def reason(text: str, words: str, field: str = "article", weight: float = 1.0) -> Reason:
    start = text.index(words)
    end = start + len(words)
    return Reason(field=field, start=start, end=end, text=words, concept="c", weight=weight)


def holds(summary: str, entry: Entry, reasons: tuple[Reason, ...]) -> bool:
    """Whether every reason stands where it says, in the alert or, as it says, in the article."""
    fields = {"title": entry.title, "summary": summary, "article": entry.text, "text": entry.text}
    return all(fields[r.field][r.start : r.end] == r.text for r in reasons)


def test_what_the_feed_says_is_shown_as_it_is() -> None:
    """Without an article the summary is the feed's, and its reasons stand in it."""
    entry = replace(ENTRY, summary="Sylvania sends howitzers.")
    own = reason(entry.summary, "howitzers", "summary")

    assert (entry.summary, (own,)) == shown(entry, [own])


def test_the_article_is_quoted_as_such() -> None:
    """By whole sentences, after what the feed says, with the words that count marked in it."""
    text = LEAD + PROOF + REST
    entry = replace(ENTRY, summary="Both kept silent.", text=text)
    summary, reasons = shown(entry, [reason(text, "howitzers"), reason(text, "sends", weight=0.2)])

    assert f"Both kept silent. From the article: “{PROOF.strip()}”" == summary
    assert ["summary", "summary"] == [r.field for r in reasons]
    assert holds(summary, entry, reasons)


def test_a_feed_that_says_nothing_needs_no_gap() -> None:
    """An alert on an entry of a title alone begins with the quotation."""
    entry = replace(ENTRY, text=PROOF)

    assert f"From the article: “{PROOF.strip()}”" == shown(entry, [reason(PROOF, "sends")])[0]


def test_words_far_from_the_others_stay_the_articles() -> None:
    """They are evidence all the same, and say where they stand."""
    text = PROOF + REST * 60 + "Sylvania builds corvettes. " + REST
    entry = replace(ENTRY, summary="s", text=text)
    far = reason(text, "corvettes", weight=0.1)
    summary, reasons = shown(entry, [reason(text, "howitzers"), far])

    assert far in reasons
    assert "corvettes" not in summary
    assert holds(summary, entry, reasons)


def test_a_text_without_sentences_is_cut_between_words() -> None:
    """Subtitles and lists have no full stops; where there are no words either, anywhere."""
    words, glued = "word " * 100 + "howitzers " + "word " * 100, "x" * 400 + "howitzers" + "x" * 400
    for text in (words, glued, "howitzers", "a. howitzers"):
        entry = replace(ENTRY, text=text)
        summary, reasons = shown(entry, [reason(text, "howitzers")])

        assert holds(summary, entry, reasons)
        assert len(summary) < 400
    assert "“word word" in shown(replace(ENTRY, text=words), [reason(words, "howitzers")])[0]


def test_reasons_beyond_what_is_shown_are_left_out() -> None:
    """Of a title or summary that was cut: no reader could find them."""
    entry = replace(ENTRY, title="t" * 600 + "x", summary="s" * 3_000 + "y", text=PROOF)
    lost = [reason(entry.title, "x", "title"), reason(entry.summary, "y", "summary")]

    assert () == shown(entry, lost)[1]
    assert SUMMARY == len(shown(entry, lost)[0])
    summary, reasons = shown(entry, [*lost, reason(PROOF, "sends")])
    assert ["sends"] == [r.text for r in reasons]
    assert len(summary) < SUMMARY
    assert TITLE < len(entry.title)


@given(
    st.text("ab .。!\n", max_size=900),
    st.text("ab .", max_size=1_200),
    st.lists(st.tuples(st.integers(0, 899), st.integers(1, 30), st.floats(-3, 3)), min_size=1),
)
def test_every_reason_stands_where_it_says(
    text: str, summary: str, spans: list[tuple[int, int, float]]
) -> None:
    """Whatever the article, and wherever in it the words are."""
    entry = replace(ENTRY, summary=summary, text=text)
    given_ = [
        Reason(field="article", start=s, end=s + n, text=text[s : s + n], concept="c", weight=w)
        for s, n, w in spans
        if s + n <= len(text)
    ]
    said, reasons = shown(entry, given_)

    assert holds(said, entry, reasons)
    assert len(reasons) == min(40, len(given_))
    assert len(said) <= SUMMARY
