"""Whatever an egress sends: no exception, bounded memory, one verdict however the bytes are cut."""

from collections.abc import Callable
from io import BytesIO
from ipaddress import IPv4Address, IPv6Address
from itertools import pairwise
from string import ascii_letters, digits

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_socks._abc import SyncResolver, SyncSocketStream
from python_socks._connectors.http_sync import HttpSyncConnector
from python_socks._connectors.socks5_sync import Socks5SyncConnector
from python_socks._protocols.errors import ReplyError

from farshore.core.address import HostPort, parse_host
from farshore.wire.connect import MAX_BODY, MAX_HEAD, ConnectHandshake, LocalApiDialHandshake
from farshore.wire.handshake import Decline, Declined, Established, Handshake
from farshore.wire.socks5 import Socks5Handshake

TARGET = HostPort(IPv4Address("172.16.20.88"), 1433)
LONGEST_SOCKS5_REPLY = 2 + 4 + 1 + 255 + 2
MAKES: list[Callable[[HostPort], Handshake]] = [Socks5Handshake, ConnectHandshake, LocalApiDialHandshake]

Verdict = Established | Declined


def held_bytes(handshake: Handshake) -> int:
    match handshake:
        case Socks5Handshake():
            return len(handshake._held)
        case ConnectHandshake() | LocalApiDialHandshake():
            buffered = handshake._reader.trailing_data[0] if handshake._reader else b""
            return len(handshake._body) + len(handshake._first) + len(buffered)
        case _:
            raise TypeError(handshake)


def converse(handshake: Handshake, parts: list[bytes]) -> tuple[Verdict | None, bytes]:
    """The verdict, and everything that belongs to the target, read or not."""
    handshake.request()
    for at, part in enumerate(parts):
        verdict = handshake.receive(part)
        if isinstance(verdict, Established):
            return verdict, verdict.early + b"".join(parts[at + 1 :])
        if verdict is not None:
            return verdict, b""
    return None, b""


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(edges)]


header = st.one_of(
    st.sampled_from(
        [
            b"Tailscale-Connect-Error: connect tcp x: connection was refused",
            b"Tailscale-Version: 1.102.3",
            b"tailscale-version:  1.98 \t",
            b"Dial-Self: true",
            b"Dial-Addr: 172.16.20.88:1433",
            b"Content-Length: 0",
            b"Content-Length: 7",
            b"content-length: many",
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding: gzip",
            b"Upgrade: ts-dial",
            b"Connection: close",
            b" folded",
            b"No-Colon",
            b"Space : 1",
            b": nameless",
            b"High: \xff",
            b"Null: \x00",
        ]
    ),
    st.binary(max_size=12),
)
status_line = st.one_of(
    st.sampled_from(
        [
            b"HTTP/1.1 101 Switching Protocols",
            b"HTTP/1.1 100 Continue",
            b"HTTP/1.1 200 OK",
            b"HTTP/1.1 200",
            b"HTTP/1.1 200 ",
            b"HTTP/1.0 200 Connection established",
            b"HTTP/1.1 204 No Content",
            b"HTTP/1.1 304 Not Modified",
            b"HTTP/1.1 407 Login",
            b"HTTP/1.1 500 No",
            b"HTTP/1.1 502 Bad Gateway",
            b"HTTP/1.1 2000 OK",
            b"HTTP/1.2 200 OK",
            b"HTTP/2 200 OK",
        ]
    ),
    st.binary(max_size=20),
)
http_head = st.builds(
    lambda status, headers, newline: newline.join([status, *headers, b"", b""]),
    status_line,
    st.lists(header, max_size=5),
    st.sampled_from([b"\r\n", b"\r\n", b"\n"]),
)
body = st.one_of(
    st.just(b""), st.sampled_from([b"dial failure: x\n", b"7\r\nfailure\r\n0\r\n\r\n"]), st.binary(max_size=40)
)
http_answer = st.builds(bytes.__add__, http_head, body)
socks_answer = st.builds(
    lambda *parts: b"".join(parts),
    st.sampled_from([b"\x05\x00", b"\x05\x00", b"\x05\x00", b"\x05\xff", b"\x05\x02", b"\x04\x00"]),
    st.sampled_from([b"\x05", b"\x05", b"\x05", b"\x01"]),
    st.one_of(st.just(b"\x00"), st.binary(min_size=1, max_size=1)),
    st.sampled_from([b"\x00", b"\x00", b"\x00", b"\x07"]),
    st.one_of(
        st.builds(bytes.__add__, st.just(b"\x01"), st.binary(min_size=4, max_size=4)),
        st.builds(bytes.__add__, st.just(b"\x04"), st.binary(min_size=16, max_size=16)),
        st.builds(
            lambda name: bytes((3, len(name))) + name.encode(),
            st.text(ascii_letters + digits + "-.", min_size=1, max_size=255),
        ),
        st.binary(min_size=1, max_size=8),
    ),
    st.binary(min_size=2, max_size=2),
    st.binary(max_size=40),
)
places = st.lists(st.integers(0, 2000), max_size=12)
anything = st.one_of(st.binary(max_size=400), http_answer, socks_answer)


