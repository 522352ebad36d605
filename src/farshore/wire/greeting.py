"""How a target is brought to say its first word, with nothing that counts there, and who it is that speaks.

FTP, SSH and MySQL servers greet by themselves. Postgres is asked for GSSAPI encryption (protocol 3.0, "GSSENCRequest"):
since 12 it answers with one byte and logs nothing when the connection then ends (executed on 15), where an SSLRequest
leaves a line in its log. SQL Server is sent a PRELOGIN (MS-TDS 2.2.6.5) that asks for nothing, an HTTP server a HEAD.
"""

import re

from farshore.wire.openings.http import HEAD
from farshore.wire.openings.postgres import GSS_ENC_REQUEST
from farshore.wire.openings.tds import PRELOGIN

_REQUESTS = {"postgres": GSS_ENC_REQUEST, "sqlserver": PRELOGIN, "http": HEAD}
_SPOKEN = {
    "postgres": "postgres", "sqlserver": "tds", "mysql": "mysql", "oracle": "tns", "ftp": "ftp", "sftp": "ssh",
    "http": "http"
}  # fmt: skip
_SPEAKERS = (
    (re.compile(rb"SSH-"), "ssh"),
    (re.compile(rb"220[ -]"), "ftp"),
    (re.compile(rb"HTTP/"), "http"),
    (re.compile(rb"...\x00[\x09\x0a\xff]", re.DOTALL), "mysql"),
    (re.compile(rb"[\x04\x12]\x01..\x00\x00", re.DOTALL), "tds"),
    (re.compile(rb"..\x00\x00[\x02\x04\x05\x0b]\x00", re.DOTALL), "tns"),
    (re.compile(rb"[NG]\Z|E\x00\x00..S", re.DOTALL), "postgres"),
)


def request_of(protocol: str) -> bytes:
    """What to say first to a target that speaks this; empty where it speaks by itself."""
    return _REQUESTS.get(protocol, b"")


def spoken_by(protocol: str) -> str:
    """The protocol of a greeting that a route's `protocol` leads one to expect; empty where it promises none.

    Oracle says nothing until it has been sent a whole connect packet.
    """
    return _SPOKEN.get(protocol, "")


def speaker_of(data: bytes) -> str:
    """The protocol that begins with these bytes: tds, postgres, mysql, tns, ftp, ssh, http; else `unknown`.

    Empty for no bytes. `220` is said by mail servers, too.
    """
    if not data:
        return ""
    return next((name for first, name in _SPEAKERS if first.match(data)), "unknown")
