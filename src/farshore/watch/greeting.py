"""How a target is brought to say its first word, with nothing that counts there.

FTP, SSH and MySQL servers greet by themselves. Postgres is asked for GSSAPI encryption (protocol 3.0, "GSSENCRequest"):
since 12 it answers with one byte and logs nothing when the connection then ends (executed on 15), where an SSLRequest
leaves a line in its log. SQL Server is sent a PRELOGIN (MS-TDS 2.2.6.5) that asks for nothing.
"""

import struct

from farshore.config.model import Protocol

_GSS_ENC_REQUEST = struct.pack(">II", 8, 80877104)
_PRELOGIN_OPTIONS = struct.pack(">BHHBHHB", 0x00, 11, 6, 0x01, 17, 1, 0xFF) + bytes(6) + b"\x02"
_PRELOGIN = struct.pack(">BBHHBB", 0x12, 0x01, 8 + len(_PRELOGIN_OPTIONS), 0, 1, 0) + _PRELOGIN_OPTIONS

_REQUESTS = {Protocol.POSTGRES: _GSS_ENC_REQUEST, Protocol.SQLSERVER: _PRELOGIN}


def request_of(protocol: str) -> bytes:
    """What to say first to a target that speaks this; empty where it speaks by itself."""
    return _REQUESTS.get(Protocol(protocol), b"")
