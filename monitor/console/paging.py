"""A page of a list that is at hand whole, and where the next one begins. PURE."""

from collections.abc import Callable, Sequence

from monitor.ports import Row


def paged(
    rows: Sequence[Row], limit: int, after: str, name: Callable[[Row], str]
) -> tuple[Sequence[Row], str | None]:
    """
    At most `limit` rows after the one of that name, and the name to go on after, if any.

    Raises:
        LookupError: no row has that name (any more).
    """
    start = 0
    if after:
        start = 1 + next((n for n, row in enumerate(rows) if name(row) == after), len(rows))
        if start > len(rows):
            raise LookupError(after)
    shown = rows[start : start + limit]
    more = start + limit < len(rows)
    return shown, name(shown[-1]) if more else None


def by(*columns: str) -> Callable[[Row], str]:
    """Names rows by these columns."""
    return lambda row: "~".join(str(row[column]) for column in columns)
