"""
Two real versions of the program on one PostgreSQL, while one machine after the other is upgraded.

    python -m bench.cluster_upgrade [--old REVISION] [--new REVISION] [--feeds 40] [--minutes 1]

Both are taken out of this repository's history as they were; unless told otherwise the old one is
the last before the newest step of the schema, and the new one HEAD. Two daemons of the old version
are at work; one of the new version starts beside them. Where the steps between them only add, it
brings the schema up to date, the old ones go on, one of them is even started again, and then each
is replaced. Where they do not, it must refuse and name those at work, and they must go on as if
nothing had been; they are stopped, it starts, and an old one that tries again is refused.

In the end every entry must be read and every alert delivered under one id. The exit status is 1
when something is missing, or when a version did not do what docs/cluster.md says.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from tarfile import TarFile
from typing import Final

from tests.end_to_end.chaos import Verdict, judged, settled
from tests.end_to_end.cluster import Cluster, Paper, cluster, papers
from tests.end_to_end.watch import Watch
from tests.end_to_end.world import ROOT, Running, Runs, haste, until, world, write_config
from tests.postgres import Server, programs

_EVERY: Final = 10  # one entry in so many is flagged
_INTERVAL: Final = 2.0  # seconds between two polls of a feed
_PATIENCE: Final = 60.0  # seconds
_PARTS: Final = "monitor", "config", "pyproject.toml"
_STEPS: Final = "monitor/stores/_schema*.py", "monitor/stores/_pg_schema.py"


def git(*words: str) -> bytes:
    """What git says of this repository."""
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True).stdout


def before_newest_step() -> str:
    """The last revision whose schema is older than HEAD's."""
    newest = _steps("HEAD")
    for revision in git("log", "--format=%H", "--", *_STEPS).decode().split():
        if _steps(f"{revision}^") < newest:
            return git("rev-parse", f"{revision}^").decode().strip()
    raise SystemExit("there is but one version of the schema in this history")


def _steps(revision: str) -> int:
    with tempfile.TemporaryDirectory() as name:
        return version_of(taken_out(revision, Path(name) / "tree"))


def taken_out(revision: str, folder: Path) -> Path:
    """The program as it was then, in this folder."""
    with TarFile(fileobj=BytesIO(git("archive", revision, *_PARTS))) as packed:
        packed.extractall(folder, filter="data")
    return folder


