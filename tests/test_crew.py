"""Threads that work off what waits: all of it, in order, by as few as get on with it."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from monitor.crew import Crew


@pytest.fixture
def hired() -> Iterator[Callable[..., Crew[int]]]:
    """Crews that leave at the end."""
    every: list[Crew[int]] = []

    def hire(most: int, do: Callable[[int], None]) -> Crew[int]:
        every.append(Crew(most, "test", do))
        return every[-1]

    yield hire
    for crew in every:
        crew.leave()


def until(done: Callable[[], object], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.001)


def test_every_job_is_done_once(hired: Callable[..., Crew[int]]) -> None:
    """However many threads put and work, and also after the crew had come to rest."""
    done: list[int] = []
    crew = hired(4, done.append)

    def put(first: int) -> None:
        for number in range(first, first + 100):
            crew.put(number)

    for total in (400, 800, 1_200):
        threads = [
            threading.Thread(target=put, args=(first,)) for first in range(total - 400, total, 100)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        while len(done) < total:
            time.sleep(0.001)
        time.sleep(0.01)

    assert list(range(1_200)) == sorted(done)


def test_short_work_is_done_by_few(hired: Callable[..., Crew[int]]) -> None:
    """Jobs that keep nobody waiting are done in order, by one thread or two, not by all."""
    done: list[int] = []
    names: set[str] = set()
    go = threading.Event()

    def do(number: int) -> None:
        go.wait(5)
        done.append(number)
        names.add(threading.current_thread().name)

    crew = hired(32, do)
    crew.put(0)
    go.set()
    until(lambda: done)
    for number in range(1, 200):
        crew.put(number)
    until(lambda: len(done) == 200)

    assert list(range(200)) == sorted(done)
    assert len(names) < 16, "200 jobs of no length"


def test_a_slow_job_holds_up_no_other(hired: Callable[..., Crew[int]]) -> None:
    """While one waits others are begun, up to as many as there may be threads; no more."""
    go, inside, most = threading.Event(), [0], [0]
    lock = threading.Lock()

    def do(_number: int) -> None:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        go.wait(5)
        with lock:
            inside[0] -= 1

    crew = hired(6, do)
    for number in range(20):
        crew.put(number)
    until(lambda: most[0] == 6)
    time.sleep(0.02)

    assert 6 == most[0]
    go.set()
    until(lambda: not inside[0])


def test_what_comes_while_all_are_stuck_is_begun_when_one_is_free(
    hired: Callable[..., Crew[int]],
) -> None:
    """Nothing put is forgotten, however late a thread comes free."""
    gates = [threading.Event() for _ in range(3)]
    begun: list[int] = []

    def do(number: int) -> None:
        begun.append(number)
        gates[min(number, 2)].wait(5)

    crew = hired(2, do)
    crew.put(0)
    crew.put(1)
    until(lambda: begun == [0, 1])
    crew.put(2)
    time.sleep(0.01)
    assert [0, 1] == begun
    gates[1].set()

    until(lambda: begun == [0, 1, 2])
    for gate in gates:
        gate.set()


def test_leaving_gives_back_what_was_not_begun(hired: Callable[..., Crew[int]]) -> None:
    """The job under way ends; the others come back in order, and nothing is begun any more."""
    go, begun = threading.Event(), threading.Event()
    done: list[int] = []

    def do(number: int) -> None:
        begun.set()
        go.wait(5)
        done.append(number)

    crew = hired(1, do)
    for number in range(4):
        crew.put(number)
    assert begun.wait(5)

    assert [1, 2, 3] == crew.leave()
    go.set()
    until(lambda: done == [0])
    crew.put(9)
    time.sleep(0.01)
    assert [0] == done
    assert [9] == crew.leave()
