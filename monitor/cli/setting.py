"""What most commands start from: the configuration, the rules, the store."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.app import open_store, read_config
from monitor.config import load as files
from monitor.config.load import Config
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
    return read_config(folder(given), os.environ)


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
