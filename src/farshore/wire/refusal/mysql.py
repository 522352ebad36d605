"""MySQL and MariaDB: an ERR packet instead of the greeting.

1158 (ER_NET_READ_ERROR) has SQLSTATE 08S01, "communication link failure": what pools take for passing. 1040 and 1053
are the server's own for too many connections and for shutting down, 1130 for a host that is not let in. Numbers from
2000 belong to clients: MariaDB's calls a packet that has one malformed.
"""

import struct

from farshore.wire.refusal.turn import Monologue, Why, Words

_ERRORS = {
    Why.NO_WAY: (1158, b"08S01"),
    Why.FULL: (1040, b"08004"),
    Why.NOT_ALLOWED: (1130, b"HY000"),
    Why.ENDING: (1053, b"08S01"),
}
_ERR = 0xFF
# MYSQL_ERRMSG_SIZE of both clients, with the zero that ends it.
_MAX_TEXT_BYTES = 511


def refuser(words: Words) -> Monologue:
    """Says so in an ERR packet (protocol::ERR_Packet)."""
    text = words.text.encode()[:_MAX_TEXT_BYTES].decode(errors="ignore").encode()
    number, state = _ERRORS[words.why]
    payload = struct.pack("<BH", _ERR, number) + b"#" + state + text
    return Monologue(len(payload).to_bytes(3, "little") + b"\0" + payload)
