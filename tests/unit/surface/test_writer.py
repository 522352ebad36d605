import os
from collections.abc import Iterator
from contextlib import suppress

import pytest

from farshore.surface.writer import LineWriter


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    for fd in (reader, writer):
        with suppress(OSError):
            os.close(fd)


def test_lines_arrive_whole_and_in_order(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    lines = LineWriter(writer)
    sent = [b"line %d\n" % number for number in range(1000)]
    for line in sent:
        lines.write(line)
    lines.close()
    os.close(writer)
    with os.fdopen(os.dup(reader), "rb") as read:
        assert read.read() == b"".join(sent)
    assert lines.dropped == 0


def test_a_reader_that_sleeps_costs_lines_and_never_blocks_the_writer(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    lines = LineWriter(writer, capacity_lines=10)
    line = b"x" * 70_000 + b"\n"
    for _ in range(100):
        lines.write(line)
    lines.close()
    # What a thread may hold at most is one batch in its hands and one in the queue.
    assert 100 - 2 * 11 <= lines.dropped < 100
    os.close(reader)


def test_a_reader_that_went_away_costs_lines_and_nothing_else(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    os.close(reader)
    lines = LineWriter(writer)
    for _ in range(5):
        lines.write(b"lost\n")
    lines.close()
    assert lines.dropped == 5
