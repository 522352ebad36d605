"""An opening as a target's bytes reach it: whole, byte by byte, and cut in two anywhere."""

from collections.abc import Callable, Iterable

from farshore.wire.openings.opening import Foreign, Greeted, Heard, Opening, Say, TurnedDown

End = Greeted | TurnedDown | Foreign


def heard(opening: Opening, pieces: Iterable[bytes]) -> tuple[End | None, bytes]:
    """How it ended, None if it did not, and everything that was said."""
    said = opening.begin()
    for piece in pieces:
        answer: Heard = opening.receive(piece)
        if not isinstance(answer, Say):
            return answer, said
        said += answer.data
    return None, said


def told(build: Callable[[], Opening], greeting: bytes) -> tuple[End | None, bytes]:
    """What a greeting comes to; the same however it is cut."""
    whole = heard(build(), [greeting])
    assert heard(build(), [greeting[at : at + 1] for at in range(len(greeting))]) == whole
    for at in range(1, len(greeting)):
        assert heard(build(), [greeting[:at], greeting[at:]]) == whole, at
    return whole


def is_undecided(build: Callable[[], Opening], greeting: bytes) -> bool:
    """Whether every beginning of a greeting leaves it open what it is."""
    return all(heard(build(), [greeting[:at]])[0] is None for at in range(1, len(greeting)))
