"""A feed becomes bytes."""

from monitor.fetch.fetcher import Fetcher
from monitor.fetch.memory import address, remember

__all__ = ["Fetcher", "address", "remember"]
