"""What `monitor feeds test` finds at an address: a feed, feeds a page names, or why neither."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from monitor.app import clock
from monitor.assembly import fetcher, rules
from monitor.cli.show import dumps
from monitor.config.full_text import FullTextSettings
from monitor.config.load import Config
from monitor.fetch.article import wanted
from monitor.fetch.domains import owner
from monitor.match import Rules, match
from monitor.model import Entry, Failed, FailureReason, Feed, Fetched, Parsed
from monitor.parse import discover
from monitor.sandbox import Parser
from monitor.secret import masked
from monitor.terminal import visible

_SHOWN: Final = 5
_PAGE: Final = (FailureReason.HTML, FailureReason.NOT_A_FEED)

Facts = dict[str, object]


def run(config: Config, url: str, *, as_json: bool) -> int:
    """Fetch it once, say what would happen; 1 when nothing would."""
    found = once(config, lambda: rules(config), url, clock())
    facts = {key: masked(value, config.secrets) for key, value in found.items()}
    print(dumps(facts) if as_json else "\n".join(_lines(facts)))
    return 0 if "entries" in facts else 1


def once(config: Config, detector: Callable[[], Rules], url: str, now: datetime) -> Facts:
    """As look(), with a parser of its own, so that no poll waits for it."""
    poll = config.settings.poll
    parser = Parser(timeout=poll.parse_timeout, max_entries=poll.max_entries)
    try:
        return look(config, detector, url, parser, now)
    finally:
        parser.close()


def look(
    config: Config, detector: Callable[[], Rules], url: str, parser: Parser, now: datetime
) -> Facts:
    """What is there, by name; `entries` only where it is a feed."""
    answer = fetcher(config.settings).look(url, now)
    if isinstance(answer, Failed):
        return {"url": url, **_why(answer)}
    feed = next((f for f in config.feeds if f.url == url), None) or Feed(
        id="test", url=url, language="", outlet=owner(url)
    )
    found = parser.parse(answer, feed)
    if isinstance(found, Failed):
        named = discover.feeds(answer) if found.reason in _PAGE else ()
        links = [{"url": f.url, "title": f.title, "type": f.media_type} for f in named]
        return {"url": url, **_why(replace(found, status=answer.status)), "feeds_named": links}
    more = config.settings.full_text
    detected = _detected(found, detector(), now, more, feed.full_text or more.mode)
    return {**_answered(url, answer), **_held(found), **detected}


def _why(failed: Failed) -> Facts:
    asked = failed.freshness.retry_after
    return {
        "failure": failed.reason.value,
        "detail": failed.detail,
        "status": failed.status,
        **({"retry_after_seconds": asked.total_seconds()} if asked else {}),
    }


def _answered(url: str, answer: Fetched) -> Facts:
    fresh = answer.freshness.max_age
    return {
        "url": url,
        "status": answer.status,
        **({"final_url": answer.url} if answer.url != url else {}),
        **({"moved_to": answer.moved_to} if answer.moved_to else {}),
        "bytes": len(answer.body),
        "milliseconds": answer.milliseconds,
        "etag": answer.validators.etag,
        "last_modified": answer.validators.last_modified,
        "max_age_seconds": fresh.total_seconds() if fresh is not None else None,
    }


def _held(found: Parsed) -> Facts:
    dates = sorted(e.published for e in found.entries if e.published)
    return {
        "format": found.format,
        "title": found.title,
        "language": found.language,
        "entries": len(found.entries),
        "dated": len(dates),
        "newest": dates[-1] if dates else None,
        "oldest": dates[0] if dates else None,
        "ttl_seconds": found.ttl.total_seconds() if found.ttl else None,
        "hub": found.hub,
        "older_entries": found.next_page,
        "ended": found.ended,
        "dropped": found.dropped,
        "defects": list(found.defects),
    }


def _detected(
    found: Parsed, detector: Rules, now: datetime, more: FullTextSettings, mode: str
) -> Facts:
    """How many entries each topic would take, and the newest as examples."""
    judged = [(e, match(e, detector, now)) for e in found.entries]
    flagged = [(e, [m.topic for m in ms if m.flagged]) for e, ms in judged]
    return {
        "flagged": sum(bool(topics) for _, topics in flagged),
        "articles_to_read": sum(wanted(e, ms, mode, more.nearest) for e, ms in judged),
        "newest_entries": [_entry(e, topics) for e, topics in _newest(flagged)],
    }


def _newest(
    flagged: Sequence[tuple[Entry, list[str]]],
) -> Sequence[tuple[Entry, list[str]]]:
    """Flagged ones first, as the feed orders them."""
    return sorted(flagged, key=lambda pair: not pair[1])[:_SHOWN]


def _entry(entry: Entry, topics: list[str]) -> Facts:
    return {
        "id": entry.id,
        "title": entry.title,
        "url": entry.url,
        "published": entry.published,
        "language": entry.language,
        "topics": topics,
    }


def _lines(facts: Mapping[str, object]) -> Sequence[str]:
    """For people: one fact a line, what is empty left out."""
    lines = [
        f"{name.replace('_', ' ')}: {visible(_said(value))}"
        for name, value in facts.items()
        if value is not None and value is not False and value != "" and not isinstance(value, list)
    ]
    for name in ("defects", "feeds_named", "newest_entries"):
        found = facts.get(name)
        if isinstance(found, list) and found:
            lines.append(f"{name.replace('_', ' ')}:")
            lines += [f"  {visible(_listed(one))}" for one in found]
    return lines


def _listed(one: object) -> str:
    if not isinstance(one, dict):
        return str(one)
    if "topics" in one:
        mark = ", ".join(one["topics"]) or "no topic"
        return f"[{mark}] {one['title'] or one['id']}"
    return f"{one['url']}  {one['title']}".rstrip()


def _said(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return str(timedelta(seconds=value)) if isinstance(value, float) else str(value)
