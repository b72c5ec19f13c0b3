"""
Full text over entries, in every script.

Scripts written without spaces are indexed character by character and asked for as phrases,
so that two characters of Chinese are found inside a sentence (SQLite's trigrams need three).
Query syntax: words are all wanted; "a phrase"; word* for any ending.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from monitor.stores import _codec as codec
from monitor.stores._connection import Connection, Row

# Thai to Myanmar, Khmer, kana, bopomofo, Han with its extensions, Hangul (Korean has spaces,
# but its particles are written onto the noun). The index holds what this made of the text:
# a change needs a migration that fills it anew.
_RANGES: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u318f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\uff66-\uffdc\U00020000-\U0003ffff"
)
_UNSPACED: Final = re.compile(f"([{_RANGES}])")
_PARTS: Final = re.compile(r'"([^"]*)"|(\S+)')
_WORD: Final = re.compile(r"\w")
_AROUND: Final = 60  # characters of a snippet on either side


def spaced(text: str) -> str:
    """The text as it is indexed."""
    return text if text.isascii() else _UNSPACED.sub(r" \1 ", text)


def index(c: Connection, entries: Mapping[int, Mapping[str, object]]) -> None:
    """Make new entries findable, by the numbers of their rows."""
    c.many(
        "insert into search (rowid, title, summary, text) values (?, ?, ?, ?)",
        [_row(seq, entry) for seq, entry in entries.items()],
    )


def forget(c: Connection, entries: Sequence[Row]) -> None:
    """Take entries out, given their rows as they were indexed."""
    c.many(
        "insert into search (search, rowid, title, summary, text) values ('delete', ?, ?, ?, ?)",
        [_row(e["seq"], e) for e in entries],
    )


def _row(seq: int, entry: Mapping[str, object]) -> Sequence[object]:
    return (seq, *(spaced(str(entry[field])) for field in ("title", "summary", "text")))


def terms(query: str) -> Sequence[tuple[str, bool]]:
    """What is asked for: (words, whether any ending will do), without what holds no word."""
    found = []
    for phrase, word in _PARTS.findall(query):
        text = phrase or word
        if _WORD.search(text):
            found.append((text.rstrip("*"), not phrase and word.endswith("*")))
    return found


def expression(query: str) -> str:
    """The query as FTS5 understands it; "" when it asks for nothing."""
    return " ".join(
        '"' + spaced(text).replace('"', " ") + '"' + ("*" if prefix else "")
        for text, prefix in terms(query)
    )


# A hit in the title weighs 8, in the summary 2, in the text 1.
_SEARCH: Final = """
select e.*, f.rank, coalesce((
        select m.story from members m where m.feed_id = e.feed_id and m.entry_id = e.id
        order by m.seq desc limit 1
    ), '') as story
from (
    select rowid, bm25(search, 8.0, 2.0, 1.0) as rank from search where search match ?
    order by rank limit ?
) f join entries e on e.seq = f.rowid
order by f.rank, e.seq desc
"""


def search(c: Connection, query: str, limit: int) -> Sequence[Row]:
    """See Store.search."""
    wanted = expression(query)
    if not wanted:
        return ()
    rows = c.rows(_SEARCH, [wanted, 4 * limit])  # revisions of one entry count once
    newest: dict[tuple[str, str], Row] = {}
    for row in rows:
        newest.setdefault((row["feed_id"], row["id"]), row)
    needles = [text for text, _ in terms(query)]
    return [_found(row, needles) for row in list(newest.values())[:limit]]


_ALERTS: Final = """
select d.alert from search s cross join decisions d on d.entry = s.rowid
where s.search match ? and d.alert <> '' order by s.rowid desc limit 2000
"""


def alerts(c: Connection, query: str) -> Sequence[str]:
    """Ids of the alerts whose entries hold what is asked for, each once, the 2,000 last read."""
    asked = expression(query)
    return list({r["alert"]: None for r in c.rows(_ALERTS, [asked])}) if asked else []


def _found(row: Row, needles: Sequence[str]) -> Row:
    return {
        "feed": row["feed_id"],
        "id": row["id"],
        "revision": row["revision"],
        "published": codec.when_or_none(row["published"]),
        "seen": codec.when(row["seen_at"]),
        "title": row["title"],
        "outlet": row["outlet"],
        "language": row["language"],
        "url": row["url"],
        "story": row["story"],
        "snippet": snippet([row["summary"], row["text"], row["title"]], needles),
    }


def snippet(texts: Sequence[str], needles: Sequence[str]) -> str:
    """The words around the first needle in the first text that has one; else the beginning."""
    for text in texts:
        at = _first(text, needles)
        if at is not None:
            start, end = max(0, at - _AROUND), at + _AROUND
            cut = " ".join(text[start:end].split())
            return ("…" if start else "") + cut + ("…" if end < len(text) else "")
    return next((t[: 2 * _AROUND] for t in texts if t), "")


def _first(text: str, needles: Sequence[str]) -> int | None:
    """Where the first needle begins; None when there is none."""
    pattern = "|".join(re.escape(n) for n in needles)
    found = re.search(pattern, text, re.IGNORECASE)
    return found.start() if found else None
