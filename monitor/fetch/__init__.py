"""A feed becomes bytes."""

from monitor.fetch.archive import missed, older_page
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.learning import remember
from monitor.fetch.memory import address, doors, turned_quiet

__all__ = ["Fetcher", "address", "doors", "missed", "older_page", "remember", "turned_quiet"]
