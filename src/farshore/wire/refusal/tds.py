"""SQL Server: PRELOGIN is answered, and the login with an ERROR token (MS-TDS 2.2.6.5, 2.2.6.4, 2.2.7.10, 2.2.7.6).

A client says in its PRELOGIN whether it encrypts: all, the login alone, or nothing. It is given that where TLS is on
offer; else it is told that encryption is not supported. Of a login nothing is read but its version: a user and a
password follow.
"""

import struct
from enum import IntEnum

from farshore.wire.refusal.tds_packets import LOGIN7, PRELOGIN, REPLY, first_packet, packets
from farshore.wire.refusal.tls import Contexts, InsideTls, Offer, TlsServer, begins_tls, no_tls
from farshore.wire.refusal.turn import Refuser, Turn, Why, Words

_OPTION = struct.Struct(">BHH")
_OPTION_ENCRYPTION, _TERMINATOR = 0x01, 0xFF
_WITHOUT_FLAGS = 0x3F
_VERSION = struct.pack(">BBHH", 16, 0, 0, 0)
_TDS_7_0, _TDS_7_1 = 0x70, 0x71
_TDS_VERSION_AT = 4
_ERROR, _DONE, _DONE_WITH_ERROR = 0xAA, 0xFD, 0x0002
# 40613 and 10928 are those that SqlClient, mssql-jdbc and their retry policies hold for transient.
_NUMBERS = {Why.NO_WAY: 40613, Why.FULL: 10928, Why.NOT_ALLOWED: 50001, Why.ENDING: 40613}
_SEVERITY, _STATE = 20, 1


class _Encryption(IntEnum):
    """What both sides say of it (2.2.6.5); `OFF` encrypts the login alone."""

    OFF = 0x00
    ON = 0x01
    NOT_SUPPORTED = 0x02
    REQUIRED = 0x03


_GIVEN: dict[int | None, _Encryption] = {
    _Encryption.OFF: _Encryption.OFF,
    _Encryption.ON: _Encryption.ON,
    _Encryption.REQUIRED: _Encryption.ON,
}


class TdsRefuser:
    """Answers PRELOGIN and LOGIN7: in the clear, with TLS after PRELOGIN, or inside TLS from the first byte (TDS 8)."""

    def __init__(self, words: Words, offer: Offer = no_tls) -> None:
        self._words = words
        self._offer = offer
        self._said = b""
        self._inside: Refuser | None = None

    def receive(self, data: bytes) -> Turn:
        """Answer all that is whole."""
        if self._inside is not None:
            return self._inside.receive(data)
        self._said += data
        if begins_tls(self._said) and (tls := self._offer()) is not None:
            return self._go_on(b"", InsideTls(TlsServer(tls.tds_strict), TdsRefuser(self._words)))
        sent = b""
        while (packet := first_packet(self._said)) is not None:
            if packet.kind == LOGIN7 and packet.is_whole:
                return Turn(send=sent + _refusal(self._words, packet.body), is_over=True)
            if packet.kind not in {PRELOGIN, LOGIN7}:
                return Turn(send=sent, is_over=True)
            if not packet.is_whole:
                break
            self._said = self._said[packet.size :]
            given, tls = self._agree(packet.body)
            sent += packets(REPLY, _prelogin(given))
            if tls is not None:
                return self._go_on(sent, _TlsInPrelogin(TlsServer(tls.tds), TdsRefuser(self._words), given))
        return Turn(send=sent)

    def _agree(self, prelogin: bytes) -> tuple[_Encryption, Contexts | None]:
        given = _GIVEN.get(_encryption_of(prelogin), _Encryption.NOT_SUPPORTED)
        tls = None if given is _Encryption.NOT_SUPPORTED else self._offer()
        return (_Encryption.NOT_SUPPORTED if tls is None else given), tls

    def _go_on(self, sent: bytes, inside: Refuser) -> Turn:
        self._inside = inside
        said, self._said = self._said, b""
        turn = inside.receive(said)
        return Turn(send=sent + turn.send, is_over=turn.is_over)


class _TlsInPrelogin:
    """The handshake in packets of PRELOGIN, TLS without packets around it from then on (3.2.5.2, 3.3.5.2).

    Where the login alone is encrypted, its answer is not.
    """

    def __init__(self, tls: TlsServer, refuser: Refuser, given: _Encryption) -> None:
        self._tls = tls
        self._refuser = refuser
        self._given = given
        self._said = b""

    def receive(self, data: bytes) -> Turn:
        self._said += data
        sent = b""
        while not self._tls.is_up:
            packet = first_packet(self._said)
            if packet is not None and packet.kind != PRELOGIN:
                return Turn(send=sent, is_over=True)
            if packet is None or not packet.is_whole:
                return Turn(send=sent)
            self._said = self._said[packet.size :]
            heard = self._tls.receive(packet.body)
            sent += packets(PRELOGIN, heard.send)
            if heard.is_broken:
                return Turn(send=sent, is_over=True)
        said, self._said = self._said, b""
        heard = self._tls.receive(said)
        if heard.is_broken:
            return Turn(send=sent + heard.send, is_over=True)
        turn = self._refuser.receive(heard.plain)
        answer = turn.send if self._given is _Encryption.OFF else self._tls.send(turn.send)
        return Turn(send=sent + answer, is_over=turn.is_over)


def _encryption_of(prelogin: bytes) -> int | None:
    """What a client says of encryption; None where it says nothing, or nothing that stands inside its message."""
    at = 0
    while at + _OPTION.size <= len(prelogin) and prelogin[at] != _TERMINATOR:
        option, offset, _ = (int(each) for each in _OPTION.unpack_from(prelogin, at))
        if option == _OPTION_ENCRYPTION and offset < len(prelogin):
            return prelogin[offset] & _WITHOUT_FLAGS
        at += _OPTION.size
    return None


def _prelogin(given: _Encryption) -> bytes:
    """VERSION, ENCRYPTION, INSTOPT, MARS."""
    values = {0x00: _VERSION, _OPTION_ENCRYPTION: bytes([given]), 0x02: b"\0", 0x04: b"\0"}
    at = _OPTION.size * len(values) + 1
    head = b""
    for option, value in values.items():
        head += _OPTION.pack(option, at, len(value))
        at += len(value)
    return head + bytes([_TERMINATOR]) + b"".join(values.values())


def _refusal(words: Words, login: bytes) -> bytes:
    version = int.from_bytes(login[_TDS_VERSION_AT : _TDS_VERSION_AT + 4], "little") >> 24
    is_wide = version not in {_TDS_7_0, _TDS_7_1}
    text = words.text
    token = struct.pack("<IBB", _NUMBERS[words.why], _STATE, _SEVERITY)
    token += struct.pack("<H", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")
    token += _short("farshore") + _short("") + (0).to_bytes(4 if is_wide else 2)
    done = struct.pack("<BHH", _DONE, _DONE_WITH_ERROR, 0) + bytes(8 if is_wide else 4)
    return packets(REPLY, struct.pack("<BH", _ERROR, len(token)) + token + done)


def _short(text: str) -> bytes:
    return bytes([len(text)]) + text.encode("utf-16-le")
