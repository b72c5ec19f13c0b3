"""Folding loses no place and levels what people write in several ways."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.match.text import fold, folded, script, sentences, wordly

LETTERS = (("ı", "i"), ("İ", "i"))
TEXTS = st.text(max_size=200) | st.from_regex(r"[A-Za-z<>&;/ éßİ\u0301עא가か中]{0,80}")


@given(TEXTS)
def test_fold_twice_is_fold_once(text: str) -> None:
    """Folding is idempotent, whatever the text."""
    once = fold(text).text
    assert once == fold(once).text


@given(TEXTS, st.data())
def test_spans_point_into_the_original(text: str, data: st.DataObject) -> None:
    """Every folded span stands somewhere in the original, and in order."""
    found = fold(text, LETTERS)
    if not found.text:
        return
    start = data.draw(st.integers(0, len(found.text) - 1))
    end = data.draw(st.integers(start + 1, len(found.text)))
    first, last = found.span(start, end)
    assert 0 <= first < last <= len(text)
    assert text[first:last] == found.said(start, end)


@given(st.sampled_from(["waffen", "arms", "оружие", "سلاح", "무기"]), TEXTS, TEXTS)
def test_a_found_term_slices_back(term: str, before: str, after: str) -> None:
    """What is found in the folded text is, at its place in the original, the term."""
    found = fold(f"{before} {term} {after}")
    at = found.text.rfind(folded(term))
    assume(at >= 0)  # not swallowed by a tag that began before it
    assert folded(found.said(at, at + len(folded(term)))) == folded(term)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("U.S.–supplied", "u.s.-supplied"),
        ("Größe  Über", "grosse uber"),
        ("ёлка", "елка"),
        ("l’arme", "l'arme"),
        ("سَلاحٌ", "سلاح"),
        ("نشق\u0640", "نشق"),
        ("שָׁלוֹם", "שלום"),
        ("a\u00a0b\u200bc", "a bc"),
        ("<b>Arms</b> &amp; aid", "arms & aid"),
        ("<p>", ""),
        ("<À>x", "x"),
        ("＜p＞ x", "x"),
        ("a &amp;lt;b&amp;gt; c", "a c"),
        ("&nosuch; x", "&nosuch; x"),
        ("ＡＢＣ１２３", "abc123"),
        ("٣", "3"),
        ("ﬁre", "fire"),
        ("\x00a", "a"),
        ("\ud800b", "b"),
        ("`x`", "'x'"),
        ("é  é", "e e"),
    ],
)
def test_levels(written: str, plain: str) -> None:
    """What is one word to a reader is one to us: case, accents, quotes, widths, markup."""
    assert plain == folded(written)


def test_own_letters_come_first() -> None:
    """A language may fold a letter its own way, and stays as long as it was."""
    assert "istanbul" == fold("ISTANBUL".replace("I", "İ", 1), LETTERS).text
    assert "kiz" == folded("kız", LETTERS)
    assert "kiz a" == folded("kız  a", LETTERS)


def test_accent_signs_belong_to_their_letter() -> None:
    """A letter written with a sign of its own is shown with it."""
    found = fold("<i>cafe\u0301</i> x")
    at = found.text.index("e")
    assert "e\u0301" == found.said(at, at + 1)


def test_many_letters_do_not_pile_up() -> None:
    """A text that brings every character there is does not grow the memory for ever."""
    text = "".join(chr(c) for c in range(0x100, 0x6000)) + "z"
    assert folded(text)
    assert folded(text[::-1])


@given(st.text(max_size=200))
def test_sentences_cover_in_order(text: str) -> None:
    """Sentences follow each other without overlap and hold all that is not space."""
    plain = fold(text).text
    cuts = sentences(plain)
    assert all(a[1] <= b[0] for a, b in pairwise(cuts))
    assert plain.replace(" ", "") == "".join(plain[a:b] for a, b in cuts).replace(" ", "")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("arms for them. arms for us.", 2),
        ("the u.s. sends arms", 1),
        ("gen. smith of st. ives", 1),
        ("war: x sends arms", 2),
        ("x sends arms - y", 2),
        ("武器。弾薬。", 2),
        ("a | b", 2),
        ("", 0),
    ],
)
def test_sentence_ends(text: str, count: int) -> None:
    """Full stops end sentences, those of abbreviations do not; a colon in a headline does."""
    assert count == len(sentences(text))


@pytest.mark.parametrize(
    ("letter", "name"),
    [("a", "latin"), ("é", "latin"), ("я", "cyrillic"), ("ع", "arabic"), ("ש", "hebrew"),
     ("ह", "devanagari"), ("中", "han"), ("か", "kana"), ("ガ", "kana"), ("가", "hangul"),
     ("ก", "other"), ("1", ""), ("-", "")],
)  # fmt: skip
def test_scripts(letter: str, name: str) -> None:
    """A letter is of one script; what is no letter is of none."""
    assert name == script(letter)


def test_signs_are_part_of_words() -> None:
    """A vowel sign continues a word; a hyphen does not."""
    assert wordly("\u093f")
    assert not wordly("-")
