"""An FTP server greets with 220 (RFC 959 section 5.4), is asked what it can (FEAT, RFC 2389), and is told QUIT."""

import re

from farshore.wire.excerpt import one_line, unexpected
from farshore.wire.openings.lines import Lines
from farshore.wire.openings.opening import Foreign, Greeted, Heard, LastWords, Say, TurnedDown

FEAT, QUIT = b"FEAT\r\n", b"QUIT\r\n"
_REPLY = re.compile(rb"[1-5][0-9]{2}[ -]")
_CODE_BYTES = 3
_SOON, _READY, _FEATURES = b"120", b"220", b"211"
_MAX_FEATURES = 32
_MAIL = re.compile(rb"\bE?SMTP\b")


class FtpOpening:
    """Hears the greeting, then the features."""

    __slots__ = ("_code", "_greeting", "_lines", "_texts")

    def __init__(self) -> None:
        self._lines = Lines()
        self._greeting: list[bytes] | None = None
        self._code = b""
        self._texts: list[bytes] = []

    def begin(self) -> bytes:
        """Nothing: the server speaks first."""
        return b""

    def receive(self, data: bytes) -> Heard:
        """Take what arrived, cut anywhere."""
        say = b""
        for line in self._lines.receive(data):
            heard = self._line(line)
            if not isinstance(heard, Say):
                return heard
            say += heard.data
        if self._lines.is_too_long:
            return Foreign(says=f"{self._lines.count} bytes, and no end of a reply")
        if not self._code and self._greeting is None and not _may_begin(self._lines.begun):
            return Foreign(says=unexpected(self._lines.begun))
        return Say(data=say)

    def _line(self, line: bytes) -> Heard:
        """One line of a reply; a reply ends with its code and a space (RFC 959 section 4.2)."""
        if not self._code:
            if not _REPLY.match(line + b" "):
                return Foreign(says=unexpected(line))
            self._code = line[:_CODE_BYTES]
        text = line.removeprefix(self._code)
        self._texts.append(text[1:] if text[:1] in {b" ", b"-"} else text)
        if line[: _CODE_BYTES + 1] not in {self._code, self._code + b" "}:
            return Say()
        code, texts = self._code, self._texts
        self._code, self._texts = b"", []
        return self._reply(code, texts)

    def _reply(self, code: bytes, texts: list[bytes]) -> Heard:
        if self._greeting is not None:
            return _told(self._greeting, texts[1:-1] if code == _FEATURES else None)
        if code == _SOON:
            return Say()
        if code != _READY:
            return TurnedDown(server="FTP", says=one_line(code + b" " + b" ".join(texts)))
        self._greeting = texts
        return Say(data=FEAT)


def _may_begin(line: bytes) -> bool:
    """Whether it may become a line of a reply."""
    begun = line.removesuffix(b"\r")
    return _REPLY.match((begun + b"220 "[len(begun) :])[:4]) is not None


def _told(greeting: list[bytes], features: list[bytes] | None) -> Heard:
    text = one_line(b" ".join(greeting)) or "FTP"
    if features is None:
        if any(map(_MAIL.search, greeting)):
            return Foreign(says=f"a mail server: {text}")
        return Greeted(server=text, goodbye=LastWords(data=QUIT))
    listed = ", ".join(filter(None, (one_line(feature) for feature in features[:_MAX_FEATURES])))
    return Greeted(server=f"{text}; {listed}" if listed else text, goodbye=LastWords(data=QUIT))
