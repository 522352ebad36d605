"""An HTTP server is asked for the head of `/` (RFC 9110 section 9.3.2), in HTTP/1.0, after which it hangs up."""

import re

from farshore.wire.excerpt import one_line, unexpected
from farshore.wire.openings.lines import Lines
from farshore.wire.openings.opening import Foreign, Greeted, Heard, Say, TurnedDown

HEAD = b"HEAD / HTTP/1.0\r\nUser-Agent: farshore-probe\r\n\r\n"
_BEGINS = b"HTTP/1."
_STATUS = re.compile(rb"(HTTP/1\.[01]) ([1-5][0-9]{2})(?: (.*))?")
_SERVER = re.compile(rb"(?i)server:[ \t]*(.*)")
_SERVER_ERROR = b"5"


class HttpOpening:
    """Asks, and hears the answer's head to its end."""

    __slots__ = ("_lines", "_server", "_status")

    def __init__(self) -> None:
        self._lines = Lines()
        self._status: re.Match[bytes] | None = None
        self._server = b""

    def begin(self) -> bytes:
        """The question."""
        return HEAD

    def receive(self, data: bytes) -> Heard:
        """Take what arrived, cut anywhere."""
        for line in self._lines.receive(data):
            heard = self._line(line)
            if heard is not None:
                return heard
        if self._lines.is_too_long:
            return Foreign(says=f"{self._lines.count} bytes, and no end of a head")
        if self._status is None and not _BEGINS.startswith(self._lines.begun[: len(_BEGINS)]):
            return Foreign(says=unexpected(self._lines.begun))
        return Say()

    def _line(self, line: bytes) -> Heard | None:
        if self._status is None:
            self._status = _STATUS.fullmatch(line)
            return None if self._status else Foreign(says=unexpected(line))
        if line:
            server = _SERVER.fullmatch(line)
            self._server = server[1] if server else self._server
            return None
        return _told(self._status, self._server)


def _told(status: re.Match[bytes], server: bytes) -> Heard:
    name = one_line(server)
    if status[2].startswith(_SERVER_ERROR):
        return TurnedDown(server=name or "HTTP", says=one_line(status[0]))
    return Greeted(server=f"{one_line(status[1])} {one_line(status[2])}" + (f", {name}" if name else ""))
