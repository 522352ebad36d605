from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

import pytest

from farshore.core.address import HostPort
from farshore.wire.handshake import Decline, Declined, Established
from farshore.wire.socks5 import Socks5Handshake

TARGET = HostPort(IPv4Address("172.16.20.88"), 1433)
OWN_IPV6 = IPv6Address("fd7a:115c:a1e0::1")

Verdict = Established | Declined

GRANTED = {
    "IPv4": (b"\x05\x00\x05\x00\x00\x01\x64\x40\x00\x01\xbe\x0c", HostPort(IPv4Address("100.64.0.1"), 48652)),
    "IPv6": (b"\x05\x00\x05\x00\x00\x04" + OWN_IPV6.packed + b"\x00\x50", HostPort(OWN_IPV6, 80)),
    "name": (b"\x05\x00\x05\x00\x00\x03\x07pod.lan\x00\x50", HostPort("pod.lan", 80)),
    "longest name": (b"\x05\x00\x05\x00\x00\x03\xff" + b"n" * 255 + b"\xff\xff", HostPort("n" * 255, 65535)),
    "no name": (b"\x05\x00\x05\x00\x00\x03\x00\x00\x50", HostPort("", 80)),
}
DECLINED = {
    "login wanted": (b"\x05\xff", Decline.REFUSED, "wants a login"),
    "login forced": (b"\x05\x02", Decline.MALFORMED, "05 02"),
    "code 1": (b"\x05\x00\x05\x01", Decline.DIAL_FAILED, "reply code 1: general SOCKS server failure"),
    "code 2": (b"\x05\x00\x05\x02", Decline.DIAL_FAILED, "not allowed by ruleset"),
    "code 3": (b"\x05\x00\x05\x03", Decline.DIAL_FAILED, "network unreachable"),
    "code 4": (b"\x05\x00\x05\x04", Decline.DIAL_FAILED, "host unreachable"),
    "code 5": (b"\x05\x00\x05\x05", Decline.DIAL_FAILED, "connection refused"),
    "code 6": (b"\x05\x00\x05\x06", Decline.DIAL_FAILED, "TTL expired"),
    "code 7": (b"\x05\x00\x05\x07", Decline.REFUSED, "command not supported"),
    "code 8": (b"\x05\x00\x05\x08", Decline.REFUSED, "address type not supported"),
    "code 240": (b"\x05\x00\x05\xf0", Decline.DIAL_FAILED, "reply code 240: not assigned by RFC 1928"),
    "SOCKS4": (b"\x00\x5a\x00\x00", Decline.MALFORMED, "00"),
    "no second version": (b"\x05\x00\x04", Decline.MALFORMED, "found 04"),
    "reserved byte": (b"\x05\x00\x05\x00\x01", Decline.MALFORMED, "05 00 01"),
    "address type 2": (b"\x05\x00\x05\x00\x00\x02", Decline.MALFORMED, "05 00 00 02"),
}


def converse(parts: Iterator[bytes] | list[bytes]) -> Verdict | None:
    handshake = Socks5Handshake(TARGET)
    handshake.request()
    for part in parts:
        if (verdict := handshake.receive(part)) is not None:
            return verdict
    return None


