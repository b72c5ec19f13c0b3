"""What alerts are found by: parties, category, stage, embargo, language, severity, topic."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

from monitor.model import Alert, Mark
from monitor.stores import _codec as codec
from monitor.stores._connection import Connection


def write(c: Connection, alert: Alert) -> None:
    """Make this revision the latest of its alert, unless a later one is there."""
    later = c.value(
        "select 1 from alerts where id = ? and revision > ? limit 1", [alert.id, alert.revision]
    )
    if later:
        c.run(
            "update alerts set latest = 0 where id = ? and revision = ?",
            [alert.id, alert.revision],
        )
        return
    c.run("update alerts set latest = 0 where id = ? and revision < ?", [alert.id, alert.revision])
    _show(c, alert)
    merged(c, alert.story)


def _show(c: Connection, alert: Alert) -> None:
    _forget(c, [alert.id])
    if alert.test or not alert.story:
        return
    at = codec.moment(alert.at)
    mark = c.value("select mark from stories where id = ?", [alert.story]) or Mark.OPEN.value
    c.many(
        "insert into alert_facets (kind, value, at, alert) values (?, ?, ?, ?)"
        " on conflict do nothing",
        [
            (kind, codec.words(value), at, alert.id)
            for kind, value in (*facets(alert), ("mark", mark))
        ],
    )
    c.many(
        "insert into alert_flows (alert, supplier, recipient, category, stage, at)"
        " values (?, ?, ?, ?, ?, ?) on conflict do nothing",
        [(alert.id, *map(codec.words, flow), at) for flow in flows(alert)],
    )


def _forget(c: Connection, alerts: Sequence[str]) -> None:
    values = [(id_,) for id_ in alerts]
    c.many("delete from alert_facets where alert = ?", values)
    c.many("delete from alert_flows where alert = ?", values)


_BEHIND: Final = """
select distinct a.id from stories g join alerts a on a.story = g.id
where g.merged_into = :home and a.latest = 1
    and exists (select 1 from alerts h where h.story = :home and h.test = 0)
"""


def merged(c: Connection, home: str) -> None:
    """One story, one line: what was told of those merged into it steps back behind its own."""
    behind = [r["id"] for r in c.rows(_BEHIND, {"home": home})] if home else []
    c.many("update alerts set latest = 0 where id = ?", [(id_,) for id_ in behind])
    _forget(c, behind)


_LAST: Final = """
select a.id, a.revision, a.payload from alerts a where a.story = ? and a.test = 0
    and not exists (select 1 from alerts n where n.id = a.id and n.revision > a.revision)
"""


def shown(c: Connection, stories: Sequence[str]) -> None:
    """Bring forward what was told of the first, else of the others, which are merged into it."""
    found = [[*c.rows(_LAST, [story])] for story in stories]
    for row in found[0] or [r for rows in found[1:] for r in rows]:
        c.run(
            "update alerts set latest = 1 where id = ? and revision = ?",
            [row["id"], row["revision"]],
        )
        _show(c, codec.alert(row["payload"]))


def marked(c: Connection, story: str, mark: Mark) -> None:
    """Alerts of the story are found under its mark."""
    rows = c.rows(_OWN, {"story": story})
    ids = [(r["id"],) for r in rows]
    c.many("delete from alert_facets where kind = 'mark' and alert = ?", ids)
    c.many(
        "insert into alert_facets (kind, value, at, alert)"
        " select 'mark', ?, at, id from alerts where latest = 1 and id = ?",
        [(mark.value, *i) for i in ids],
    )


_OWN: Final = """
select distinct id from alerts where test = 0
    and story in (select :story union select id from stories where merged_into = :story)
"""


def flows(alert: Alert) -> Iterator[tuple[str, str, str, str]]:
    """(supplier, recipient, category or "", stage), each once."""
    act = alert.act
    if act is not None:
        goods = act.categories or ("",)
        yield from product(act.suppliers, act.recipients, goods, (act.stage.value,))


def facets(alert: Alert) -> Iterator[tuple[str, str]]:
    """(kind, value), each once."""
    yield "topic", alert.topic
    yield "severity", alert.severity.value
    yield "language", alert.language
    yield "outlet", alert.outlet
    yield "story", alert.story
    if alert.act is None:
        return
    act = alert.act
    yield "stage", act.stage.value
    for kind, values in (
        ("supplier", act.suppliers),
        ("recipient", act.recipients),
        ("party", tuple(dict.fromkeys((*act.suppliers, *act.recipients)))),
        ("category", act.categories),
        ("system", act.systems),
        ("regime", act.regimes),
    ):
        yield from ((kind, value) for value in values)