@pytest.mark.parametrize("make", MAKES)
@given(
    parts=st.lists(st.one_of(st.binary(min_size=1, max_size=300), http_answer, socks_answer).filter(bool), max_size=40)
)
def test_any_bytes_end_or_ask_for_more_within_the_bound(
    make: Callable[[HostPort], Handshake], parts: list[bytes]
) -> None:
    handshake = make(TARGET)
    handshake.request()
    bound = LONGEST_SOCKS5_REPLY if make is Socks5Handshake else MAX_HEAD + MAX_BODY
    for part in parts:
        verdict = handshake.receive(part)
        assert isinstance(verdict, Established | Declined | None)
        assert held_bytes(handshake) <= bound + len(part)
        if isinstance(verdict, Declined):
            assert verdict.detail.isprintable()
            assert len(verdict.detail) < 600
        if verdict is not None:
            return
    assert handshake.receive_eof().detail.isprintable()


@pytest.mark.parametrize("make", MAKES)
@given(data=anything, first=places, second=places)
def test_the_verdict_does_not_depend_on_the_cuts(
    make: Callable[[HostPort], Handshake], data: bytes, first: list[int], second: list[int]
) -> None:
    one, one_rest = converse(make(TARGET), cut(data, first))
    other, other_rest = converse(make(TARGET), cut(data, second))

    assert type(one) is type(other)
    assert one_rest == other_rest
    if isinstance(one, Established) and isinstance(other, Established):
        assert (one.bound, one.version) == (other.bound, other.version)
    if isinstance(one, Declined) and isinstance(other, Declined):
        assert one.reason is other.reason


class Script(SyncSocketStream):
    """A stream that has all its bytes already, and then ends."""

    def __init__(self, data: bytes) -> None:
        self.unread = BytesIO(data)

    def write(self, data: bytes) -> None:
        pass

    def read(self, max_bytes: int = 65536) -> bytes:
        return self.unread.read(max_bytes)

    def read_exactly(self, n: int) -> bytes:
        data = self.unread.read(n)
        if len(data) < n:
            raise EOFError
        return data


@given(data=socks_answer, end=st.integers(0, 400), first=places)
def test_python_socks_gives_the_same_socks5_verdict(data: bytes, end: int, first: list[int]) -> None:
    data = data[:end]
    script = Script(data)
    connector = Socks5SyncConnector(None, None, rdns=True, resolver=SyncResolver())

    handshake = Socks5Handshake(TARGET)
    verdict, rest = converse(handshake, cut(data, first))

    try:
        reply = connector.connect(script, "172.16.20.88", 1433)
    except ReplyError:
        assert isinstance(verdict, Declined)
    except EOFError:
        assert verdict is None or isinstance(verdict, Declined)
        if verdict is None:
            assert handshake.receive_eof().reason is Decline.CLOSED
    except UnicodeDecodeError:
        assert isinstance(verdict, Established)
    else:
        assert isinstance(verdict, Established)
        assert verdict.bound is not None
        assert verdict.bound.port == reply.bound_port
        assert rest == script.unread.read()
        if isinstance(verdict.bound.host, IPv4Address | IPv6Address):
            assert verdict.bound.host == parse_host(reply.bound_host)


@given(
    target=st.one_of(
        st.ip_addresses(),
        st.text(ascii_letters + digits + "-", min_size=1, max_size=40).map(lambda name: f"a{name}.example"),
    ),
    port=st.integers(1, 65535),
)
def test_python_socks_asks_in_the_same_words(target: IPv4Address | IPv6Address | str, port: int) -> None:
    sent: list[bytes] = []

    class Recorder(Script):
        def write(self, data: bytes) -> None:
            sent.append(data)

    script = Recorder(b"\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
    Socks5SyncConnector(None, None, rdns=True, resolver=SyncResolver()).connect(script, str(target), port)

    assert Socks5Handshake(HostPort(target, port)).request() == b"".join(sent)


@given(status=st.integers(200, 599), reason=st.text(ascii_letters + " ", max_size=20), rest=st.binary(max_size=20))
def test_python_socks_gives_the_same_connect_verdict(status: int, reason: str, rest: bytes) -> None:
    data = f"HTTP/1.1 {status} {reason}\r\nContent-Length: {len(rest)}\r\n\r\n".encode() + rest
    connector = HttpSyncConnector(None, None, resolver=SyncResolver())

    verdict, _ = converse(ConnectHandshake(TARGET), [data])

    try:
        connector.connect(Script(data), "172.16.20.88", 1433)
    except ReplyError:
        # RFC 9110 section 9.3.6: any 2xx; python-socks takes only 200.
        assert isinstance(verdict, Established if status < 300 else Declined)
    else:
        assert isinstance(verdict, Established)


@pytest.mark.parametrize("make", [ConnectHandshake, LocalApiDialHandshake])
@given(host=st.one_of(st.ip_addresses(), st.text(max_size=20)), port=st.integers(1, 65535))
def test_an_independent_server_reads_every_request(
    make: type[ConnectHandshake | LocalApiDialHandshake], host: IPv4Address | IPv6Address | str, port: int
) -> None:
    try:
        request = make(HostPort(host, port)).request()
    except ValueError:
        assert isinstance(host, str)
        return
    server = h11.Connection(h11.SERVER)
    server.receive_data(request)

    read = server.next_event()

    assert isinstance(read, h11.Request)
    assert (b"dial-port", str(port).encode()) in read.headers or read.target.endswith(f":{port}".encode())
    assert isinstance(server.next_event(), h11.EndOfMessage)
    assert server.trailing_data == (b"", False)
