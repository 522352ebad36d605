"""SSH, and with it SFTP: a disconnect message right after the identification, before any key exchange.

RFC 4253: identification 4.2, binary packet without encryption 6, SSH_MSG_DISCONNECT 11.1. OpenSSH prints reason and
description; a client that has not read the identification yet finds both in one piece.
"""

import struct

from farshore.wire.refusal.turn import Monologue, Why, Words

_IDENTIFICATION = b"SSH-2.0-farshore\r\n"
_DISCONNECT = 1
# SSH_DISCONNECT_SERVICE_NOT_AVAILABLE, _TOO_MANY_CONNECTIONS, _HOST_NOT_ALLOWED_TO_CONNECT, _BY_APPLICATION.
_REASONS = {Why.NO_WAY: 7, Why.FULL: 12, Why.NOT_ALLOWED: 1, Why.ENDING: 11}
_BLOCK, _LEAST_PADDING = 8, 4


def refuser(words: Words) -> Monologue:
    """Says so in one packet."""
    text = words.text.encode()
    payload = struct.pack(">BII", _DISCONNECT, _REASONS[words.why], len(text)) + text + struct.pack(">I", 2) + b"en"
    padding = _LEAST_PADDING + -(5 + len(payload) + _LEAST_PADDING) % _BLOCK
    packet = struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)
    return Monologue(_IDENTIFICATION + packet)
