"""SQL Server: PRELOGIN is answered, and the login with an ERROR token (MS-TDS 2.2.6.5, 2.2.6.4, 2.2.7.10, 2.2.7.6)."""

import struct

from farshore.wire.refusal.turn import Turn, Why, Words

_HEADER = struct.Struct(">BBHHBB")
_PRELOGIN, _LOGIN7, _REPLY = 0x12, 0x10, 0x04
_END_OF_MESSAGE = 0x01
_MAX_MESSAGE_BYTES = 131072
_ENCRYPTION_NOT_SUPPORTED = 0x02
_VERSION = struct.pack(">BBHH", 16, 0, 0, 0)
_TDS_7_2 = 0x72000000
_TDS_VERSION_AT = 4
_ERROR, _DONE, _DONE_WITH_ERROR = 0xAA, 0xFD, 0x0002
# 40613 and 10928 are those that SqlClient, mssql-jdbc and their retry policies hold for transient.
_NUMBERS = {Why.NO_WAY: 40613, Why.FULL: 10928, Why.NOT_ALLOWED: 50001, Why.ENDING: 40613}
_SEVERITY, _STATE = 20, 1


class TdsRefuser:
    """Reads whole messages, however they are cut into packets, and answers PRELOGIN and LOGIN7."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._said = b""
        self._message = b""

    def receive(self, data: bytes) -> Turn:
        """Answer all that is whole."""
        self._said += data
        sent = b""
        while len(self._said) >= _HEADER.size:
            kind, status, size = _HEADER.unpack_from(self._said)[:3]
            if kind not in {_PRELOGIN, _LOGIN7} or size < _HEADER.size:
                return Turn(send=sent, is_over=True)
            if len(self._said) < size:
                break
            self._message += self._said[_HEADER.size : size]
            self._said = self._said[size:]
            if len(self._message) > _MAX_MESSAGE_BYTES:
                return Turn(send=sent, is_over=True)
            if status & _END_OF_MESSAGE:
                message, self._message = self._message, b""
                if kind == _LOGIN7:
                    return Turn(send=sent + _refusal(self._words, message), is_over=True)
                sent += _packet(_prelogin())
        return Turn(send=sent)


def _packet(body: bytes) -> bytes:
    return _HEADER.pack(_REPLY, _END_OF_MESSAGE, _HEADER.size + len(body), 0, 1, 0) + body


def _prelogin() -> bytes:
    """VERSION, ENCRYPTION, INSTOPT, MARS."""
    values = {0x00: _VERSION, 0x01: bytes([_ENCRYPTION_NOT_SUPPORTED]), 0x02: b"\0", 0x04: b"\0"}
    at = 5 * len(values) + 1
    head = b""
    for option, value in values.items():
        head += struct.pack(">BHH", option, at, len(value))
        at += len(value)
    return head + b"\xff" + b"".join(values.values())


def _refusal(words: Words, login: bytes) -> bytes:
    version = int.from_bytes(login[_TDS_VERSION_AT : _TDS_VERSION_AT + 4], "little")
    is_wide = version >= _TDS_7_2
    text = words.text
    token = struct.pack("<IBB", _NUMBERS[words.why], _STATE, _SEVERITY)
    token += struct.pack("<H", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")
    token += _short("farshore") + _short("") + (0).to_bytes(4 if is_wide else 2)
    done = struct.pack("<BHH", _DONE, _DONE_WITH_ERROR, 0) + bytes(8 if is_wide else 4)
    return _packet(struct.pack("<BH", _ERROR, len(token)) + token + done)


def _short(text: str) -> bytes:
    return bytes([len(text)]) + text.encode("utf-16-le")
