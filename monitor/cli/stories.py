"""monitor stories search|show: what was told before, by words or by id."""

import argparse

from monitor.cli.setting import remembered
from monitor.cli.show import dumps, rows
from monitor.errors import UsageError
from monitor.ports import Store


def arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="what", metavar="search|show", required=True)
    finding = kinds.add_parser("search", help="entries by full text, with their stories")
    finding.add_argument("words", nargs="+")
    finding.add_argument("--limit", type=int, default=20)
    one = kinds.add_parser("show", help="every account of one story")
    one.add_argument("story", help="s-…")


def run(given: argparse.Namespace) -> int:
    with remembered(given, read_only=True) as store:
        if given.what == "show":
            _show(store, given)
            return 0
        found = store.search(" ".join(given.words), limit=given.limit)
        columns = ("published", "title", "outlet", "story", "snippet")
        rows(found, columns, as_json=given.json)
    return 0


def _show(store: Store, given: argparse.Namespace) -> None:
    story = store.story(given.story)
    if story is None:
        raise UsageError(f"there is no story {given.story!r}; try `monitor stories search WORDS`")
    accounts = [
        {
            "published": m.published,
            "seen": m.seen,
            "relation": m.relation.value,
            "outlet": m.outlet,
            "title": m.title,
            "url": m.url,
            "link": dict(m.link),
        }
        for m in story.members
    ]
    if given.json:
        print(dumps({"story": story.id, "size": story.size, "members": accounts}))
        return
    print(f"{story.id}: {story.size} accounts, {story.first_seen:%Y-%m-%d %H:%M} UTC to "
          f"{story.last_seen:%Y-%m-%d %H:%M} UTC")  # fmt: skip
    rows(accounts, ("published", "relation", "outlet", "title", "url"), as_json=False)
