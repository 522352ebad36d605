import struct
from dataclasses import replace

import pytest
from tests.unit.wire.refusal.cutting import TEXT, WORDS

from farshore.wire.refusal.ssh import refuser
from farshore.wire.refusal.turn import Why


@pytest.mark.parametrize(("why", "reason"), [(Why.NO_WAY, 7), (Why.FULL, 12), (Why.NOT_ALLOWED, 1), (Why.ENDING, 11)])
@pytest.mark.parametrize("length", range(1, 20))
def test_it_identifies_itself_and_disconnects(why: Why, reason: int, length: int) -> None:
    text = (TEXT * 2)[:length]
    turn = refuser(replace(WORDS, text=text, why=why)).receive(b"")
    identification, packet = turn.send.split(b"\r\n", 1)
    assert identification.startswith(b"SSH-2.0-")
    size, padding = struct.unpack_from(">IB", packet)
    assert (len(packet) - 4, (size + 4) % 8, padding >= 4) == (size, 0, True)
    payload = packet[5 : 5 + size - padding - 1]
    kind, told, count = struct.unpack_from(">BII", payload)
    assert (kind, told, payload[9 : 9 + count].decode()) == (1, reason, text)
    assert payload[9 + count :] == b"\0\0\0\x02en"
    assert turn.is_over
