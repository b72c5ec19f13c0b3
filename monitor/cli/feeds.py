"""monitor feeds list|add|remove|test|import|export: what is read, how it fares, OPML both ways."""

_COLUMNS = ("id", "state", "language", "last_success", "next_due", "failure", "url")
