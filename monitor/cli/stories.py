"""monitor stories search|show|merge|split|mark|undo|repairs: what was told, and put right."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Final

from monitor.app import clock
from monitor.assembly import judging
from monitor.cli.setting import configuration, opened, remembered
from monitor.cli.show import dumps, rows
from monitor.cli.silences import user
from monitor.desk.mending import Mending, Wish, said
from monitor.errors import UsageError
from monitor.model import Deed, Mark, Repair
from monitor.ports import Store
from monitor.terminal import visible

_FOUND: Final = ("published", "title", "outlet", "story", "snippet")
_SHOWN: Final = ("published", "relation", "outlet", "title", "entry")
_REPAIRS: Final = ("id", "at", "author", "what", "comment", "undone")


def arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(
        dest="what", metavar="search|show|merge|split|mark|undo|repairs", required=True
    )
    finding = kinds.add_parser("search", help="entries by full text, with their stories")
    finding.add_argument("words", nargs="+")
    finding.add_argument("--limit", type=int, default=20)
    one = kinds.add_parser("show", help="every account of one story")
    one.add_argument("story", help="s-…")
    joining = kinds.add_parser("merge", help="make one story of several, under the oldest's name")
    joining.add_argument("stories", nargs="+", metavar="STORY")
    parting = kinds.add_parser("split", help="make some accounts of a story one of their own")
    parting.add_argument("story", help="s-…")
    parting.add_argument("entries", nargs="+", metavar="ENTRY", help="id, feed/id or address")
    parting.add_argument("--alert", action="store_true", help="tell of it, as the routes say")
    marking = kinds.add_parser("mark", help="done: dealt with; irrelevant: tell nobody any more")
    marking.add_argument("story", help="s-…")
    marking.add_argument("mark", choices=[m.value for m in Mark])
    back = kinds.add_parser("undo", help="take a merge, a split or a mark back")
    back.add_argument("repair", help="re-…")
    listing = kinds.add_parser("repairs", help="what was merged, split and marked, newest first")
    listing.add_argument("story", nargs="?", default="", help="of one story; all when absent")
    listing.add_argument("--limit", type=int, default=50)
    for repairing in (joining, parting, marking, back):
        repairing.add_argument("--comment", default="", help="why; kept with what was done")
        repairing.add_argument("--author", default="", help="who; the user's name when absent")


def run(given: argparse.Namespace) -> int:
    if given.what in ("search", "show", "repairs"):
        with remembered(given, read_only=True) as store:
            asked = {"search": _search, "show": _show, "repairs": _repairs}
            asked[given.what](store, given)
        return 0
    config = configuration(given)
    with opened(config) as store:
        mending = Mending(store=store, config=config, judging=judging(config))
        at = store.time(clock())
        wish = Wish(author=given.author or user(), at=at, comment=given.comment)
        _tell(_mended(mending, wish, given), given)
    return 0


def _mended(mending: Mending, wish: Wish, given: argparse.Namespace) -> Repair:
    if given.what == "merge":
        return mending.merge(given.stories, wish)
    if given.what == "split":
        return mending.split(given.story, given.entries, wish, tell=given.alert)
    if given.what == "mark":
        return mending.mark(given.story, Mark(given.mark), wish)
    return mending.undo(given.repair, wish)


def _tell(repair: Repair, given: argparse.Namespace) -> None:
    if given.json:
        print(dumps(row(repair)))
    elif given.what == "undo":
        print(f"{repair.id} undone: it had {said(repair)}")
    else:
        print(f"{said(repair)}; `monitor stories undo {repair.id}` takes it back")


def row(repair: Repair) -> Mapping[str, object]:
    """A repair as a line of a report."""
    undone = f"by {repair.undone_by}" if repair.undone_at else ""
    return {
        "id": repair.id, "deed": repair.deed.value, "story": repair.story,
        "others": list(repair.others), "entries": ["/".join(p) for p in repair.entries],
        "mark": repair.mark.value if repair.mark else None, "at": repair.at,
        "author": repair.author, "comment": repair.comment, "what": said(repair),
        "undone": undone or None, "undone_at": repair.undone_at,
    }  # fmt: skip


def lines(repairs: Sequence[Repair]) -> Sequence[str]:
    """What was repaired, as `monitor explain` says it."""
    return [
        visible(
            f"  repaired {r.at:%Y-%m-%d %H:%M} UTC by {r.author}: {said(r)}"
            + (f" ({r.comment})" if r.comment else "")
            + (f"; undone by {r.undone_by}" if r.undone_at else "")
        )
        for r in repairs
    ]


def _repairs(store: Store, given: argparse.Namespace) -> None:
    found = [row(r) for r in store.repairs(given.story, limit=given.limit)]
    rows(found, _REPAIRS, as_json=given.json)


def _search(store: Store, given: argparse.Namespace) -> None:
    found = store.search(" ".join(given.words), limit=given.limit)
    rows(found, _FOUND, as_json=given.json)


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
            "entry": f"{m.feed_id}/{m.entry_id}",
            "link": dict(m.link),
        }
        for m in store.accounts(story.id)
    ]
    mended = store.repairs(story.id)
    if given.json:
        print(
            dumps(
                {
                    "story": story.id, "size": story.size, "mark": story.mark.value,
                    "members": accounts, "repairs": [row(r) for r in mended],
                }
            )
        )  # fmt: skip
        return
    print(f"{story.id}: {story.size} accounts, {story.first_seen:%Y-%m-%d %H:%M} UTC to "
          f"{story.last_seen:%Y-%m-%d %H:%M} UTC")  # fmt: skip
    if any(r.deed is Deed.MARK for r in mended):
        print(f"  marked   {story.mark.value}")
    print(*lines(mended), sep="\n", end="\n" if mended else "")
    rows(accounts, _SHOWN, as_json=False)
