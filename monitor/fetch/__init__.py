"""A feed becomes bytes."""

from monitor.fetch.fetcher import Fetcher
from monitor.fetch.memory import remember

__all__ = ["Fetcher", "remember"]
