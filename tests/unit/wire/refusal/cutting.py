"""A client's words, cut into pieces before a codec hears them."""

from collections.abc import Iterable

from farshore.wire.refusal.turn import Refuser, Turn, Why, Words

TEXT = "farshore: no way to 172.16.20.88:1433: r1: nobody answered; r2: refused"
WORDS = Words(text=TEXT, why=Why.NO_WAY)


def hear(refuser: Refuser, pieces: Iterable[bytes]) -> Turn:
    """All that is sent, until it is over: what comes after that is not heard."""
    sent = b""
    for piece in (b"", *pieces):
        turn = refuser.receive(piece)
        sent += turn.send
        if turn.is_over:
            return Turn(send=sent, is_over=True)
    return Turn(send=sent)


def cuts(said: bytes) -> Iterable[list[bytes]]:
    """In one piece, in two at every place, and byte by byte."""
    yield [said]
    yield from ([said[:at], said[at:]] for at in range(1, len(said)))
    yield [said[at : at + 1] for at in range(len(said))]
