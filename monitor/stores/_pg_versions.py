"""
Which configuration the nodes work by: the one that was brought last.

A node with files that nobody has seen before brings a new one. A node with files that were
replaced since has missed something, and would undo it: it would take feeds out again.
"""

from datetime import datetime
from typing import Final

from monitor.errors import UsageError
from monitor.stores._pg_connection import Row, Session

_CURRENT: Final = "select digest, since, owner from configurations order by since desc limit 1"
_BRING: Final = """
insert into configurations (digest, since, owner) values (?, clock_timestamp(), ?)
on conflict (digest) do update set since = excluded.since, owner = excluded.owner
"""


def bring(session: Session, configuration: str, owner: str) -> None:
    """
    Agree with the others on this one, which may be new; in a transaction.

    Raises:
        UsageError: it was replaced.
    """
    if not configuration:
        return
    session.script("lock table configurations in exclusive mode")  # two may come at once
    current = session.one(_CURRENT)
    if current is not None and current["digest"] == configuration:
        return
    if session.value("select 1 from configurations where digest = ?", [configuration]):
        assert current is not None
        raise UsageError(
            f"configuration {configuration} {_replaced(current)}; copy its files to this machine, "
            'or, to go back to these, run "monitor nodes --adopt" here first'
        )
    adopt(session, configuration, owner)


def adopt(session: Session, configuration: str, owner: str) -> None:
    """See Sharing.adopt."""
    session.run(_BRING, [configuration, owner])


def out_of_step(session: Session, configuration: str) -> str:
    """Why a node that works by this one is out of step; "" when it is not."""
    current = session.one(_CURRENT) if configuration else None
    if current is None or current["digest"] == configuration:
        return ""
    return f"{configuration} {_replaced(current)}; bring the same files here and reload"


def _replaced(current: Row) -> str:
    since: datetime = current["since"]
    by = f"by {current['digest']} of {current['owner']}"
    return f"was replaced {by} at {since:%Y-%m-%d %H:%M:%S %Z}"
