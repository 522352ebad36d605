import struct
from dataclasses import replace

import pytest
from tests.unit.wire.refusal.cutting import TEXT, WORDS

from farshore.wire.refusal.mysql import refuser
from farshore.wire.refusal.turn import Why


@pytest.mark.parametrize(
    ("why", "number", "state"),
    [
        (Why.NO_WAY, 1158, b"08S01"),
        (Why.FULL, 1040, b"08004"),
        (Why.NOT_ALLOWED, 1130, b"HY000"),
        (Why.ENDING, 1053, b"08S01"),
    ],
)
def test_it_is_one_err_packet_in_place_of_the_greeting(why: Why, number: int, state: bytes) -> None:
    turn = refuser(replace(WORDS, why=why)).receive(b"")
    size, sequence = int.from_bytes(turn.send[:3], "little"), turn.send[3]
    assert (size, sequence, turn.is_over) == (len(turn.send) - 4, 0, True)
    assert struct.unpack_from("<BH", turn.send, 4) == (0xFF, number)
    assert turn.send[7:] == b"#" + state + TEXT.encode()


def test_no_client_says_such_a_number_itself() -> None:
    """MariaDB's client calls a packet malformed whose number is one of its own: 2000 to 2999 and 5000 to 5999."""
    for why in Why:
        number = int.from_bytes(refuser(replace(WORDS, why=why)).receive(b"").send[5:7], "little")
        assert 1000 <= number < 2000


def test_a_text_is_cut_between_two_characters() -> None:
    sent = refuser(replace(WORDS, text="é" * 300)).receive(b"").send
    assert sent[13:].decode() == "é" * 255
