"""Bytes become entries; one file per format."""

from monitor.parse.reading import blank, parse, read, web_page

__all__ = ["blank", "parse", "read", "web_page"]
