"""The parser in a child process that can be killed."""

from monitor.sandbox.parser import Parser

__all__ = ["Parser"]
