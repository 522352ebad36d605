"""Two handshakes that are HTTP/1.1: CONNECT to tailscaled's proxy, and its LocalAPI's dial.

h11 reads whatever is unusual. The usual success comes as one piece and is recognised by one regular expression:
h11 costs four times what everything else about a new connection costs, and the tests hold both readers together.
Sources: RFC 9110 sections 7.8 and 9.3.6; tailscale cmd/tailscaled/proxy.go and ipn/localapi/localapi.go `serveDial`
at v1.102.3.
"""

import re
from abc import ABC, abstractmethod

import h11

from farshore.core.address import HostPort
from farshore.wire.excerpt import MAX_HEX_BYTES, MAX_TEXT, one_line, unexpected
from farshore.wire.handshake import Decline, Declined, Established

MAX_HEAD = 16 * 1024
MAX_BODY = 4 * 1024

LOCALAPI_HOST = "local-tailscaled.sock"

_HTTP = b"HTTP/1."
_WHOLE_HEAD = re.compile(
    rb"HTTP/1\.1 (\d{3})(?: [\t -~]*)?\r\n"
    rb"((?:(?!(?i:Content-Length|Transfer-Encoding):)[!#-'*+.0-9A-Z^-z|~-]+:[\t -~]*\r\n)*)\r\n"
)
_VERSION = re.compile(rb"^Tailscale-Version:[\t ]*([!-~]*)", re.IGNORECASE | re.MULTILINE)
_NAME = re.compile(r"[!-~]{1,255}")

_SWITCHING_PROTOCOLS = 101
_OK = 200
_MULTIPLE_CHOICES = 300
_LOGIN_WANTED = 407
_SERVER_ERROR = 500


class _HttpHandshake(ABC):
    """One HTTP request whose success turns the connection into a raw stream.

    Holds at most `MAX_HEAD` + `MAX_BODY` bytes beyond the last read.
    """

    __slots__ = ("_body", "_first", "_headers", "_method", "_reader", "_response", "_taken", "_target")

    def __init__(self, method: str, target: str, headers: tuple[tuple[str, str], ...]) -> None:
        self._method = method
        self._target = target
        self._headers = headers
        self._reader: h11.Connection | None = None
        self._response: h11.Response | None = None
        self._body = b""
        self._first = b""
        self._taken = 0

    @abstractmethod
    def _is_success(self, status: int) -> bool:
        """Whether the stream belongs to the target from here on."""

    @abstractmethod
    def _judge_head(self, response: h11.Response) -> Declined | None:
        """A failure that its head explains; None means that the body is needed."""

    @abstractmethod
    def _judge_body(self, response: h11.Response, text: str) -> Declined:
        """A failure whose body was read; `text` is its first line."""

    def request(self) -> bytes:
        """The request, without a body."""
        lines = "".join([f"{name}: {value}\r\n" for name, value in self._headers])
        return f"{self._method} {self._target} HTTP/1.1\r\n{lines}\r\n".encode("ascii")

    def receive(self, data: bytes) -> Established | Declined | None:
        """Take what arrived, cut anywhere."""
        if self._reader is None:
            whole = _WHOLE_HEAD.match(data, 0, MAX_HEAD)
            if whole is not None and self._is_success(int(whole[1])):
                return Established(early=data[whole.end() :], version=_version(whole[2]))
            self._reader = self._start()
        if len(self._first) < len(_HTTP):
            self._first += data[: MAX_HEX_BYTES + 1]
            if not _HTTP.startswith(self._first[: len(_HTTP)]):
                return _malformed(f"expected an HTTP answer, found {unexpected(self._first)}")
        self._taken += len(data)
        self._reader.receive_data(data)
        try:
            return self._advance(self._reader)
        except h11.RemoteProtocolError as error:
            return _malformed(f"expected an HTTP answer: {error}")

    def receive_eof(self) -> Declined:
        """The server closed; that ends a body of unknown length, and anything else too early."""
        stage = "without a byte"
        if self._reader is not None:
            stage = "within the head of its answer"
            self._reader.receive_data(b"")
            try:
                verdict = self._advance(self._reader)
            except h11.RemoteProtocolError:
                verdict = None
            if isinstance(verdict, Declined):
                return verdict
        if self._response is not None:
            stage = f"within the body of its answer {_status_line(self._response)}"
        return Declined(reason=Decline.CLOSED, detail=f"the HTTP server closed {stage}")

    def _start(self) -> h11.Connection:
        reader = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        reader.send(h11.Request(method=self._method, target=self._target, headers=list(self._headers)))
        reader.send(h11.EndOfMessage())
        return reader

    def _advance(self, reader: h11.Connection) -> Established | Declined | None:
        while True:
            event = reader.next_event()
            match event:
                case h11.InformationalResponse(status_code=status) | h11.Response(status_code=status) if (
                    self._is_success(status)
                ):
                    return Established(early=reader.trailing_data[0], version=_header(event, b"tailscale-version"))
                case h11.Response():
                    self._response = event
                    if (declined := self._judge_head(event)) is not None:
                        return declined
                case h11.Data(data=data):
                    self._body += data
                    if len(self._body) > MAX_BODY:
                        return _malformed(f"the body of the answer is longer than {MAX_BODY} bytes")
                case h11.InformationalResponse():
                    pass
                case h11.EndOfMessage() if self._response is not None:
                    return self._judge_body(self._response, one_line(self._body))
                case _:
                    break
        if self._taken > MAX_HEAD + MAX_BODY:
            return _malformed(f"no end of the answer after {self._taken} bytes")
        return None


