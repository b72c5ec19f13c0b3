"""monitor.parse.encoding: documents are what their bytes are."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Feed, Fetched
from monitor.parse import read
from monitor.parse.encoding import settled
from tests.conftest import NOW

FEED = Feed(id="f", url="https://feed.example/feed", language="", outlet="feed.example")
TEXTS = {
    "ru": "Кран в гавани снова работает, сообщает начальник порта",
    "zh": "港口的起重机今天重新开始工作",
    "ja": "港のクレーンが今日また動き始めた",
    "ko": "항구의 크레인이 오늘 다시 움직이기 시작했다",
    "ar": "عادت الرافعة إلى العمل في الميناء",
    "el": "Ο γερανός στο λιμάνι δουλεύει ξανά",
    "fr": "La grue du port a été réparée à l’été",
    "pl": "Dźwig w porcie znów działa – mówi dyrektor",
    "he": "המנוף בנמל חזר לעבוד",
    "th": "ปั้นจั่นที่ท่าเรือกลับมาทำงานแล้ว",
}


def document(body: bytes, charset: str = "") -> Fetched:
    return Fetched(
        body=body, media_type="text/xml", charset=charset, url="https://feed.example/feed", at=NOW
    )


def feed(text: str, declared: str = "") -> str:
    said = f' encoding="{declared}"' if declared else ""
    return (
        f'<?xml version="1.0"{said}?><rss version="2.0"><channel><title>t</title>'
        f"<item><title>{text}</title><guid>1</guid></item></channel></rss>"
    )


def title(body: bytes, charset: str = "") -> str:
    return read(document(body, charset), FEED, {}, 9).entries[0].title


CASES = [
    ("ru", "utf-8", "", "iso-8859-1"),  # a server's default
    ("ru", "utf-8", "us-ascii", ""),
    ("ru", "utf-8", "windows-1251", "windows-1251"),
    ("ru", "utf-8-sig", "", ""),
    ("ru", "utf-16", "", ""),
    ("ru", "utf-16", "utf-16", "utf-16"),
    ("ru", "utf-16-be", "", ""),
    ("ru", "utf-32", "", ""),
    ("ru", "windows-1251", "windows-1251", ""),
    ("ru", "windows-1251", "windows-1251", "iso-8859-1"),
    ("ru", "windows-1251", "", "windows-1251"),
    ("ru", "koi8-r", "koi8-r", "nonsense"),
    ("ru", "koi8-r", "utf-8", "koi8-r"),
    ("zh", "gb18030", "gb2312", ""),
    ("zh", "gbk", "gbk", "utf-8"),
    ("ja", "shift_jis", "shift_jis", ""),
    ("ja", "euc_jp", "euc-jp", ""),
    ("ja", "iso2022_jp", "iso-2022-jp", ""),
    ("ko", "euc_kr", "euc-kr", ""),
    ("ar", "cp1256", "windows-1256", ""),
    ("el", "iso8859-7", "iso-8859-7", ""),
    ("fr", "cp1252", "", ""),
    ("fr", "cp1252", "iso-8859-1", ""),
    ("fr", "cp1252", "utf-8", "utf-8"),
    ("pl", "cp1250", "windows-1250", ""),
    ("he", "cp1255", "windows-1255", ""),
    ("th", "cp874", "windows-874", ""),
]


@pytest.mark.parametrize(("language", "codec", "declared", "charset"), CASES)
def test_text_comes_through(language: str, codec: str, declared: str, charset: str) -> None:
    """Whatever the bytes are in, and whatever is said of them, the words are right."""
    text = TEXTS[language]

    assert text == title(feed(text, declared).encode(codec), charset)


@pytest.mark.parametrize("language", TEXTS)
def test_a_stray_byte_spoils_one_character(language: str) -> None:
    """A bad byte in a feed of UTF-8 is one lost character and a defect, not a feed of gibberish."""
    text = TEXTS[language]
    body = feed(" ".join([text] * 4) + " END", "utf-8").encode().replace(b" END", b" \xffEND", 1)
    found = read(document(body), FEED, {}, 9)

    assert f"{text} \ufffdEND" == found.entries[0].title[-len(text) - 5 :]
    assert ("1 bytes that are not utf-8",) == found.defects
    assert () == read(document(body), FEED, found.known, 9).entries


def test_a_stray_byte_in_another_encoding() -> None:
    """The same in the encoding that is named."""
    body = feed(TEXTS["zh"] * 4 + "|", "gb2312").encode("gb18030").replace(b"|", b"\xff", 1)
    found = read(document(body), FEED, {}, 9)

    assert found.entries[0].title.startswith(TEXTS["zh"] * 3)
    assert ("1 bytes that are not gb18030",) == found.defects


def test_what_is_nothing_else_is_windows_1252() -> None:
    """A label that is wrong throughout is told."""
    body = feed(TEXTS["fr"], "utf-8").encode("cp1252")
    found = read(document(body), FEED, {}, 9)

    assert TEXTS["fr"] == found.entries[0].title
    assert ("not in the encoding it says, read as windows-1252",) == found.defects


@pytest.mark.parametrize(
    "label", ["idna", "hex", "unicode-escape", "utf-7", "x" * 40, "\x00", "zlib"]
)
def test_odd_encodings_are_not_tried(label: str) -> None:
    """Python knows codecs that are none of the web's."""
    body = feed("é").encode("cp1252")

    assert "é" == title(body, label)


@given(st.sampled_from(sorted(TEXTS)), st.sampled_from(["", "utf-8", "latin-1", "koi8-r", "gbk"]))
def test_settling_twice_is_settling_once(language: str, charset: str) -> None:
    """What is settled is UTF-8 without another word."""
    source = document(feed(TEXTS[language], "iso-8859-1").encode(), charset)
    once, repair = settled(source)

    assert (once, "") == settled(once)
    assert "" == repair
    assert replace(once, body=b"") == replace(source, body=b"", charset="utf-8")
