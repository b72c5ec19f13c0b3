"""What alerts are found by: parties, category, stage, embargo, language, severity, topic."""

from collections.abc import Iterator

from monitor.model import Alert
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
    c.run("delete from alert_facets where alert = ?", [alert.id])
    if not alert.test and alert.story:
        at = codec.moment(alert.at)
        c.many(
            "insert into alert_facets (kind, value, at, alert) values (?, ?, ?, ?)"
            " on conflict do nothing",
            [(kind, codec.words(value), at, alert.id) for kind, value in facets(alert)],
        )


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
