import pytest
from tests.unit.wire.refusal.cutting import TEXT, WORDS, cuts, hear

from farshore.wire.refusal.http import HttpRefuser

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def test_a_request_is_answered_however_it_is_cut() -> None:
    for pieces in cuts(REQUEST):
        turn = hear(HttpRefuser(WORDS), pieces)
        head, body = turn.send.split(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert f"Content-Length: {len(body)}".encode() in head
        assert body.decode() == TEXT + "\n"
        assert turn.is_over


@pytest.mark.parametrize("said", [b"\x16\x03\x01\x02\x00\x01\x00", b"get / HTTP/1.1\r\n", b"A" * 40, b"\r\n"])
def test_who_speaks_something_else_is_told_nothing(said: bytes) -> None:
    for pieces in cuts(said):
        turn = hear(HttpRefuser(WORDS), pieces)
        assert (turn.send, turn.is_over) == (b"", True)
