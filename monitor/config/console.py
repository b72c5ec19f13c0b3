"""[console] of monitor.toml: where the pages are, and who may see them."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from monitor.config.reading import Table
from monitor.secret import Secret

_NONE: Final = Secret("")
_SHORTEST: Final = 16  # characters of a token
_NEIGHBOURS: Final = ("127.0.0.0/8", "::1/128")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSettings:
    """Beyond loopback only with a token or a proxy that says who is there."""

    listen: str = "127.0.0.1:8080"  # host:port; "" turns it off
    token: Secret = _NONE  # what people type to enter; empty: nobody is asked
    proxy_header: str = ""  # a proxy before it puts the user's name there; "" for none
    proxies: tuple[str, ...] = _NEIGHBOURS  # CIDRs whose word is taken for it
    url: str = ""  # where people reach it; "" when only by an address
    hosts: tuple[str, ...] = ()  # further names it answers to

    @property
    def address(self) -> tuple[str, int]:
        """Host and port; only valid when listen is not empty."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


LOCAL: Final = ConsoleSettings()


def read(table: Table) -> ConsoleSettings:
    """The settings; faults are reported into the table."""
    settings = ConsoleSettings(
        listen=_listen(table),
        token=table.secret("token", ""),
        proxy_header=table.text("proxy_header", "").lower(),
        proxies=_networks(table),
        url=_url(table),
        hosts=tuple(h.lower() for h in table.texts("hosts", ())),
    )
    token = settings.token.reveal()
    if token and len(token) < _SHORTEST:
        table.fault("token", "is too short", "generate one: openssl rand -base64 32")
    if settings.listen and not loopback(settings.address[0]):
        _check_open(table, settings)
    table.close()
    return settings


def loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def within(address: str, networks: Sequence[str]) -> bool:
    """Whether an address lies in one of the networks; False when it is none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in ipaddress.ip_network(network) for network in networks)


def _check_open(table: Table, settings: ConsoleSettings) -> None:
    if not settings.token and not settings.proxy_header:
        table.fault(
            "listen",
            f"{settings.listen!r} is open to others, and anybody could enter",
            "set console.token or console.proxy_header, or listen on 127.0.0.1",
        )


def _listen(table: Table) -> str:
    listen = table.text("listen", LOCAL.listen)
    host, colon, port = listen.rpartition(":")
    if listen and not (colon and host and port.isdecimal() and int(port) < 65536):
        table.fault("listen", f"{listen!r} is no address", 'write "127.0.0.1:8080", or "" for off')
        return ""
    return listen


def _networks(table: Table) -> tuple[str, ...]:
    good = []
    for network in table.texts("proxies", _NEIGHBOURS):
        try:
            ipaddress.ip_network(network)
        except ValueError:
            table.fault("proxies", f"{network!r} is no CIDR", 'write one such as "10.1.2.0/24"')
        else:
            good.append(network)
    return tuple(good)


def _url(table: Table) -> str:
    url = table.text("url", "").rstrip("/")
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.path
    except ValueError:
        good = False
    if url and not good:
        table.fault("url", f"{url!r} is no address", 'write "https://monitor.example.org"')
        return ""
    return url
