"""monitor feeds list|add|remove|test|import|export: what is read, how it fares, OPML both ways."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from monitor.app import Monitor, clock, fetcher
from monitor.cli.setting import configuration, opened
from monitor.cli.show import dumps, rows
from monitor.config.load import Config
from monitor.errors import UsageError
from monitor.model import Claim, Failed, Feed, Fetched, Unchanged, Validators
from monitor.parse import opml

_COLUMNS = ("id", "state", "language", "last_success", "next_due", "failure", "url")
