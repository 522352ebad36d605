"""Foreign bytes made fit for one line of a log: nothing unprintable, nothing endless, never a client's payload."""

import re

MAX_TEXT = 300
MAX_HEX_BYTES = 16

# First bytes of servers that are often found on a port where an egress was expected.
_SPEAKERS = (
    (re.compile(rb"\x05"), "a SOCKS5 server"),
    (re.compile(rb"\x00[\x5a-\x5d]"), "a SOCKS4 server"),
    (re.compile(rb"HTTP/"), "an HTTP server"),
    (re.compile(rb"[\x14-\x17]\x03[\x00-\x04]"), "a TLS server"),
    (re.compile(rb"...\x00[\x09\x0a\xff]", re.DOTALL), "a MySQL server"),
    (re.compile(rb"[\x04\x12]\x01..\x00\x00", re.DOTALL), "a SQL Server"),
    (re.compile(rb"E\x00\x00..S", re.DOTALL), "a PostgreSQL server"),
    (re.compile(rb"SSH-"), "an SSH server"),
    (re.compile(rb"220[ -]"), "an FTP or mail server"),
)


def one_line(text: bytes) -> str:
    """The first line that says something, without control characters, at most `MAX_TEXT` characters."""
    for line in text[: 16 * MAX_TEXT].decode("utf-8", "replace").splitlines():
        words = " ".join("".join(c if c.isprintable() else " " for c in line).split())
        if words:
            return words if len(words) <= MAX_TEXT else words[: MAX_TEXT - 1] + "…"
    return ""


def unexpected(data: bytes) -> str:
    """The first bytes in hexadecimal, and who usually begins like that."""
    shown = data[:MAX_HEX_BYTES].hex(" ") + (" …" if len(data) > MAX_HEX_BYTES else "")
    speaker = next((name for first, name in _SPEAKERS if first.match(data)), None)
    return f"{shown} (looks like {speaker})" if speaker else shown
