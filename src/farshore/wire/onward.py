"""An Oracle listener's answer to a CONNECT: the address in a REDIRECT may be replaced on the way to the client.

The layout is that of `wire.tns`'s sources. A REDIRECT (5) says how long its data are, and has them in itself or in one
DATA packet (6) behind it: the address, and in newer ones, after a NUL, what to send there, which is left as it is.
Whatever is not understood is passed on unchanged, and so is all that follows the answer.
"""

import re
import struct
from collections.abc import Callable

from farshore.core.address import AddressError, HostPort, parse_host, parse_port

_HEADER = struct.Struct(">HHBBH")
_LENGTH = struct.Struct(">H")
# Header and length of the data in a REDIRECT, header and flags in a DATA packet.
_DATA_AT = 10
_REDIRECT, _DATA, _RESEND = 5, 6, 11
_TYPE_AT = 4
_MOST = 0xFFFF
_ADDRESS = re.compile(rb"\( *ADDRESS *= *(?:\([^()]{1,300}\) *)+\)", re.IGNORECASE)
_FIELD = re.compile(rb"\( *(PROTOCOL|HOST|PORT) *=([^()]{1,300})\)", re.IGNORECASE)

Elsewhere = Callable[[HostPort], HostPort | None]


class Onward:
    """One answer. `elsewhere` is asked for the address that the client shall be sent to; None leaves it as it is.

    Bytes are held back only while they may be a REDIRECT that is not whole: two packets at most, each of 64 KiB.
    """

    def __init__(self, elsewhere: Elsewhere) -> None:
        self.is_over = False
        self._elsewhere = elsewhere
        self._held = b""

    def change(self, data: bytes) -> bytes:
        """What the server has said, as the client shall hear it."""
        if self.is_over:
            return data
        self._held += data
        passed = b""
        while len(self._held) > _TYPE_AT:
            kind, size = self._held[_TYPE_AT], _size(self._held)
            if kind == _REDIRECT:
                return passed + self._redirect(size)
            if kind != _RESEND or size < _HEADER.size:
                return passed + self._give_up()
            if len(self._held) < size:
                return passed
            passed, self._held = passed + self._held[:size], self._held[size:]
        return passed

    def rest(self) -> bytes:
        """What is held back, where the server has ended."""
        return self._give_up()

    def _give_up(self) -> bytes:
        self.is_over = True
        held, self._held = self._held, b""
        return held

    def _redirect(self, size: int) -> bytes:
        if size >= _DATA_AT > len(self._held):
            return b""
        count = 0 if size < _DATA_AT else _LENGTH.unpack_from(self._held, _HEADER.size)[0]
        if size == _DATA_AT + count:
            return self._rewritten_when_whole(_DATA_AT, count)
        return self._redirect_behind(count) if size == _DATA_AT else self._give_up()

    def _redirect_behind(self, count: int) -> bytes:
        behind = self._held[_DATA_AT:]
        if len(behind) <= _TYPE_AT:
            return b""
        if behind[_TYPE_AT] != _DATA or _size(behind) != _DATA_AT + count:
            return self._give_up()
        return self._rewritten_when_whole(_DATA_AT + _DATA_AT, count)

    def _rewritten_when_whole(self, at: int, count: int) -> bytes:
        """The answer, whose data stand there."""
        if len(self._held) < at + count:
            return b""
        held = self._give_up()
        address, nul, more = held[at : at + count].partition(b"\0")
        data = _ADDRESS.sub(self._address, address) + nul + more
        if _DATA_AT + len(data) > _MOST:
            return held
        head = bytearray(held[:at])
        # The last packet's length, and that of the data.
        _LENGTH.pack_into(head, at - _DATA_AT, _DATA_AT + len(data))
        _LENGTH.pack_into(head, _HEADER.size, len(data))
        return bytes(head) + data + held[at + count :]

    def _address(self, found: re.Match[bytes]) -> bytes:
        fields = {name.upper(): value.strip(b" ") for name, value in _FIELD.findall(found[0])}
        told = _host_and_port(fields)
        instead = None if told is None else self._elsewhere(told)
        if instead is None:
            return found[0]
        values = {b"HOST": str(instead.host).encode(), b"PORT": str(instead.port).encode()}

        def put(field: re.Match[bytes]) -> bytes:
            value = values.get(field[1].upper(), field[2].strip(b" "))
            return b"(%s=%s)" % (field[1], value)

        return _FIELD.sub(put, found[0])


def _size(packet: bytes) -> int:
    return int.from_bytes(packet[:2])


def _host_and_port(fields: dict[bytes, bytes]) -> HostPort | None:
    """What a client would dial; None where it would not be TCP, or is nothing that can be dialled."""
    if fields.get(b"PROTOCOL", b"").upper() != b"TCP":
        return None
    try:
        host, port = fields.get(b"HOST", b"").decode("ascii"), fields.get(b"PORT", b"").decode("ascii")
        return HostPort(parse_host(host), parse_port(port))
    except (AddressError, UnicodeDecodeError):
        return None
