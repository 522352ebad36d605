import pytest
from tests.unit.wire.refusal.cutting import WORDS, cuts, hear
from tests.unit.wire.test_tns import ADDRESS, LONG, connect, data

from farshore.wire.refusal.tns import TnsRefuser


@pytest.mark.parametrize("said", [connect(ADDRESS), connect(b"", len(LONG)) + data(LONG)])
def test_a_connect_is_refused_however_it_is_cut(said: bytes) -> None:
    for pieces in cuts(said) if len(said) < 500 else [[said], [said[:30], said[30:]]]:
        turn = hear(TnsRefuser(WORDS), pieces)
        assert turn.is_over
        assert int.from_bytes(turn.send[:2]) == len(turn.send)
        assert turn.send[4] == 4
        size = int.from_bytes(turn.send[10:12])
        stack = turn.send[12:].decode()
        assert len(stack) == size
        assert "(ERR=12543)" in stack
        assert stack.count("(") == stack.count(")")
        assert "no way to 172.16.20.88:1433" in stack


def test_a_text_cannot_break_out_of_its_place() -> None:
    hostile = type(WORDS)(text="a)(ERR=1017)(x='b", why=WORDS.why)
    stack = hear(TnsRefuser(hostile), [connect(ADDRESS)]).send[12:].decode()
    assert stack.count("(ERR=") == 1
    assert stack.count("(") == stack.count(")")


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n", b"\x00\x10\x00\x00\x06\x00\x00\x00", b"\xff" * 9])
def test_who_speaks_something_else_is_told_nothing(said: bytes) -> None:
    for pieces in cuts(said):
        turn = hear(TnsRefuser(WORDS), pieces)
        assert (turn.send, turn.is_over) == (b"", True)