def version_of(tree: Path) -> int:
    """The schema's that this program knows; 0: it knows no PostgreSQL, or cannot be run at all."""
    ask = "from monitor.stores._pg_schema import MIGRATIONS as m; print(len(m))"
    said = subprocess.run(
        [sys.executable, "-c", ask], cwd=tree, env={"PYTHONPATH": str(tree)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return int(said.stdout or 0)


@dataclass(slots=True, kw_only=True)
class Course:
    """Who is at work, by name, and what did not go as it should."""

    made: Cluster
    root: Path
    trees: Mapping[str, Path]
    faults: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def say(self, line: str) -> None:
        print(f"  {time.monotonic() - self.began:5.1f} s  {line}", flush=True)

    def expect(self, holds: bool, what: str) -> None:
        self.say(what if holds else f"NOT: {what}")
        if not holds:
            self.faults.append(what)

    def start(self, name: str, version: str) -> Running:
        """Returns when it is ready, or has ended."""
        self.made.runs.extra = {"PYTHONPATH": str(self.trees[version])}
        node = self.made.nodes[name] = self.made.runs.start(self.root)
        until(lambda: node.events("monitor ready") or _ended(node), f"{name} ready", _PATIENCE)
        return node

    def goes_on(self, name: str, polls: int = 10) -> bool:
        """Whether it keeps so many more polls."""
        node = self.made.nodes[name]
        wanted = len(node.events("poll finished")) + polls
        try:
            until(lambda: len(node.events("poll finished")) >= wanted, "polls", _PATIENCE)
        except AssertionError:
            return False
        return True

    def schema(self) -> int:
        [[found]] = self.made.server.run(
            f"select max(version) from {self.made.schema}.monitor_schema"
        )
        return int(str(found))


def _ended(node: Running) -> bool:
    return node.process.poll() is not None


def shared(course: Course, versions: Mapping[str, int]) -> None:
    """The new one started beside two old ones: one machine after the other is upgraded."""
    course.expect(versions["new"] == course.schema(), f"the schema is of version {versions['new']}")
    for name in ("one", "two"):
        course.expect(course.goes_on(name), f"the old program goes on beside it ({name})")
    course.expect(0 == course.made.nodes["two"].end(30), "an old one is stopped")
    again = course.start("two", "old")
    course.expect(not _ended(again) and course.goes_on("two"), "and started again as it was")
    for name in ("one", "two"):
        course.made.nodes[name].end(30)
        newer = course.start(name, "new")
        course.expect(not _ended(newer) and course.goes_on(name), f"{name} is upgraded")


def apart(course: Course, refused: Running, versions: Mapping[str, int]) -> None:
    """The new one refused to start: all old ones are stopped first."""
    named = "cannot share" in refused.said and refused.said.count("process ") >= 2
    course.expect(named, f"it names those at work: {_last(refused)}")
    course.expect(versions["old"] == course.schema(), f"the schema stays at {versions['old']}")
    for name in ("one", "two"):
        course.expect(course.goes_on(name), f"the old program goes on ({name})")
    for name in ("one", "two"):
        course.made.nodes[name].end(30)
    newer = course.start("one", "new")
    course.expect(not _ended(newer) and course.goes_on("one"), "the new one starts when it may")
    course.expect(versions["new"] == course.schema(), f"the schema is of version {versions['new']}")
    older = course.start("two", "old")
    course.expect(_ended(older), f"an old one is refused: {_last(older)}")
    course.start("two", "new")


def _last(node: Running) -> str:
    return (node.said.strip().splitlines() or [""])[-1][:300]


def upgraded(course: Course) -> None:
    """The whole course, whichever it is."""
    versions = {name: version_of(tree) for name, tree in course.trees.items()}
    course.say(f"schema of the old program {versions['old']}, of the new {versions['new']}")
    for name in ("one", "two"):
        if _ended(course.start(name, "old")):
            raise SystemExit(f"the old program does not start: {_last(course.made.nodes[name])}")
    course.expect(course.goes_on("one") and course.goes_on("two"), "two old ones are at work")
    new = course.start("three", "new")
    if _ended(new):
        course.say("the new one refuses to start beside them")
        apart(course, new, versions)
    else:
        course.say("the new one starts beside them")
        shared(course, versions)


def run(
    given: argparse.Namespace, server: Server, folder: Path, then: Callable[[Course], None]
) -> tuple[Verdict, Course]:
    """One course over one schema, and what is there in the end."""
    feeds: Mapping[str, Paper] = papers(given.feeds, 12, _EVERY, 60 * given.minutes)
    trees = {n: taken_out(getattr(given, n), folder / n) for n in ("old", "new")}
    runs = Runs(folder)
    with world() as around, closing(runs):
        around.pages.update(feeds)
        with cluster(runs, server, "upgrade", around, interval=_INTERVAL) as made:
            url = server.url(made.schema)
            text = haste(url, around.url, interval=_INTERVAL, connections=64, tick="200ms")
            root = write_config(
                folder / "config", text, around.url, {p.name: path for path, p in feeds.items()}
            )
            course = Course(made=made, root=root, trees=trees)
            then(course)
            settled(made, feeds, patience=60 * given.minutes + 60)
            with closing(Watch(url, feeds, interval=_INTERVAL, every=60)) as watch:
                verdict = judged(made, feeds, watch, longest=0.0, failover=0.0)
            undone = sum(len(node.events("poll not kept")) for node in runs.all)
            course.say(f"polls that had to be done again: {undone}")
    return verdict, course


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0].strip())
    parser.add_argument("--old", default="", help="revision")
    parser.add_argument("--new", default="HEAD", help="revision")
    parser.add_argument("--feeds", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=1, help="over which they publish")
    given = parser.parse_args()
    given.old = given.old or before_newest_step()
    where = programs()
    if where is None:
        print("no PostgreSQL here: install the dev extra, or Debian's postgresql", file=sys.stderr)
        return 1
    for name in ("old", "new"):
        print(
            f"{name}: {git('log', '-1', '--format=%h %s', getattr(given, name)).decode()}", end=""
        )
    server = Server(where, autovacuum="on", fsync="on")
    try:
        with tempfile.TemporaryDirectory() as folder:
            verdict, course = run(given, server, Path(folder), upgraded)
    finally:
        server.remove()
    for key in ("entries", "flagged", "queued", "alerts", "two_ids", "undelivered", "twice"):
        print(f"  {key:<12} {getattr(verdict, key)}")
    good = verdict.good and not course.faults
    print("good" if good else f"NOT GOOD {course.faults}")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