def dribbled(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


@pytest.mark.parametrize(
    ("target", "address"),
    [
        (TARGET, b"\x01\xac\x10\x14\x58\x05\x99"),
        (
            HostPort(IPv6Address("fd7a:115c:a1e0:b1a:0:1:ac10:1458"), 1433),
            b"\x04\xfd\x7a\x11\x5c\xa1\xe0\x0b\x1a\x00\x00\x00\x01\xac\x10\x14\x58\x05\x99",
        ),
        (HostPort("db.corp.example", 65535), b"\x03\x0fdb.corp.example\xff\xff"),
        (HostPort("n" * 255, 1), b"\x03\xff" + b"n" * 255 + b"\x00\x01"),
    ],
)
def test_greeting_and_request_leave_together(target: HostPort, address: bytes) -> None:
    assert Socks5Handshake(target).request() == b"\x05\x01\x00" + b"\x05\x01\x00" + address


@pytest.mark.parametrize("name", ["", "n" * 256, "bücher.example"])
def test_a_name_that_does_not_fit_is_refused_at_once(name: str) -> None:
    with pytest.raises(ValueError, match=r"name|ascii"):
        Socks5Handshake(HostPort(name, 1))


@pytest.mark.parametrize("kind", GRANTED)
@pytest.mark.parametrize("early", [b"", b"\x4a", b"\x05\x00\x05\x01" * 1000])
def test_success_from_every_cut_hands_back_what_follows(kind: str, early: bytes) -> None:
    reply, bound = GRANTED[kind]
    expected = Established(early=early, bound=bound)

    assert converse([reply + early]) == expected
    for cut in range(1, len(reply)):
        assert converse([reply[:cut], reply[cut:] + early]) == expected
    assert converse([*dribbled(reply[:-1]), reply[-1:] + early]) == expected


@pytest.mark.parametrize("kind", GRANTED)
def test_one_byte_short_is_no_success(kind: str) -> None:
    reply, _ = GRANTED[kind]
    for end in range(1, len(reply)):
        assert converse([reply[:end]]) is None


@pytest.mark.parametrize("kind", DECLINED)
def test_failure_from_every_cut(kind: str) -> None:
    reply, reason, text = DECLINED[kind]
    rest = b"\x00\x01\x00\x00\x00\x00\x00\x00 and more"

    for parts in [[reply], [reply + rest], dribbled(reply), dribbled(reply + rest)]:
        verdict = converse(parts)
        assert isinstance(verdict, Declined)
        assert verdict.reason is reason
        assert text in verdict.detail


def test_a_failure_is_told_before_its_reply_is_whole() -> None:
    assert converse([b"\x05\x00\x05"]) is None
    assert isinstance(converse([b"\x05\x00\x05\x01"]), Declined)


@pytest.mark.parametrize(
    ("greeting", "speaker"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "an HTTP server"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "a TLS server"),
        (b"\x4a\x00\x00\x00\x0a8.0.36\x00", "a MySQL server"),
        (b"\x04\x01\x00\x2b\x00\x00\x01\x00", "a SQL Server"),
        (b"E\x00\x00\x00\x8dSFATAL\x00", "a PostgreSQL server"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "an SSH server"),
        (b"220 ready\r\n", "an FTP or mail server"),
    ],
)
def test_another_protocol_is_shown_in_hexadecimal_and_named(greeting: bytes, speaker: str) -> None:
    verdict = converse([greeting])

    assert isinstance(verdict, Declined)
    assert verdict.reason is Decline.MALFORMED
    assert greeting[:4].hex(" ") in verdict.detail
    assert f"looks like {speaker}" in verdict.detail


@pytest.mark.parametrize(
    ("before", "stage"),
    [
        (b"", "without a byte"),
        (b"\x05", "within its answer to the greeting"),
        (b"\x05\x00", "after the greeting, before its answer to the request"),
        (b"\x05\x00\x05", "within its answer to the request, after 05"),
        (b"\x05\x00\x05\x00\x00\x01\x64\x40\x00\x01\xbe", "after 05 00 00 01 64 40 00 01 be"),
    ],
)
def test_an_early_end_names_its_stage(before: bytes, stage: str) -> None:
    handshake = Socks5Handshake(TARGET)
    if before:
        assert handshake.receive(before) is None

    declined = handshake.receive_eof()

    assert declined.reason is Decline.CLOSED
    assert stage in declined.detail


def test_an_unprintable_bound_name_can_not_break_a_log_line() -> None:
    verdict = converse([b"\x05\x00\x05\x00\x00\x03\x05a\r\n\x1bb\x00\x50"])

    assert verdict == Established(early=b"", bound=HostPort("a", 80))
