"""
The child's loop: a task in, an answer out, until the parent is gone.

Started by monitor.sandbox as `python -m monitor.parse`. It has nothing worth stealing: no
store, no settings, no network, and it is killed when it takes too long.
"""

import codecs
import resource
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final

from monitor.errors import ParseError
from monitor.model import Failed, FailureReason, Feed, Fetched, Parsed
from monitor.parse import article, blank, read, web_page
from monitor.parse.encoding import ENCODINGS
from monitor.sandbox.wire import Answer, Task, read_task, take, write_answer

_USAGE: Final = (
    "python -m monitor.parse MEMORY_BYTES feeds|articles; it is started by the daemon, not by hand"
)
Read = Callable[[Task], Parsed | Failed]


def _feed(task: Task) -> Parsed:
    return read(task.document, task.feed, task.known, task.limit)


def _article(task: Task) -> Parsed | Failed:
    return article.read(task.document, task.feed)


def answer(task: Task, reader: Read = _feed, held: Callable[[], int] = lambda: 0) -> Answer:
    """What the task comes to; never raises for what the document holds."""
    try:
        found = reader(task)
    except ParseError as e:
        return Answer(reason=_reason(task.document.body), detail=str(e), held_bytes=held())
    except MemoryError:
        return Answer(reason=FailureReason.PARSER_MEMORY, detail="it took too much memory")
    except RecursionError:
        return Answer(reason=FailureReason.PARSER_CRASH, detail="it is nested too deeply")
    except Exception as e:
        # feedparser has raised nearly everything at one time or other; the daemon must hear it.
        detail = f"{type(e).__name__}: {str(e)[:120]}"
        return Answer(reason=FailureReason.PARSER_CRASH, detail=detail, held_bytes=held())
    if isinstance(found, Failed):
        return Answer(reason=found.reason, detail=found.detail, held_bytes=held())
    return Answer(parsed=found, held_bytes=held())


def _reason(body: bytes) -> FailureReason:
    if blank(body):
        return FailureReason.EMPTY
    return FailureReason.HTML if web_page(body) else FailureReason.NOT_A_FEED


def held_bytes(statm: BinaryIO | None) -> int:
    """
    Bytes of memory in use now; 0 where the system does not say.

    Not ru_maxrss: across fork and exec it keeps the parent's, and behind a daemon of 100 MB
    every child looked overgrown and was replaced after each document.
    """
    if statm is None:
        return 0
    statm.seek(0)
    return int(statm.read(200).split()[1]) * resource.getpagesize()


def _statm() -> BinaryIO | None:
    """Where the system says it; kept open, because later no file can be opened."""
    try:
        return open("/proc/self/statm", "rb", buffering=0)
    except OSError:
        return None


def _allow_cpu(seconds: int) -> None:
    """So much more CPU time from now on; then the kernel ends this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(usage.ru_utime + usage.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, resource.RLIM_INFINITY))


_ABSENT: Final[Any] = None  # what Python takes for "cannot be imported"

# Loaded before the doors close, because a codec met later is a file to open.
_MORE: Final = "ascii latin-1 utf-8 utf-8-sig utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be"


def _load_feeds() -> None:
    read(_SAMPLE, _NOBODY, {}, 1)  # loads every format, and what those load when first used


_READERS: Final[Mapping[str, tuple[Read, Callable[[], None]]]] = {
    "feeds": (_feed, _load_feeds),
    "articles": (_article, article.warm),
}


def _shut_doors(memory_bytes: int, load: Callable[[], None]) -> None:
    """From here on no file, no socket, no more memory than that, and no core dump."""
    # feedparser imports urllib, which imports ssl where there is one: 4.4 MB for nothing here.
    sys.modules.setdefault("ssl", _ABSENT)
    for name in (*_MORE.split(), *ENCODINGS.split()):
        codecs.lookup(name)
    load()
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # what is open stays, nothing is added


_SAMPLE: Final = Fetched(
    # Cut short, so that the strict and the loose parser are both loaded.
    body=b"<rss version='2.0'><channel><title>sample</title><item><title>a <b>b</b> &#8212;</title>"
    b"<pubDate>Sat, 01 Aug 2026 12:00:00 GMT</pubDate></item></channel></rss",
    media_type="application/rss+xml",
    charset="",
    url="https://example.org/",
    at=datetime(2026, 8, 1, tzinfo=UTC),
)
_NOBODY: Final = Feed(id="", url="", language="", outlet="")


def main(arguments: list[str]) -> int:
    if len(arguments) != 3 or not arguments[1].isdecimal() or arguments[2] not in _READERS:
        print(_USAGE, file=sys.stderr)
        return 2
    reader, load = _READERS[arguments[2]]
    statm = _statm()
    _shut_doors(int(arguments[1]), load)

    def work(task: Task) -> Answer:
        _allow_cpu(task.cpu_seconds)
        return answer(task, reader, lambda: held_bytes(statm))

    serve(sys.stdin.buffer, sys.stdout.buffer, work)
    return 0


def serve(source: BinaryIO, sink: BinaryIO, work: Callable[[Task], Answer]) -> None:
    """An answer for every task, until there are no more."""
    while (head := take(source)) is not None and (body := take(source)) is not None:
        sink.write(write_answer(work(read_task(head, body))))
        sink.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv))
