"""Parses the command line, runs the command, and turns errors into one clear line."""

import argparse
import errno
import gc
import io
import os
import sys
import traceback
from collections.abc import Sequence
from types import ModuleType
from typing import Any, NoReturn, TextIO

from monitor import __version__, cli, registry
from monitor.errors import ConfigError, MonitorError, UsageError
from monitor.secret import hidden

# Kept here so that `monitor --help` need not import fourteen modules.
COMMANDS = {
    "run": "the daemon: poll, match, alert and deliver until SIGTERM or Ctrl-C",
    "once": "one pass: every due feed once, then deliver what is due",
    "demo": "see it work with no network: sample feeds, a receiver, alerts as they fire",
    "check": "check configuration, lexicons, regimes and every topic's own examples",
    "match": "items as JSON Lines in, decisions as JSON Lines out",
    "cluster": "items as JSON Lines in, their stories as JSON Lines out",
    "explain": "why a text, URL or entry alerted, or which stage stopped it",
    "eval": "precision and recall of the topics on labelled items",
    "feeds": "list, add, remove, test, import and export feeds",
    "alerts": "list, show and resend alerts",
    "deliveries": "list deliveries and retry failed ones",
    "stories": "search, show, merge, split and mark stories",
    "sinks": "list sinks and send them a marked test alert",
    "routes": "list routes and show the walk of one alert, with the reason at every step",
    "silences": "list, add and end silences",
    "feedback": "what people said of alerts, and the precision that follows",
    "missed": "say that a page should have been an alert, and learn which stage lost it",
    "backup": "copy the live store and verify the copy",
    "nodes": "who works on the store, what each holds, and how late the work is",
    "migrate": "move a SQLite store into an empty PostgreSQL, proved row by row",
    "doctor": "integrity, disk, clock, feeds and sinks; exit 1 when unhealthy",
}


class _Parser(argparse.ArgumentParser):
    """argparse, but an error is one line, and every command takes the common options."""

    def __init__(self, **how: Any) -> None:  # Any: argparse's own arguments, passed through
        super().__init__(**how)
        # No default here: a command's parser must not undo what stood before its name.
        hushed = argparse.SUPPRESS
        self.add_argument("--config", metavar="PATH", default=hushed, help=_CONFIG)
        self.add_argument("--json", action="store_true", default=hushed, help=_JSON)
        self.add_argument("-v", "--verbose", action="store_true", default=hushed, help=_VERBOSE)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"monitor: {message} (try: {self.prog} --help)\n")


_CONFIG = "a monitor.toml or its folder; default ./config, else $MONITOR_CONFIG"
_JSON = "machine-readable output"
_VERBOSE = "say more on stderr"


def parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The parser, with the arguments of the one command that argv names."""
    top = _Parser(prog="monitor", description=_DESCRIPTION)
    top.add_argument("--version", action="version", version=f"monitor {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, text in COMMANDS.items():
        sub = commands.add_parser(name, help=text, description=text)
        if name in argv:
            module = _imported(name)
            module.arguments(sub)
            sub.set_defaults(run=module.run)
    return top


def _imported(name: str) -> ModuleType:
    """The command, without a search for garbage among what it imports: a fifth sooner."""
    gc.disable()
    try:
        module: ModuleType = registry.load(cli, name)
        return module
    finally:
        gc.enable()


_DESCRIPTION = "Watches news feeds and tells you about arms transfers and arms embargoes."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status (2 for a bad argument or configuration)."""
    words = list(sys.argv[1:] if argv is None else argv)
    _prepare(sys.stdout, sys.stderr)
    return ended(_given(words))


def ended(given: argparse.Namespace) -> int:
    """Run what was given; whatever it comes to is an exit status, and a line where it failed."""
    try:
        status: int = given.run(given)
        if sys.stdout:
            sys.stdout.flush()
        return status
    except ConfigError as e:
        return _say(2, *e.problems)
    except UsageError as e:
        return _say(2, _hidden(given, str(e)))
    except MonitorError as e:
        return _say(1, _hidden(given, str(e)))
    except BrokenPipeError:
        # Whoever read us has gone (`| head`): no traceback, and none at interpreter exit.
        _mute()
        return 0
    except KeyboardInterrupt:
        return 130
    except OSError as e:
        if e.errno == errno.ENOSPC:
            _mute()
        return _say(1, _hidden(given, _os_error(e)))
    except Exception as e:
        return _say(1, _hidden(given, f"a fault of our own: {_place(e)}"))


def _hidden(given: argparse.Namespace, said: str) -> str:
    """What went wrong, with no secret in it: a library's error may quote what it was given."""
    return f"monitor {given.command}: {hidden(said, given.secrets)}"


def _given(words: Sequence[str]) -> argparse.Namespace:
    blank = argparse.Namespace(config=None, json=False, verbose=False, secrets=())
    try:
        return parser(words).parse_args(words, blank)
    except SystemExit:  # --help, --version or a wrong argument, perhaps into a pipe that closed
        _flush()
        raise


def _prepare(*streams: TextIO | None) -> None:
    """Whatever the locale, a headline in any script must not end the program."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _flush() -> None:
    """What is buffered, as far as anybody reads it."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        _mute()


def _mute() -> None:
    """Let what is still buffered for standard output go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _os_error(e: OSError) -> str:
    return f"{e.filename}: {e.strerror}" if e.filename else str(e.strerror or e)


def _place(e: Exception) -> str:
    """The error and the line it came from: enough to report it, without a page of frames."""
    frames = traceback.extract_tb(e.__traceback__)
    where = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return " ".join(f"{type(e).__name__}: {e}{where}".split())


def _say(status: int, *lines: str) -> int:
    for line in lines:
        print(line, file=sys.stderr)
    return status
