"""Polls of different feeds, committed in one transaction; one that spoils it, apart from them."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

from monitor.model import Changes, Said

C = TypeVar("C")


def keep_all(
    writing: Callable[[], AbstractContextManager[C]],
    write: Callable[[C, Changes], bool],
    each: Sequence[Changes],
) -> Sequence[Said]:
    """
    What came of each, all on disk by now.

    `writing` opens a transaction; `write` puts one poll's changes into it, False when its fence
    is lost.
    """
    if len(each) == 1:
        return [_alone(writing, write, each[0])]
    try:
        with writing() as c:
            found = _written(c, write, each)
    except _Spoilt:
        return [_alone(writing, write, one) for one in each]
    except Exception as e:  # the store cannot be written: the same for everybody
        return [e] * len(each)
    return found


def _written(c: C, write: Callable[[C, Changes], bool], each: Sequence[Changes]) -> Sequence[bool]:
    """
    Raises:
        _Spoilt: one of them could not be written, which may be its own fault.
    """
    try:
        return [write(c, one) for one in each]
    except Exception as e:
        raise _Spoilt from e


def _alone(
    writing: Callable[[], AbstractContextManager[C]],
    write: Callable[[C, Changes], bool],
    one: Changes,
) -> Said:
    try:
        with writing() as c:
            return write(c, one)
    except Exception as e:
        return e


class _Spoilt(Exception):
    """Undoes a transaction of which a part went wrong."""
