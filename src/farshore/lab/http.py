"""As much HTTP/1.1 as tailscaled's doors need: read a request, write a response (RFC 9112)."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from farshore.core.clock import Clock
from farshore.lab.stream import Stream

TEXT = "text/plain; charset=utf-8"
MAX_BODY_BYTES = 1 << 20


class BadRequestError(ValueError):
    """What came is not an HTTP request; the text is Go's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. Header names are lower case; `body` is complete."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    def value(self, name: str) -> str:
        """A parameter of the query; empty if it is not there."""
        return parse_qs(urlsplit(self.target).query).get(name, [""])[0]


async def read_request(stream: Stream) -> Request:
    """The next request of a connection; EOFError if there is none.

    Raises:
        BadRequestError: this is not HTTP.
    """
    head = (await stream.read_until(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):  # noqa: PLR2004 - method, target, version
        msg = "400 Bad Request"
        raise BadRequestError(msg)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if "host" not in headers:
        msg = "400 Bad Request: missing required Host header"
        raise BadRequestError(msg)
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY_BYTES:
        msg = "400 Bad Request"
        raise BadRequestError(msg)
    return Request(method=parts[0], target=parts[1], headers=headers, body=await stream.read_exactly(int(length)))


def response(
    clock: Clock, status: HTTPStatus, body: bytes | None, *, content_type: str = "", headers: Mapping[str, str]
) -> bytes:
    """A whole response as Go's net/http writes it; body None means that something else follows."""
    lines = dict(headers)
    if content_type:
        lines["Content-Type"] = content_type
    text = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
    text += "".join(f"{name}: {lines[name]}\r\n" for name in sorted(lines))
    text += f"Date: {formatdate(clock.wall_s(), usegmt=True)}\r\n"
    if body is not None:
        text += f"Content-Length: {len(body)}\r\n"
    return text.encode("latin-1") + b"\r\n" + (body or b"")


def refusal_of_what_is_not_http(error: BadRequestError) -> bytes:
    """What Go's server says before it hangs up."""
    return f"HTTP/1.1 {error}\r\nContent-Type: {TEXT}\r\nConnection: close\r\n\r\n{error}".encode("latin-1")