class ConnectHandshake(_HttpHandshake):
    """HTTP CONNECT, as tailscaled's outbound proxy and every other takes it.

    Success carries no bound address: it can't prove that the connection went through the tailnet.

    Raises:
        ValueError: the target is a name that can't stand in an HTTP header.
    """

    __slots__ = ()

    def __init__(self, target: HostPort) -> None:
        _check_name(target)
        super().__init__("CONNECT", str(target), (("Host", str(target)),))

    def _is_success(self, status: int) -> bool:
        return _OK <= status < _MULTIPLE_CHOICES

    def _judge_head(self, response: h11.Response) -> Declined | None:
        error = _header(response, b"tailscale-connect-error")
        if error is None:
            return None
        unknown = error.startswith("lookup ")  # how Go's resolver begins every error
        return Declined(reason=Decline.NAME_UNKNOWN if unknown else Decline.DIAL_FAILED, detail=error)

    def _judge_body(self, response: h11.Response, text: str) -> Declined:
        if response.status_code >= _SERVER_ERROR:
            return Declined(reason=Decline.DIAL_FAILED, detail=text or _status_line(response))
        if response.status_code == _LOGIN_WANTED:
            return Declined(reason=Decline.REFUSED, detail="the HTTP proxy wants a login; tailscaled's own never does")
        return _refused(response, text)


class LocalApiDialHandshake(_HttpHandshake):
    """`POST /localapi/v0/dial` on tailscaled's unix socket: gives the real error text.

    Since 1.98 it refuses a target without a route (NOT_A_ROUTE) instead of dialling it through this host's own network,
    except inside Tailscale's own ranges; before, it leaks.

    Raises:
        ValueError: the target is a name that can't stand in an HTTP header.
    """

    __slots__ = ()

    def __init__(self, target: HostPort) -> None:
        _check_name(target)
        headers = (
            ("Host", LOCALAPI_HOST),
            ("Dial-Host", str(target.host)),
            ("Dial-Port", str(target.port)),
            ("Dial-Network", "tcp"),
            ("Connection", "upgrade"),
            ("Upgrade", "ts-dial"),
        )
        super().__init__("POST", "/localapi/v0/dial", headers)

    def _is_success(self, status: int) -> bool:
        return status == _SWITCHING_PROTOCOLS

    def _judge_head(self, response: h11.Response) -> Declined | None:
        if response.status_code != _OK or _header(response, b"dial-self") != "true":
            return None
        address = _header(response, b"dial-addr") or "the target"
        return Declined(reason=Decline.NOT_A_ROUTE, detail=f"no Tailscale route leads to {address}")

    def _judge_body(self, response: h11.Response, text: str) -> Declined:
        for prefix, reason in (("dial failure: ", Decline.DIAL_FAILED), ("resolve failure: ", Decline.NAME_UNKNOWN)):
            if response.status_code >= _SERVER_ERROR and text.startswith(prefix):
                return Declined(reason=reason, detail=text.removeprefix(prefix))
        return _refused(response, text)


def _check_name(target: HostPort) -> None:
    if isinstance(target.host, str) and not _NAME.fullmatch(target.host):
        msg = f"expected a host name of 1 to 255 printable ASCII characters, found {target.host!r}"
        raise ValueError(msg)


def _version(headers: bytes) -> str | None:
    found = _VERSION.search(headers)
    return None if found is None else found[1][:MAX_TEXT].decode("ascii")


def _header(event: h11.Response | h11.InformationalResponse, name: bytes) -> str | None:
    return next((one_line(value) for found, value in event.headers if found == name), None)


def _status_line(response: h11.Response) -> str:
    return one_line(b"%d %s" % (response.status_code, response.reason))


def _refused(response: h11.Response, text: str) -> Declined:
    status = _status_line(response)
    return Declined(reason=Decline.REFUSED, detail=f"{status}: {text}" if text else status)


def _malformed(detail: str) -> Declined:
    return Declined(reason=Decline.MALFORMED, detail=detail)
