"""[cluster] of monitor.toml: which part of the work this machine does, where several share it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from monitor.config.reading import Table


class Role(StrEnum):
    """What one daemon does; every part must be done by at least one."""

    ALL = "all"
    POLL = "poll"  # ask feeds, judge, tell
    DELIVER = "deliver"  # send what was told, and keep the store in order
    CONSOLE = "console"  # show it

    @property
    def polls(self) -> bool:
        return self in (Role.ALL, Role.POLL)

    @property
    def delivers(self) -> bool:
        return self in (Role.ALL, Role.DELIVER)

    @property
    def shows(self) -> bool:
        return self in (Role.ALL, Role.CONSOLE)


class Spread(StrEnum):
    """How due feeds come to those who poll."""

    THREADS = "threads"  # each daemon claims for its own threads
    QUEUE = "queue"  # they are put into a queue in batches, and whoever has room takes one


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSettings:
    role: Role = Role.ALL
    runner: Spread = Spread.THREADS


ALONE: Final = ClusterSettings()


def read(table: Table, store: str) -> ClusterSettings:
    """The settings, for a store at this URL; faults are reported into the table."""
    settings = ClusterSettings(
        role=Role(table.choice("role", tuple(Role), Role.ALL)),
        runner=Spread(table.choice("runner", tuple(Spread), Spread.THREADS)),
    )
    for key, chosen, plain in (
        ("role", settings.role, Role.ALL),
        ("runner", settings.runner, Spread.THREADS),
    ):
        if chosen != plain and store.startswith("sqlite"):
            table.fault(
                key,
                f"{chosen.value!r} needs a store that several share",
                'set store.url = "postgresql://user@host/database"',
            )
    table.close()
    return settings
