"""monitor.egress.wire: a URL taken apart once, quickly where it is plain."""

from hypothesis import example, given
from hypothesis import strategies as st

from monitor.egress.request import Refused
from monitor.egress.wire import Target, _plain, _taken_apart, target

_HOSTS = st.sampled_from(
    ["a.example", "127.0.0.1", "2130706433", "0x7f.1", "xn--a.example", "a..b", ".a", "a.", "A.B",
     "a_b.c", "-a.b", "a-.b", "a.-b", "", "[::1]", "a" * 64 + ".b", "a%2eb", "1.2.3", "a--b.c"]
)  # fmt: skip
_PATHS = st.text(st.sampled_from("aZ09._~/-?&=%#;:@ "), max_size=8)


@given(
    st.sampled_from(["http", "https", "HTTP", "ftp"]),
    _HOSTS,
    st.sampled_from(["", ":80", ":443", ":8080", ":0", ":22", ":08", ":99999", ":65535", ":"]),
    _PATHS,
)
@example("http", "a.example", "", "/a/../b")
@example("https", "a.example", ":443", "/")
def test_a_glance_sees_what_httpx_sees(scheme: str, host: str, port: str, path: str) -> None:
    """Whatever is taken apart at a glance comes out as by httpx; it may leave anything to it."""
    url = f"{scheme}://{host}{port}{path}"
    quick = _plain(url)

    assert quick is None or quick == _slowly(url)


def _slowly(url: str) -> Target | None:
    try:
        return _taken_apart(url, "")
    except Refused:
        return None


def test_ordinary_addresses_take_a_glance() -> None:
    """The addresses of feeds are plain, nearly all of them."""
    for url in (
        "https://feeds.example.org/world/rss.xml",
        "http://127.1.2.3:8080/17",
        "https://example.org/?feed=rss2&cat=4",
    ):
        assert _plain(url) is not None
        assert url == target(url).url
