"""[severity] of a topic: what makes an alert of it grave, in points, and how many make which."""

from dataclasses import dataclass, fields
from typing import Final

from monitor.config.reading import Table
from monitor.model import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityRule:
    """Points for what is known of an act; negative ones make it milder."""

    embargo: int = 3  # an embargo in force between the parties
    embargo_news: int = 3  # an embargo is itself the news
    done: int = 1  # agreed, delivered or intercepted
    heavy: int = 1  # a weapon that decides battles, or its ammunition
    quantity: int = 1  # a quantity or value is stated
    independent: int = 1  # a second independent source tells it
    doubt: int = -1  # denied or doubted
    critical: int = 6  # from so many points on
    high: int = 4
    medium: int = 2

    @property
    def scale(self) -> tuple[tuple[int, Severity], ...]:
        """(least points, severity), the gravest first."""
        return (
            (self.critical, Severity.CRITICAL),
            (self.high, Severity.HIGH),
            (self.medium, Severity.MEDIUM),
        )


PLAIN: Final = SeverityRule()


def read(topic: Table) -> SeverityRule:
    """The rule that a topic writes, the usual points where it does not."""
    table = topic.table("severity")
    points = {f.name: _points(table, f.name) for f in fields(SeverityRule)}
    rule = SeverityRule(**points)
    if not rule.medium < rule.high < rule.critical:
        table.fault("critical", "medium, high and critical do not rise", "write 2, 4 and 6, say")
    table.close()
    return rule


def _points(table: Table, name: str) -> int:
    usual: int = getattr(PLAIN, name)
    found = table.integer(name, usual, least=-100)
    return found if name in table.values else usual
