from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

import h11
import pytest

from farshore.core.address import HostPort
from farshore.wire.connect import MAX_BODY, MAX_HEAD, ConnectHandshake, LocalApiDialHandshake
from farshore.wire.handshake import Decline, Declined, Established

TARGET = HostPort(IPv4Address("172.16.20.88"), 1433)
TARGET_IPV6 = HostPort(IPv6Address("fd7a:115c:a1e0:b1a:0:1:ac10:1458"), 1433)

Verdict = Established | Declined
Make = Callable[[HostPort], ConnectHandshake | LocalApiDialHandshake]

SAFE = (
    b"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; script-src 'none'\r\n"
    b"Tailscale-Cap: 142\r\nTailscale-Version: 1.102.3-ERR-BuildInfo\r\nX-Frame-Options: DENY\r\n"
)
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\n" + SAFE + b"Upgrade: ts-dial\r\nConnection: upgrade\r\n\r\n"
CONNECT_ERROR = b"Tailscale-Connect-Error: connect tcp 172.16.20.88:1433: connection was refused\r\n"


def plain(status: bytes, body: bytes, headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s" % (status, headers, len(body), body)


def chunked(status: bytes, *chunks: bytes) -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))
    return b"HTTP/1.1 %s\r\nTransfer-Encoding: chunked\r\n\r\n%s" % (status, body)


