from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path

import pytest

from farshore.config.fields import (
    MAX_RANGE_PORTS,
    Ports,
    UnfitError,
    is_local_word,
    read_duration,
    read_host_port,
    read_ip,
    read_name,
    read_network,
    read_ports,
    read_socket_path,
    read_target,
    read_whole_seconds,
    write_duration,
)
from farshore.core.address import HostPort


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("250ms", 0.25), ("30s", 30.0), ("1.5s", 1.5), ("5m", 300.0), ("1h", 3600.0), (7, 7.0), (0.25, 0.25), (0, 0.0)],
)
def test_a_duration_is_read_in_seconds(written: object, seconds: float) -> None:
    assert read_duration(written) == seconds


@pytest.mark.parametrize("written", ["", "5", "5 s", "5d", "-1s", "1e3s", "٣s", -1, 1e300, True, None, [], "9999999h"])
def test_anything_else_is_no_duration(written: object) -> None:
    with pytest.raises(UnfitError):
        read_duration(written)


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("5", "did you mean 5s?"),
        ("1 hour", "did you mean 1h?"),
        ("10 minutes", "did you mean 10m?"),
        ("250 millis", "did you mean 250ms?"),
        ("30 sec", "did you mean 30s?"),
        ("2d", "did you mean 48h?"),
        ("soon", None),
    ],
)
def test_a_misspelt_duration_is_told_how_to_write_it(written: str, hint: str | None) -> None:
    with pytest.raises(UnfitError) as caught:
        read_duration(written)
    assert caught.value.hint == hint


@pytest.mark.parametrize("text", ["250ms", "7s", "5m", "1h", "0s", "90s", "1500ms", "1ms"])
def test_a_duration_is_written_as_a_person_writes_it(text: str) -> None:
    assert write_duration(read_duration(text)) == text


@pytest.mark.parametrize("written", ["500ms", 0, "0s", 1.5])
def test_keepalive_times_are_whole_seconds_from_one(written: object) -> None:
    with pytest.raises(UnfitError, match="whole number of seconds"):
        read_whole_seconds(written)
    assert read_whole_seconds("1m") == 60
    assert read_whole_seconds("1s") == 1


def test_host_and_port_are_read() -> None:
    assert read_host_port("172.16.20.88:1433") == HostPort(IPv4Address("172.16.20.88"), 1433)
    assert read_host_port("[fd7a:115c:a1e0::1]:22") == HostPort(IPv6Address("fd7a:115c:a1e0::1"), 22)
    assert read_host_port("db.internal:5432") == HostPort("db.internal", 5432)


@pytest.mark.parametrize(
    ("written", "expected", "hint"),
    [
        ("172.16.20.88", "host:port", "the port is missing"),
        ("[::1]", "host:port", "the port is missing"),
        ("::1:1433", "host:port", "as in [::1]:1433"),
        ("172.16.20.88,1433", "host:port", "a colon before the port"),
        (r"172.16.20.88\SQLEXPRESS:1433", "host name", "instance's own port"),
        ("jdbc:sqlserver://172.16.20.88:1433", "host:port", "without the scheme"),
        ("socks5://127.0.0.1:1055", "host:port", "without the scheme"),
        ("172.16.20.0/24:1433", "host name", "not a network"),
        ("172.16.20.300:1433", "four parts", None),
        ("172.16.20.88:0", "a port from 1 to 65535", None),
        ("172.16.20.88:65536", "a port from 1 to 65535", None),
        ("172.16.20.88:99999999999999999999", "a port from 1 to 65535", None),
        ("172.16.20.88:01433", "without leading zeros", "write 1433"),
        ("172.16.20.88:0x599", "a port", "in decimal"),
        ("172.16.20.88:1_433", "a port", "the digits alone"),
        ("172.16.20.88: 1433", "a port", "a space"),
        (":1055", "host:port", "for every interface"),
        ("[fe80::1%eth0]:22", "without a zone", "link-local"),
        ("x" * 5000 + ":1", "host:port", "5002 characters long"),
        (1055, "host:port", None),
    ],
)
def test_a_wrong_address_is_told_what_is_wrong_with_it(written: object, expected: str, hint: str | None) -> None:
    with pytest.raises(UnfitError) as caught:
        read_host_port(written)
    assert expected in caught.value.expected
    assert (hint is None and caught.value.hint is None) or (hint is not None and hint in (caught.value.hint or ""))


