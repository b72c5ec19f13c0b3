"""Find the module that implements a name: sinks/slack.py implements "slack"."""

import pkgutil
from importlib import import_module
from types import ModuleType

from monitor.errors import UsageError


def names(package: ModuleType) -> tuple[str, ...]:
    """Public module names in package, sorted."""
    found = (m.name for m in pkgutil.iter_modules(package.__path__))
    return tuple(sorted(n for n in found if not n.startswith("_")))


def load(package: ModuleType, name: str) -> ModuleType:
    """
    Import package.name.

    Raises:
        UsageError: no such module; the message lists those there are.
    """
    available = names(package)
    if name not in available:
        kind = package.__name__.rpartition(".")[2]
        raise UsageError(f"{kind}: no {name!r}; there are {', '.join(available)}")
    return import_module(f"{package.__name__}.{name}")
