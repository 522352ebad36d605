from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farshore.core.address import (
    TAILSCALE_VIA,
    AddressError,
    HostPort,
    is_tailscale_address,
    parse_host,
    parse_host_port,
    parse_port,
    via_address,
)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("172.16.20.88", IPv4Address("172.16.20.88")),
        ("::1", IPv6Address("::1")),
        ("[fd7a:115c:a1e0::1]", IPv6Address("fd7a:115c:a1e0::1")),
        ("db", "db"),
        ("db-1.internal.example", "db-1.internal.example"),
        ("db.example.", "db.example."),
        ("sql_server", "sql_server"),
        ("3com", "3com"),
    ],
)
def test_a_host_is_an_address_or_a_name(text: str, host: object) -> None:
    assert parse_host(text) == host


@pytest.mark.parametrize(
    "text",
    ["", ".", "a..b", "-a", "a-", "a b", "a/b", "[db]", "[::1", "::1]", "é", "x" * 64, f"{'a.' * 127}b", "256.1.1.1",
     "1.2.3", "1.2.3.4.5", "db\n", "a:b"],
)  # fmt: skip
def test_what_is_neither_is_refused_and_named(text: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse_host(text)

    assert repr(text) in str(refused.value)


def test_four_numbers_that_are_no_address_are_no_name_either() -> None:
    with pytest.raises(AddressError, match="four parts from 0 to 255"):
        parse_host("172.16.20.888")


@pytest.mark.parametrize("port", [1, 80, 65535])
def test_a_port(port: int) -> None:
    assert parse_port(str(port)) == port


@pytest.mark.parametrize("text", ["", "0", "65536", "-1", "+1", "1.0", " 1", "1_0", "٣", "http"])
def test_no_port(text: str) -> None:
    with pytest.raises(AddressError, match="port from 1 to 65535"):
        parse_port(text)


@pytest.mark.parametrize("text", ["172.16.20.88", "", ":80", "db:", "[::1]", "172.16.20.88:0"])
def test_host_and_port_are_both_needed(text: str) -> None:
    with pytest.raises(AddressError):
        parse_host_port(text)


def test_an_ipv6_address_without_brackets_is_shown_with_them() -> None:
    with pytest.raises(AddressError, match=r"as in \[fd7a::1\]:1433"):
        parse_host_port("fd7a::1:1433")


@given(st.ip_addresses(), st.integers(1, 65535))
def test_what_is_written_is_read_back(address: IPv4Address | IPv6Address, port: int) -> None:
    written = HostPort(address, port)

    assert parse_host_port(str(written)) == written
    assert not written.is_name


def test_a_name_has_to_be_resolved_by_somebody() -> None:
    assert HostPort("db", 1433).is_name
    assert str(HostPort("db", 1433)) == "db:1433"


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("100.64.0.0", True),
        ("100.127.255.255", True),
        ("100.63.255.255", False),
        ("100.128.0.0", False),
        ("fd7a:115c:a1e0::", True),
        ("fd7a:115c:a1e0:ffff:ffff:ffff:ffff:ffff", True),
        ("fd7a:115c:a1df:ffff:ffff:ffff:ffff:ffff", False),
        ("fd7a:115c:a1e1::", False),
        ("172.16.20.88", False),
        ("::ffff:100.64.0.1", True),
        ("::ffff:172.16.20.88", False),
    ],
)
def test_tailscales_own_ranges(text: str, inside: bool) -> None:  # noqa: FBT001
    assert is_tailscale_address(ip_address(text)) is inside


def test_the_address_of_a_host_behind_one_site() -> None:
    assert via_address(1, IPv4Address("172.16.20.88")) == IPv6Address("fd7a:115c:a1e0:b1a:0:1:ac10:1458")


@given(st.integers(0, 65535), st.ip_addresses(v=4))
def test_an_address_behind_a_site_keeps_site_and_host_apart(site: int, host: IPv4Address) -> None:
    address = via_address(site, host)

    assert address in TAILSCALE_VIA
    assert int(address) & 0xFFFFFFFF == int(host)
    assert int(address) >> 32 & 0xFFFFFFFF == site
