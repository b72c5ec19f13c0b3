"""
Which addresses may be reached: an explicit table, not the interpreter's opinion.

`ipaddress.is_global` is not used. Python 3.11.7 and 3.12.1 call 2002:7f00:1:: (6to4 of
127.0.0.1) and 64:ff9b:1:: global, 3.13.0 does not, and every version calls 224.0.0.1,
::127.0.0.1, 64:ff9b::7f00:1, fec0::1, 3fff::1 and 5f00::1 global.

Source: https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_FORBIDDEN_V4: Final = {
    IPv4Network("0.0.0.0/8"): "this network",
    IPv4Network("10.0.0.0/8"): "private",
    IPv4Network("100.64.0.0/10"): "carrier-grade NAT",
    IPv4Network("127.0.0.0/8"): "loopback",
    IPv4Network("169.254.0.0/16"): "link-local",
    IPv4Network("172.16.0.0/12"): "private",
    IPv4Network("192.0.0.0/24"): "protocol assignments",
    IPv4Network("192.0.2.0/24"): "documentation",
    IPv4Network("192.31.196.0/24"): "AS112",
    IPv4Network("192.52.193.0/24"): "AMT",
    IPv4Network("192.88.99.0/24"): "6to4 relay",
    IPv4Network("192.168.0.0/16"): "private",
    IPv4Network("192.175.48.0/24"): "AS112",
    IPv4Network("198.18.0.0/15"): "benchmarking",
    IPv4Network("198.51.100.0/24"): "documentation",
    IPv4Network("203.0.113.0/24"): "documentation",
    IPv4Network("224.0.0.0/4"): "multicast",
    IPv4Network("240.0.0.0/4"): "reserved",
}
# Only 2000::/3 is global unicast, so everything else needs no line of its own.
_GLOBAL_V6: Final = IPv6Network("2000::/3")
_FORBIDDEN_V6: Final = {
    IPv6Network("2001::/23"): "protocol assignments",
    IPv6Network("2001:db8::/32"): "documentation",
    IPv6Network("2620:4f:8000::/48"): "AS112",
    IPv6Network("3fff::/20"): "documentation",
}
_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_TRANSLATED: Final = IPv6Network("::ffff:0:0:0/96")  # SIIT, RFC 2765
_COMPATIBLE: Final = IPv6Network("::/96")
_NAT64: Final = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")
_TEREDO: Final = IPv6Network("2001::/32")
_ISATAP: Final = (0x00005EFE, 0x02005EFE)  # bits 64..96, RFC 5214
_LOW = 0xFFFF_FFFF


def embedded(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses a packet to this IPv6 address may end at; empty for plain IPv6."""
    number = int(address)
    if address in _TEREDO:  # server in clear, client with every bit turned
        return IPv4Address(number >> 64 & _LOW), IPv4Address(~number & _LOW)
    if address in _SIX_TO_FOUR:
        return (IPv4Address(number >> 80 & _LOW),)
    if any(address in n for n in (_MAPPED, _TRANSLATED, _NAT64, _COMPATIBLE)):
        return (IPv4Address(number & _LOW),)
    if number >> 32 & _LOW in _ISATAP:
        return (IPv4Address(number & _LOW),)
    return ()


def forbidden(address: Address, allowed: Sequence[Network] = ()) -> str:
    """Why the address must not be reached, e.g. "loopback"; "" when it may be."""
    if any(address in network for network in allowed):
        return ""
    if isinstance(address, IPv4Address):
        return next((why for n, why in _FORBIDDEN_V4.items() if address in n), "")
    inner = embedded(address)
    for found in inner:
        if why := forbidden(found, allowed):
            return f"{why} inside IPv6"
    if inner:
        return ""
    if address not in _GLOBAL_V6:
        return "not global unicast"
    return next((why for n, why in _FORBIDDEN_V6.items() if address in n), "")


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """The CIDRs as networks; host bits may be set."""
    return tuple(ip_network(text, strict=False) for text in texts)


@lru_cache(maxsize=4096)  # 20 µs, twice a request
def _judged(text: str, allowed: tuple[Network, ...]) -> str:
    return forbidden(ip_address(text), allowed)


def permitted(found: Sequence[str], allowed: Sequence[Network]) -> tuple[Sequence[str], str]:
    """Those addresses that may be reached, in order, and why the first refused one was refused."""
    good: list[str] = []
    reason = ""
    for text in found:
        bare = text.partition("%")[0]  # a zone only ever stands on link-local addresses
        why = _judged(bare, tuple(allowed))
        if why:
            reason = reason or why
        elif bare not in good:
            good.append(bare)
    return good, reason
