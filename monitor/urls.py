"""
One address for one article, whichever way it was reached. PURE.

What follows the reader (campaigns, mobile and AMP pages, redirectors) goes; what names the
article (`id`, `p`, `v`, `page`, …) stays: a false "same" hides a story, a false "other" costs
one comparison of texts.

Source: rules measured on pairs of addresses, see docs/stories.md; AMP caches:
https://amp.dev/documentation/guides-and-tutorials/learn/amp-caches-and-cors/amp-cache-urls
"""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

# Links that name no article to whoever cannot ask the server: only title and source are left.
_OPAQUE: Final = frozenset(
    ["news.google.com", "feedproxy.google.com", "feeds.feedburner.com", "t.co", "bit.ly",
     "tinyurl.com", "dlvr.it", "ift.tt", "trib.al", "ow.ly", "buff.ly", "lnkd.in"]
)  # fmt: skip
# Host → where in its query the true address stands.
_REDIRECTORS: Final = {
    "google.com": ("url", "q"),
    "l.facebook.com": ("u",),
    "lm.facebook.com": ("u",),
    "bing.com": ("url",),
    "out.reddit.com": ("url",),
    "t.umblr.com": ("z",),
    "vk.com": ("to",),
    "safelinks.protection.outlook.com": ("url",),
}
_REDIRECT_PATHS: Final = ("/url", "/l.php", "/news/apiclick.aspx", "/redirect", "/away.php", "/")
_FACES: Final = ("www.", "m.", "mobile.", "amp.", "edition.", "touch.", "wap.")
_TWINS: Final = {
    "bbc.co.uk": "bbc.com",
    "news.bbc.co.uk": "bbc.com",
    "uk.reuters.com": "reuters.com",
    "in.reuters.com": "reuters.com",
    "af.reuters.com": "reuters.com",
    "ca.reuters.com": "reuters.com",
    "amp.theguardian.com": "theguardian.com",
    "uk.news.yahoo.com": "news.yahoo.com",
    "ca.news.yahoo.com": "news.yahoo.com",
    "sg.news.yahoo.com": "news.yahoo.com",
    "hosted.ap.org": "apnews.com",
    "us.cnn.com": "cnn.com",
}
_CAMPAIGN: Final = re.compile(
    r"utm_\w*|at_\w*|pk_\w*|mtm_\w*|hsa_\w*|mc_[ce]id|ns_\w*|guce?_?\w*|guccounter|__\w*|_hs\w*|"
    r"fbclid|gclid|dclid|msclkid|yclid|twclid|igshid|gbraid|wbraid|mkt_tok|oly_\w*|vero_\w*|"
    r"xtor|xtref|xtcr|cmp|cmpid|smid|smtyp|itid|ito|icid|intcid|ncid|sref|srnd|taid|tpcc|ftag|"
    r"wt_?mc\w*|wpisrc|wpmm|soc_src|soc_trk|tsrc|maca|emc|trk\w*|spm|scm|amp|amp_\w*|usqp|"
    r"outputtype|feedname|feedtype|traffic_source|recirc|ref_src|ref_url|share\w*|sharetoken|"
    r"fb_action_\w*|action_\w*_map|campaign_?id|rss|rssid|cvid|ocid|echobox|sfmc_\w*|st_source",
    re.I,
)
_OF_HOST: Final = {
    "youtube.com": ("feature", "si", "t", "pp", "ab_channel", "list", "index"),
    "nytimes.com": ("partner", "ref", "src", "searchresultposition", "unlocked_article_code"),
    "wsj.com": ("mod", "reflink", "st"),
    "cnn.com": ("cid", "iid", "hpt"),
    "abcnews.go.com": ("cid",),
    "abc.net.au": ("cid",),
    "nbcnews.com": ("cid",),
    "reuters.com": ("rpc", "il", "taid", "source"),
    "scmp.com": ("module", "pgtype", "campaign", "tc"),
    "news.yahoo.com": ("src", "bcmt"),
    "twitter.com": ("s", "t", "ref"),
    "x.com": ("s", "t", "ref"),
    "medium.com": ("source", "sk"),
    "substack.com": ("r", "s", "showwelcome", "isfreemail", "triedredirect"),
    "theguardian.com": ("view", "filterkeyevents"),
    "bbc.com": ("ref", "pinned_post_locator", "pinned_post_asset_id", "pinned_post_type"),
    "politico.com": ("source", "_amp"),
    "washingtonpost.com": ("tid", "outputtype"),
    "spiegel.de": ("ref", "sara_ref"),
    "msn.com": ("li", "cvid", "ei"),
}
_FROM_FEED = re.compile(r"(?:^|[^a-z])(?:rss|feed|atom)(?:$|[^a-z])", re.I)
_NAMING: Final = frozenset("id p v page sid doc article story q slug title aid newsid".split())
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.I)
_SAFE: Final = "/:@!$'()*,;=~+-._"
_NESTING: Final = 4  # redirectors inside redirectors; more is a trap


