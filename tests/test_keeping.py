"""Polls kept in company: many at a time, each told once, and nobody waits for ever."""

import threading
import time
from collections.abc import Callable, Sequence

from monitor.keeping import Keeper
from monitor.model import Said


def until(done: Callable[[], object], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.001)


def yes(parts: Sequence[int]) -> Sequence[Said]:
    return [True] * len(parts)


def test_those_of_a_moment_are_kept_together() -> None:
    """In the order they came, in far fewer goes than there are of them, and each is told."""
    goes: list[Sequence[int]] = []
    told: list[tuple[int, Said]] = []

    def keep(parts: Sequence[int]) -> Sequence[Said]:
        goes.append(parts)
        return [n % 3 > 0 for n in parts]

    keeper: Keeper[int] = Keeper(keep, lambda part, said: told.append((part, said)))
    for number in range(50):
        keeper.take(number)
    until(lambda: len(told) == 50)
    keeper.take(50)
    until(lambda: len(told) == 51)
    keeper.close()

    assert list(range(51)) == [n for go in goes for n in go]
    assert [(n, n % 3 > 0) for n in range(51)] == told
    assert len(goes) < 10


def test_a_store_that_breaks_is_told_to_each() -> None:
    """An exception where none should be is everybody's answer, and the next ones are kept."""
    told: list[Said] = []
    broken = [True]

    def keep(parts: Sequence[int]) -> Sequence[Said]:
        if broken.pop():
            broken.append(False)
            raise RuntimeError("oops")
        broken.append(False)
        return yes(parts)

    keeper: Keeper[int] = Keeper(keep, lambda _part, said: told.append(said))
    keeper.take(1)
    until(lambda: told)
    keeper.take(2)
    until(lambda: len(told) == 2)
    keeper.close()

    assert isinstance(told[0], RuntimeError)
    assert told[1] is True


def test_who_brings_too_much_waits() -> None:
    """Memory does not grow with what a slow store has not taken yet."""
    go, told = threading.Event(), list[int]()

    def keep(parts: Sequence[int]) -> Sequence[Said]:
        go.wait(5)
        return yes(parts)

    keeper: Keeper[int] = Keeper(keep, lambda part, _said: told.append(part))
    brought: list[int] = []

    def bring() -> None:
        for number in range(1_000):
            keeper.take(number)
            brought.append(number)

    thread = threading.Thread(target=bring)
    thread.start()
    thread.join(0.15)
    assert thread.is_alive()
    assert len(brought) < 600
    go.set()
    thread.join(10)
    until(lambda: len(told) == 1_000)
    keeper.close()

    assert list(range(1_000)) == told


def test_a_closed_keeper_keeps_at_once() -> None:
    """A poll that comes back late is kept by the thread that brings it; what waited is kept, too."""
    told: list[tuple[int, str]] = []

    def done(part: int, _said: Said) -> None:
        told.append((part, threading.current_thread().name))

    keeper: Keeper[int] = Keeper(yes, done)
    keeper.take(1)
    keeper.close()
    keeper.take(2)
    until(lambda: len(told) == 2)

    assert {(1, "keep"), (2, threading.current_thread().name)} == set(told)
