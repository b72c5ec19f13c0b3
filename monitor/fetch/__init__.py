"""A feed becomes bytes."""

from monitor.fetch.archive import missed, older_page
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.learning import remember
from monitor.fetch.memory import address, turned_quiet

__all__ = ["Fetcher", "address", "missed", "older_page", "remember", "turned_quiet"]
