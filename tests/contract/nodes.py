"""
Every store there is, and one that speaks to it through two nodes in turn.

Another database is one more line in KINDS.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from monitor import stores
from monitor.ports import Store
from monitor.registry import load
from tests.postgres import server

Open = Callable[[], Store]  # another node on the same store


def _sqlite(folder: Path) -> Open:
    module = load(stores, "sqlite")

    def opened() -> Store:
        store: Store = module.open(f"sqlite:///{folder}/monitor.db")
        return store

    return opened


def _postgres(_: Path) -> Open:
    url, module = server().emptied("contract"), load(stores, "postgres")

    def opened() -> Store:
        store: Store = module.open(url)
        return store

    return opened


KINDS: Mapping[str, Callable[[Path], Open]] = {"sqlite": _sqlite, "postgres": _postgres}


class InTurn:
    """
    Two nodes as one store: every call goes to the other one than the call before.

    What one node remembers only in itself is found out so. A poll stays with its node.
    """

    def __init__(self, first: Store, second: Store) -> None:
        self._nodes, self._writing = [first, second], False

    @contextmanager
    def writing(self) -> Iterator[None]:
        node = self._next()
        self._writing = True
        try:
            with node.writing():
                yield
        finally:
            self._writing = False

    def close(self) -> None:
        for node in self._nodes:
            node.close()

    def _next(self) -> Store:
        if not self._writing:
            self._nodes.reverse()
        return self._nodes[0]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._next(), name)
