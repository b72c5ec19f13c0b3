"""Watches news feeds and tells analysts about arms transfers and arms embargoes."""

__version__ = "0.1.0"
