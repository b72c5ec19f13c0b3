"""
Whose server a URL is on: the registrable domain, else the address. PURE.

The only file importing publicsuffixlist. News sits on shared platforms (*.substack.com,
*.blogspot.com) that count requests together, hence the ICANN section alone.
"""

from functools import cache, lru_cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)


@lru_cache(maxsize=20_000)
def owner(url: str) -> str:
    """E.g. "bbc.co.uk" for "https://feeds.bbc.co.uk/x"; the host itself where it has none."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
    if not host or host.replace(".", "").isdecimal() or ":" in host:
        return host
    return str(_suffixes().privatesuffix(host) or host)
