from farshore.wire.openings.lines import Lines
from farshore.wire.openings.opening import MAX_GREETING_BYTES


def test_lines_come_whole_however_they_arrive() -> None:
    lines = Lines()
    told = [line for at in range(0, 11, 3) for line in lines.receive(b"one\r\ntwo\nth"[at : at + 3])]
    assert told == [b"one", b"two"]
    assert lines.begun == b"th"
    assert lines.count == 11


def test_more_than_a_greeting_is_too_long() -> None:
    lines = Lines()
    assert list(lines.receive(bytes(MAX_GREETING_BYTES))) == []
    assert not lines.is_too_long
    assert list(lines.receive(b"x")) == []
    assert lines.is_too_long
