"""
Every exception this package raises on purpose.

MonitorError
├── ConfigError          files in config/ are wrong; exit 2 at start, kept out at reload
├── ParseError           bytes arrived but are not a feed; counted against the feed
├── SandboxError         the child process that parses died or was killed
├── StoreError           the database refused; the whole poll is rolled back
│   ├── StoreBusy        another process holds the store or its write lock
│   ├── StoreFull        no space left, or the file is read-only
│   └── StoreDamaged     the file is not a sound store; never recreated silently
└── UsageError           a command was asked for something it cannot do; exit 2
"""

from collections.abc import Sequence


class MonitorError(Exception):
    """Base of all deliberate errors; anything else is a bug."""


class ConfigError(MonitorError):
    """
    One or more configuration files are wrong.

    `problems` holds one line each: `file:line: key: what is wrong, what would be right`.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems: Sequence[str] = problems


class ParseError(MonitorError):
    """The bytes are not a feed we can read."""


class SandboxError(MonitorError):
    """The parsing child died, ran out of its time or memory, or answered nonsense."""


class StoreError(MonitorError):
    """The database refused a read or a write."""


class StoreBusy(StoreError):
    """Another process holds the store, or its write lock outlasted our patience."""


class StoreFull(StoreError):
    """The disk is full or the file cannot be written."""


class StoreDamaged(StoreError):
    """The file is not a sound store of a version we know."""


class UsageError(MonitorError):
    """A command was asked for something it cannot do."""