GRANTED: dict[str, tuple[Make, bytes, str | None]] = {
    "CONNECT, tailscaled's bare head": (ConnectHandshake, b"HTTP/1.1 200 OK\r\n\r\n", None),
    "CONNECT, no reason": (ConnectHandshake, b"HTTP/1.1 200\r\n\r\n", None),
    "CONNECT, another proxy": (
        ConnectHandshake,
        b"HTTP/1.1 200 Connected\r\nVia: 1.1 x\r\nContent-Length: 5\r\n\r\n",
        None,
    ),
    "CONNECT, HTTP/1.0": (ConnectHandshake, b"HTTP/1.0 200 Connection established\r\n\r\n", None),
    "CONNECT, informational first": (ConnectHandshake, b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", None),
    "LocalAPI": (LocalApiDialHandshake, SWITCHED, "1.102.3-ERR-BuildInfo"),
    "LocalAPI, header in lower case": (
        LocalApiDialHandshake,
        SWITCHED.lower().replace(b"http/", b"HTTP/"),
        "1.102.3-err-buildinfo",
    ),
    "LocalAPI, no version": (
        LocalApiDialHandshake,
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: ts-dial\r\n\r\n",
        None,
    ),
}
DECLINED: dict[str, tuple[Make, bytes, Decline, str]] = {
    "CONNECT, refused by the target": (
        ConnectHandshake,
        plain(b"500 Internal Server Error", b"connect tcp ...\n", CONNECT_ERROR),
        Decline.DIAL_FAILED,
        "connect tcp 172.16.20.88:1433: connection was refused",
    ),
    "CONNECT, error in the body only": (
        ConnectHandshake,
        plain(b"502 Bad Gateway", b"\r\nno route to host\r\nx"),
        Decline.DIAL_FAILED,
        "no route to host",
    ),
    "CONNECT, unknown name": (
        ConnectHandshake,
        plain(
            b"500 Internal Server Error",
            b"x",
            b"Tailscale-Connect-Error: lookup db.invalid on 10.0.0.1:53: no such host\r\n",
        ),
        Decline.NAME_UNKNOWN,
        "lookup db.invalid on 10.0.0.1:53: no such host",
    ),
    "CONNECT, error without a text": (
        ConnectHandshake,
        plain(b"500 Internal Server Error", b""),
        Decline.DIAL_FAILED,
        "500 Internal Server Error",
    ),
    "CONNECT, login": (
        ConnectHandshake,
        plain(b"407 Proxy Authentication Required", b""),
        Decline.REFUSED,
        "the HTTP proxy wants a login; tailscaled's own never does",
    ),
    "CONNECT, not a proxy": (
        ConnectHandshake,
        plain(b"405 Method Not Allowed", b"no CONNECT here"),
        Decline.REFUSED,
        "405 Method Not Allowed: no CONNECT here",
    ),
    "CONNECT, 101": (
        ConnectHandshake,
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        Decline.MALFORMED,
        "expected an HTTP answer",
    ),
    "LocalAPI, no route": (
        LocalApiDialHandshake,
        plain(b"200 OK", b"", b"Dial-Addr: 172.16.20.88:1433\r\nDial-Self: true\r\n" + SAFE),
        Decline.NOT_A_ROUTE,
        "no Tailscale route leads to 172.16.20.88:1433",
    ),
    "LocalAPI, dial failure": (
        LocalApiDialHandshake,
        plain(b"502 Bad Gateway", b"dial failure: connect tcp 172.16.20.88:1433: connection was refused\n", SAFE),
        Decline.DIAL_FAILED,
        "connect tcp 172.16.20.88:1433: connection was refused",
    ),
    "LocalAPI, dial failure in chunks": (
        LocalApiDialHandshake,
        chunked(b"502 Bad Gateway", b"dial fail", b"ure: x\n"),
        Decline.DIAL_FAILED,
        "x",
    ),
    "LocalAPI, unknown name": (
        LocalApiDialHandshake,
        plain(b"502 Bad Gateway", b"resolve failure: lookup db.invalid: no such host\n", SAFE),
        Decline.NAME_UNKNOWN,
        "lookup db.invalid: no such host",
    ),
    "LocalAPI, another 502": (
        LocalApiDialHandshake,
        plain(b"502 Bad Gateway", b"what"),
        Decline.REFUSED,
        "502 Bad Gateway: what",
    ),
    "LocalAPI, wrong host": (
        LocalApiDialHandshake,
        plain(b"403 Forbidden", b"invalid localapi request\n"),
        Decline.REFUSED,
        "403 Forbidden: invalid localapi request",
    ),
    "LocalAPI, too old": (
        LocalApiDialHandshake,
        plain(b"404 Not Found", b"404 page not found\n"),
        Decline.REFUSED,
        "404 Not Found: 404 page not found",
    ),
    "LocalAPI, wrong method": (
        LocalApiDialHandshake,
        plain(b"405 Method Not Allowed", b""),
        Decline.REFUSED,
        "405 Method Not Allowed",
    ),
    "LocalAPI, dial failure of its own": (
        LocalApiDialHandshake,
        plain(b"502 Bad Gateway", b"dial failure: x", b"Dial-Self: true\r\n"),
        Decline.DIAL_FAILED,
        "x",
    ),
    "LocalAPI, 200 that says nothing": (
        LocalApiDialHandshake,
        plain(b"200 OK", b"hello", SAFE),
        Decline.REFUSED,
        "200 OK: hello",
    ),
}
GARBAGE = {
    "SSH": (b"SSH-2.0-OpenSSH_9.2\r\n", "(looks like an SSH server)"),
    "SOCKS5": (b"\x05\xff", "05 ff (looks like a SOCKS5 server)"),
    "lower case": (b"http/1.1 200 OK\r\n\r\n", "expected an HTTP answer"),
    "HTTP/2": (b"HTTP/2 200 OK\r\n\r\n", "expected an HTTP answer"),
    "no status": (b"HTTP/1.1 \r\n\r\n", "expected an HTTP answer"),
    "bad header": (b"HTTP/1.1 500 No\r\nno colon\r\n\r\n", "expected an HTTP answer"),
    "two lengths": (b"HTTP/1.1 500 No\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "expected an HTTP answer"),
    "success of no length": (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "expected an HTTP answer"),
    "switched, of no length": (b"HTTP/1.1 101 Switching\r\ncontent-length: many\r\n\r\n", "expected an HTTP answer"),
    "bad chunk": (b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "expected an HTTP answer"),
}
MAKES = [ConnectHandshake, LocalApiDialHandshake]


def converse(make: Make, parts: list[bytes]) -> Verdict | None:
    handshake = make(TARGET)
    handshake.request()
    for part in parts:
        if (verdict := handshake.receive(part)) is not None:
            return verdict
    return None


def dribbled(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def test_connect_request() -> None:
    assert ConnectHandshake(TARGET_IPV6).request() == (
        b"CONNECT [fd7a:115c:a1e0:b1a:0:1:ac10:1458]:1433 HTTP/1.1\r\n"
        b"Host: [fd7a:115c:a1e0:b1a:0:1:ac10:1458]:1433\r\n\r\n"
    )


def test_localapi_request() -> None:
    assert LocalApiDialHandshake(TARGET_IPV6).request() == (
        b"POST /localapi/v0/dial HTTP/1.1\r\nHost: local-tailscaled.sock\r\n"
        b"Dial-Host: fd7a:115c:a1e0:b1a:0:1:ac10:1458\r\nDial-Port: 1433\r\nDial-Network: tcp\r\n"
        b"Connection: upgrade\r\nUpgrade: ts-dial\r\n\r\n"
    )


@pytest.mark.parametrize("make", MAKES)
def test_an_independent_server_reads_the_request(make: Make) -> None:
    server = h11.Connection(h11.SERVER)
    server.receive_data(make(TARGET).request())

    request = server.next_event()

    assert isinstance(request, h11.Request)
    assert isinstance(server.next_event(), h11.EndOfMessage)


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("name", ["", "a b", "a\r\nX: y", "bücher.example", "n" * 256, "a\x00"])
def test_a_name_that_would_break_the_request_is_refused(make: Make, name: str) -> None:
    with pytest.raises(ValueError, match="expected a host name"):
        make(HostPort(name, 1))


@pytest.mark.parametrize("kind", GRANTED)
@pytest.mark.parametrize("early", [b"", b"\x4a", b"HTTP/1.1 500 No\r\n\r\n" * 2000])
def test_success_from_every_cut_hands_back_what_follows(kind: str, early: bytes) -> None:
    make, reply, version = GRANTED[kind]
    expected = Established(early=early, version=version)

    assert converse(make, [reply + early]) == expected
    for cut in range(1, len(reply)):
        assert converse(make, [reply[:cut], reply[cut:] + early]) == expected
    assert converse(make, [*dribbled(reply[:-1]), reply[-1:] + early]) == expected


@pytest.mark.parametrize("kind", GRANTED)
def test_one_byte_short_is_no_success(kind: str) -> None:
    make, reply, _ = GRANTED[kind]
    for end in range(1, len(reply)):
        assert converse(make, [reply[:end]]) is None


@pytest.mark.parametrize("kind", DECLINED)
def test_failure_from_every_cut(kind: str) -> None:
    make, reply, reason, detail = DECLINED[kind]
    ways = [[reply[:cut], reply[cut:]] for cut in range(1, len(reply))]

    for parts in [[reply], dribbled(reply), *ways]:
        verdict = converse(make, parts)
        assert isinstance(verdict, Declined)
        assert verdict.reason is reason
        assert verdict.detail.startswith(detail)


@pytest.mark.parametrize("kind", ["CONNECT, refused by the target", "LocalAPI, no route"])
def test_what_the_head_explains_needs_no_body(kind: str) -> None:
    make, reply, reason, _ = DECLINED[kind]

    verdict = converse(make, [reply.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"])

    assert isinstance(verdict, Declined)
    assert verdict.reason is reason


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_is_malformed_from_every_cut(make: Make, kind: str) -> None:
    data, text = GARBAGE[kind]

    whole = converse(make, [data])

    assert isinstance(whole, Declined)
    assert whole.reason is Decline.MALFORMED
    assert text in whole.detail
    for parts in [dribbled(data), *([data[:cut], data[cut:]] for cut in range(1, len(data)))]:
        verdict = converse(make, parts)
        assert isinstance(verdict, Declined)
        assert verdict.reason is Decline.MALFORMED


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize(
    ("start", "more", "bound"),
    [
        (b"HTTP/1.1 500 No\r\n", b"X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n", MAX_HEAD),
        (b"HTTP/1.1 500 No\r\nX: ", b"y" * 50, MAX_HEAD),
        (b"HTTP/1.1 ", b"500" * 20, MAX_HEAD),
        (b"", b"HTTP/1.1 102 Processing\r\n\r\n", MAX_HEAD + MAX_BODY),
        (b"HTTP/1.1 500 No\r\n\r\n", b"y" * 50, MAX_BODY),
        (b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\ny\r\n", MAX_HEAD + MAX_BODY),
        (b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"ext" * 20, MAX_HEAD),
    ],
)
def test_what_never_ends_is_malformed_within_the_bound(make: Make, start: bytes, more: bytes, bound: int) -> None:
    handshake = make(TARGET)
    handshake.request()
    sent, verdict = len(start), handshake.receive(start) if start else None
    while verdict is None and sent < 10 * (MAX_HEAD + MAX_BODY):
        verdict = handshake.receive(more)
        sent += len(more)

    assert isinstance(verdict, Declined)
    assert verdict.reason is Decline.MALFORMED
    assert sent <= bound + 2 * len(more) + len(start)


@pytest.mark.parametrize("make", MAKES)
def test_a_body_beyond_the_bound_is_malformed_at_once(make: Make) -> None:
    fits = converse(make, [plain(b"500 No", b"y" * MAX_BODY)])
    too_long = converse(make, [plain(b"500 No", b"y" * (MAX_BODY + 1))])

    assert isinstance(fits, Declined)
    assert fits.reason is not Decline.MALFORMED
    assert too_long == Declined(
        reason=Decline.MALFORMED, detail=f"the body of the answer is longer than {MAX_BODY} bytes"
    )


@pytest.mark.parametrize("body", [b"dial failure: i/o timeout\n", b"dial failure: i/o timeout"])
def test_the_end_of_the_connection_ends_a_body_of_unknown_length(body: bytes) -> None:
    handshake = LocalApiDialHandshake(TARGET)
    handshake.request()
    assert handshake.receive(b"HTTP/1.1 502 Bad Gateway\r\n\r\n" + body) is None

    assert handshake.receive_eof() == Declined(reason=Decline.DIAL_FAILED, detail="i/o timeout")


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize(
    ("before", "stage"),
    [
        (b"", "without a byte"),
        (b"HTT", "within the head of its answer"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgra"[:12], "within the head of its answer"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "within the head of its answer"),
        (
            b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 80\r\n\r\ndial fail",
            "within the body of its answer 502 Bad Gateway",
        ),
        (
            b"HTTP/1.1 502 Bad Gateway\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ndi",
            "within the body of its answer 502 Bad Gateway",
        ),
    ],
)
def test_an_early_end_names_its_stage(make: Make, before: bytes, stage: str) -> None:
    handshake = make(TARGET)
    handshake.request()
    if before:
        assert handshake.receive(before) is None

    declined = handshake.receive_eof()

    assert declined.reason is Decline.CLOSED
    assert declined.detail == f"the HTTP server closed {stage}"


def test_a_foreign_text_becomes_one_short_line() -> None:
    verdict = converse(
        LocalApiDialHandshake, [plain(b"502 Bad", b"dial failure: \x1b[31ma\tb" + b"c" * 4000 + b"\nsecond")]
    )

    assert isinstance(verdict, Declined)
    assert verdict.detail.startswith("[31ma bccc")
    assert len(verdict.detail) <= 300
    assert verdict.detail.isprintable()
