"""monitor feedback: what people said of alerts, the precision that follows, labels for eval."""

import argparse
import getpass
from collections import defaultdict
from collections.abc import Mapping, Sequence

from monitor.app import clock
from monitor.cli.setting import configuration, opened
from monitor.cli.show import dumps, rows
from monitor.errors import UsageError
from monitor.model import Label, Opinion
from monitor.ports import Row, Store

_BY = ("topic", "rule_version", "feed", "language")
_COLUMNS = ("by", "value", "relevant", "not relevant", "precision")
_SAYS = (Opinion.RELEVANT.value, Opinion.NOT_RELEVANT.value, Opinion.SEEN.value)


def arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="what", metavar="show|add|list|export")
    kinds.add_parser("show", help="measured precision per topic, rules, feed and language")
    kinds.add_parser("list", help="every opinion, newest first")
    kinds.add_parser("export", help="labels as JSON Lines for `monitor eval`")
    adding = kinds.add_parser("add", help="say what you think of an alert")
    adding.add_argument("alert", help="al-…")
    adding.add_argument("opinion", choices=_SAYS)
    adding.add_argument("--author", default="")
    adding.add_argument("--note", default="")


def run(given: argparse.Namespace) -> int:
    config = configuration(given)
    with opened(config, read_only=given.what != "add") as store:
        if given.what == "add":
            _add(store, given)
            return 0
        found = store.labels()
    if given.what == "export":
        for row in found:
            if item := labelled(row):
                print(dumps(item))
    elif given.what == "list":
        columns = ("at", "opinion", "author", "alert", "title", "url", "note")
        rows(found, columns, as_json=given.json)
    else:
        rows(precision(found), _COLUMNS, as_json=given.json)
    return 0


def _add(store: Store, given: argparse.Namespace) -> None:
    if not store.alert(given.alert):
        raise UsageError(f"there is no alert {given.alert!r}; see `monitor alerts list`")
    label = Label(
        opinion=Opinion(given.opinion),
        at=store.time(clock()),
        author=given.author or getpass.getuser(),
        alert=given.alert,
        note=given.note,
    )
    store.add_label(label)
    print(f"{given.alert}: {label.opinion.value}, says {label.author}")


def precision(labels: Sequence[Row]) -> list[Mapping[str, object]]:
    """The share of judged alerts that was relevant, in all and by what raised them."""
    judged: dict[tuple[str, str], list[bool]] = defaultdict(list)
    judging = (Opinion.RELEVANT, Opinion.NOT_RELEVANT)
    for row in (one for one in labels if one["opinion"] in judging):
        kinds = [(by.replace("_", " "), str(row[by])) for by in _BY if row[by]]
        for kind in (("all", ""), *kinds):
            judged[kind].append(row["opinion"] == Opinion.RELEVANT)
    return [
        {
            "by": by,
            "value": value,
            "relevant": sum(said),
            "not relevant": len(said) - sum(said),
            "precision": sum(said) / len(said),
        }
        for (by, value), said in judged.items()
    ]


def labelled(row: Row) -> Mapping[str, object] | None:
    """One opinion as an item with its label; None for what judges nothing or has no text."""
    signs = {Opinion.RELEVANT: "pos", Opinion.NOT_RELEVANT: "neg", Opinion.MISSED: "pos"}
    sign = signs.get(Opinion(str(row["opinion"])))
    if sign is None or not row["title"]:
        return None
    return {
        "id": row["alert"] or row["url"],
        "title": row["title"],
        "summary": row["summary"],
        "url": row["url"],
        "language": row["language"],
        "outlet": row["outlet"],
        "label": sign,
    }
