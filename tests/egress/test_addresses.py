"""monitor.egress.addresses: which addresses may be reached."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.egress.addresses import embedded, forbidden, networks, permitted

_PRIVATE = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254
    169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1
    192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255
    240.0.0.1 255.255.255.255 192.31.196.1 192.52.193.1 192.175.48.1
    :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::7f00:1
    64:ff9b::a00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 64:ff9b:1::7f00:1 2002:7f00:1:: 2002:a9fe:a9fe::
    2002:a00:1::1 2001:0:7f00:1::1 2001:0:808:808:0:0:80ff:fffe 2001:db8::1 2001:2::1 2001:10::1
    2001:20::1 3fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fec0::1 ff02::1 ff0e::1 100::1
    2620:4f:8000::1 2606:4700::5efe:127.0.0.1 2606:4700::200:5efe:10.0.0.1 4000::1 1::1
"""
_PUBLIC = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
    172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0
    223.255.255.255 2606:4700::1111 2a00:1450:4001::1 2001:4860:4860::8888 64:ff9b::808:808
    2002:808:808::1 ::ffff:8.8.8.8 2001:200::1 3ffe::1
"""


@pytest.mark.parametrize("text", _PRIVATE.split())
def test_addresses_not_of_the_public_network_are_refused(text: str) -> None:
    """Every special range, plain or wrapped in IPv6, is refused with a reason."""
    assert forbidden(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", _PUBLIC.split())
def test_public_addresses_are_allowed(text: str) -> None:
    """The neighbours of the special ranges, and wrapped public addresses, may be reached."""
    assert "" == forbidden(ipaddress.ip_address(text))


@given(st.integers(0, 2**32 - 1))
def test_wrapping_changes_nothing(number: int) -> None:
    """An IPv4 address is as forbidden in any IPv6 wrapping as it is alone."""
    alone = bool(forbidden(ipaddress.IPv4Address(number)))
    wrapped = [
        ipaddress.IPv6Address(0xFFFF << 32 | number),
        ipaddress.IPv6Address(0xFFFF << 48 | number),
        ipaddress.IPv6Address(0x64FF9B << 96 | number),
        ipaddress.IPv6Address(0x2002 << 112 | number << 80),
        ipaddress.IPv6Address(number),
    ]

    for address in wrapped:
        assert alone == bool(forbidden(address)), address


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_teredo_is_both_its_ends(server: int, client: int) -> None:
    """A Teredo address gives back the server and the client it was made of."""
    number = 0x20010000 << 96 | server << 64 | (client ^ 0xFFFFFFFF)

    found = embedded(ipaddress.IPv6Address(number))

    assert (ipaddress.IPv4Address(server), ipaddress.IPv4Address(client)) == found


def test_allowed_networks_open_only_themselves() -> None:
    """A CIDR of the operator's opens its addresses, wrapped too, and no neighbour."""
    allowed = networks(["127.0.0.1/32", "fd00::/8", "10.1.2.3/24"])

    assert "" == forbidden(ipaddress.ip_address("127.0.0.1"), allowed)
    assert "" == forbidden(ipaddress.ip_address("::ffff:127.0.0.1"), allowed)
    assert "" == forbidden(ipaddress.ip_address("fd12::1"), allowed)
    assert "" == forbidden(ipaddress.ip_address("10.1.2.200"), allowed)
    assert "loopback" == forbidden(ipaddress.ip_address("127.0.0.2"), allowed)
    assert "private" == forbidden(ipaddress.ip_address("10.1.3.1"), allowed)


def test_only_permitted_addresses_are_left() -> None:
    """Of several addresses the public ones stay, once each, zones gone; the reason is told."""
    found = ["10.0.0.1", "8.8.8.8", "fe80::1%eth0", "8.8.8.8", "1.1.1.1"]

    assert (["8.8.8.8", "1.1.1.1"], "private") == permitted(found, ())