@pytest.mark.parametrize(
    ("written", "ports"),
    [
        (8082, Ports(host=None, first=8082, last=8082)),
        ("8082", Ports(host=None, first=8082, last=8082)),
        ("21000-21010", Ports(host=None, first=21000, last=21010)),
        ("10.0.0.1:8082", Ports(host=IPv4Address("10.0.0.1"), first=8082, last=8082)),
        ("[::1]:1-2", Ports(host=IPv6Address("::1"), first=1, last=2)),
    ],
)
def test_ports_are_read_and_written_back(written: object, ports: Ports) -> None:
    assert read_ports(written) == ports
    assert str(ports) == str(written)
    assert read_ports(str(ports)) == ports


def test_a_range_is_as_long_as_it_says_and_bounded() -> None:
    assert len(read_ports("21000-21010")) == 11
    assert len(read_ports(f"1-{MAX_RANGE_PORTS}")) == MAX_RANGE_PORTS
    with pytest.raises(UnfitError, match="at most 1024"):
        read_ports(f"1-{MAX_RANGE_PORTS + 1}")


@pytest.mark.parametrize("written", [True, None, 0, 65536, "", "-", "1-", "-1", "5-4", "08082", "8082:1433", "a", 8.5])
def test_anything_else_is_no_port(written: object) -> None:
    with pytest.raises(UnfitError):
        read_ports(written)


def test_a_target_needs_a_host() -> None:
    assert read_target("172.16.20.88:1-3") == Ports(host=IPv4Address("172.16.20.88"), first=1, last=3)
    for written in ("1433", 1433, "172.16.20.88", ":1433", None):
        with pytest.raises(UnfitError, match="expected host:port"):
            read_target(written)


def test_a_listening_address_is_a_literal() -> None:
    assert read_ip("::1") == IPv6Address("::1")
    with pytest.raises(UnfitError) as caught:
        read_ip("localhost")
    assert caught.value.hint == "write 127.0.0.1"
    for written in (5, True, "example.org", "fe80::1%eth0", "10.0.0.0/8"):
        with pytest.raises(UnfitError):
            read_ip(written)


def test_a_network_is_read_and_one_with_host_bits_is_told_the_network() -> None:
    assert read_network("10.0.0.0/8") == IPv4Network("10.0.0.0/8")
    assert read_network("fd00::/8") == IPv6Network("fd00::/8")
    assert read_network("10.1.2.3") == IPv4Network("10.1.2.3/32")
    with pytest.raises(UnfitError) as caught:
        read_network("10.1.2.3/24")
    assert caught.value.hint == "did you mean 10.1.2.0/24"
    with pytest.raises(UnfitError):
        read_network(5)


@pytest.mark.parametrize("written", ["", "a b", "-a", "a/b", "ä", "x" * 64, 8082, None])
def test_a_name_is_short_and_plain(written: object) -> None:
    with pytest.raises(UnfitError):
        read_name(written)


def test_names_that_are_allowed() -> None:
    for name in ("a", "sql-1", "21000", "a.b_c", "x" * 63):
        assert read_name(name) == name


def test_a_socket_is_an_absolute_path_that_the_kernel_takes() -> None:
    assert read_socket_path("/run/a.sock") == Path("/run/a.sock")
    assert read_socket_path("/" + "x" * 106) == Path("/" + "x" * 106)
    for written in ("a.sock", "~/a.sock", "", 5, "/" + "x" * 107, "/" + "ä" * 54):
        with pytest.raises(UnfitError):
            read_socket_path(written)
    with pytest.raises(UnfitError) as caught:
        read_socket_path("unix:///run/a.sock")
    assert caught.value.hint == "write /run/a.sock without unix:"


@pytest.mark.parametrize("word", ["localhost", "LocalHost", "localhost.", "db.localhost"])
def test_the_local_word_is_known_in_every_spelling(word: str) -> None:
    assert is_local_word(word)
    assert not is_local_word("localhost.example.org")
