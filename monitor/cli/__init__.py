"""The command line; one file per command, found by its name."""

from monitor.cli.main import main

__all__ = ["main"]
