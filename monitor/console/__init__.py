"""What the daemon shows of itself over HTTP."""

from monitor.console.server import Server

__all__ = ["Server"]
