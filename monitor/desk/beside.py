"""What was read beside an entry, and what the other words decided: for people who ask why."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from monitor.alert.quoting import shown
from monitor.desk.rehearsal import distance
from monitor.model import Entry, Reason
from monitor.ports import Row

_WORDS: Final = {"feed": "the feed's words", "article": "the article's words"}


def looked_for(row: Row) -> str:
    """What came of the article behind the entry of a decision; "" where none was wanted."""
    state, reason = row["article"], row["article_reason"]
    said = f": {row['article_detail']}" if row["article_detail"] else ""
    if state == "read":
        return f"read, {len(str(row['article_text'])):,} characters of {row['article_url']}"
    if state == "wanted":
        due = row["article_due"]
        when = f"{due:%Y-%m-%d %H:%M} UTC" if isinstance(due, datetime) else "soon"
        return f"to be asked for at {when}" + (f", since {reason}{said}" if reason else "")
    if state == "refused":
        return f"not asked for, {reason}{said}"
    return f"asked for in vain, {reason}{said}" if state == "given-up" else ""


def quoted(row: Row) -> tuple[str, tuple[Reason, ...]]:
    """The words of the article that count in the decision, with their marks; "" for none."""
    reasons = _reasons(deciding(row)["reasons"])
    own = [r for r in reasons if r.field == "article"]
    if not own or not row["article_text"]:
        return "", ()
    entry = Entry(feed_id="", id="", url="", title="", text=str(row["article_text"]))
    return shown(entry, own)


def deciding(row: Row) -> Mapping[str, Any]:
    """Of the two decisions the one by the article's words, else the only one."""
    other: Any = row["other"]
    return other if other and row["basis"] == "feed" else row


def _reasons(found: Any) -> Sequence[Reason]:
    return [Reason(**r) for r in found or ()]


def counted(row: Row) -> str:
    """Whose words decided; "" where there were no others."""
    return _WORDS[str(row["basis"])] if row["other"] else ""


def otherwise(row: Row) -> str:
    """The decision by the other words, in one line; "" where there were none."""
    other: Any = row["other"]
    if not other:
        return ""
    far = distance(float(other["score"]), float(other["threshold"]))
    return (
        f"by {_WORDS[other['basis']]}: {'flagged' if other['flagged'] else 'not flagged'}, "
        f"{other['score']:.3f} of {other['threshold']:g} needed "
        f"({abs(far):.1f} {'over' if far >= 0 else 'short'}): {other['match_why']}"
    )
