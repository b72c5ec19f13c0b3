"""What most commands start from: the configuration, the rules, the store."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.assembly import open_store, read_config
from monitor.config import load as files
from monitor.config.load import Config
from monitor.config.reading import Problems
from monitor.match import Rules
from monitor.ports import Store


def folder(given: argparse.Namespace) -> Path:
    """The configuration folder meant by --config, ./config or $MONITOR_CONFIG."""
    return files.find(given.config, os.environ, Path.cwd())


def configuration(given: argparse.Namespace) -> Config:
    """
    Everything in it, sinks included.

    Raises:
        ConfigError: one line per fault.
    """
    config = read_config(folder(given), os.environ)
    given.secrets = config.secrets  # for main(), which must not repeat one in an error
    refused(config.knowledge)
    return config


def refused(known: files.Knowledge) -> None:
    """Say on stderr which topics are left out, and why; the others run."""
    for lines in known.refused.values():
        for line in lines:
            print(f"topic left out: {line}", file=sys.stderr)


def knowledge(given: argparse.Namespace) -> files.Knowledge:
    """
    Words, names, embargoes and topics alone: all that judging a text needs.

    Raises:
        ConfigError: one line per fault; a faulty topic is only left out.
    """
    problems = Problems(folder(given))
    found = files.read_knowledge(problems.root, problems, os.environ)
    problems.check()
    refused(found)
    return found


def rules(knowledge: files.Knowledge) -> Rules:
    """The compiled detector."""
    return Rules.compile(
        knowledge.lexicons, knowledge.topics, knowledge.gazetteer, knowledge.regimes
    )


@contextmanager
def opened(config: Config, *, read_only: bool = False) -> Iterator[Store]:
    """The store of this configuration, closed at the end."""
    store = open_store(config.settings, create=not read_only)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def remembered(given: argparse.Namespace, *, read_only: bool = False) -> Iterator[Store]:
    """
    The store alone, without reading lexicons, names and feeds; closed at the end.

    Raises:
        ConfigError, StoreError: it cannot be opened.
    """
    store = open_store(files.read_settings(folder(given), os.environ), create=not read_only)
    try:
        yield store
    finally:
        store.close()