@lru_cache(maxsize=20_000)
def canonical(url: str) -> str:
    """
    "host/path?query" of the article, or "" when the address names none.

    No scheme, no fragment, parameters in order. A home page, an opaque link (Google News) and
    anything that is not http are "". canonical("https://" + canonical(x)) == canonical(x).
    """
    return _canonical(url, _NESTING)


def _canonical(url: str, depth: int) -> str:
    parts = _split(url)
    if parts is None or not depth:
        return ""
    host = _host(parts.hostname or "")
    if inner := _inner(host, parts):
        return _canonical(inner, depth - 1)
    if not host or host in _OPAQUE:
        return ""
    if host == "youtu.be":
        return f"youtube.com/watch?v={parts.path.strip('/')}" if parts.path.strip("/") else ""
    path = _path(parts.path)
    query = _query(parts.query, host)
    if not path and not query:
        return ""
    return f"{host}{path}" + (f"?{query}" if query else "")


def _split(url: str) -> SplitResult | None:
    """None: no address that can be read."""
    try:
        parts = urlsplit(url.strip())
        return parts if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _host(host: str) -> str:
    """Without the faces it has for telephones and regions."""
    host = host.lower().rstrip(".")
    if host in _TWINS:
        return _TWINS[host]
    for face in _FACES:
        if host.startswith(face) and "." in host[len(face) :]:
            host = host.removeprefix(face)
    host = host.replace(".m.", ".")
    return _TWINS.get(host, host)


def site(url: str) -> str:
    """Whose page it is: the host without its faces; "" when the address cannot be read."""
    parts = _split(url)
    return _host(parts.hostname or "") if parts else ""


def _inner(host: str, parts: SplitResult) -> str:
    """The address inside a redirector or an AMP cache; "" when there is none."""
    if host.endswith("cdn.ampproject.org") or (
        host == "google.com" and parts.path.startswith("/amp/")
    ):
        found = re.match(r"/(?:amp|[a-z])/(s/)?(.+)", parts.path)
        tail = f"?{parts.query}" if parts.query else ""
        return f"https://{found.group(2)}{tail}" if found else ""
    name = next((n for n in _REDIRECTORS if host == n or host.endswith(f".{n}")), "")
    if not name or parts.path not in _REDIRECT_PATHS:
        return ""
    query = dict(parse_qsl(parts.query))
    return next((query[k] for k in _REDIRECTORS[name] if query.get(k, "").startswith("http")), "")


def _path(path: str) -> str:
    path = quote(unquote(re.sub(r"/{2,}", "/", path)), safe=_SAFE)
    path = _INDEX.sub("/", path)
    path = re.sub(r"/amp(?=/|$)|\.amp$", "", path)
    path = re.sub(r"(?:\.amp|/amp)\.html?$", ".html", path)
    return path.rstrip("/")


def _query(query: str, host: str) -> str:
    """What is left of the parameters, in order."""
    if not query:
        return ""
    own = next((names for h, names in _OF_HOST.items() if host == h or host.endswith(f".{h}")), ())
    kept = sorted(
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if not (
            _CAMPAIGN.fullmatch(name)
            or name.lower() in own
            or (name.lower() not in _NAMING and len(value) < 40 and _FROM_FEED.search(value))
            or (name == "output" and value == "amp")
        )
    )
    return urlencode(kept, safe=_SAFE.replace("+", "").replace("=", ""))
