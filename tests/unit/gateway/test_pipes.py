import os
from collections.abc import Iterator
from fcntl import F_GETPIPE_SZ, fcntl

import pytest
from tests.unit.gateway.wires import open_pipes

from farshore.gateway.pipes import BUFFER_BYTES, IDLE_PIPES_KEPT, PIPE_BYTES, Pipes


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    lender = Pipes()
    yield lender
    lender.close()


def test_finding_out_whether_the_kernel_splices_leaves_nothing_open() -> None:
    before = open_pipes()

    Pipes()

    assert open_pipes() == before


def test_a_pipe_carries_as_much_as_one_move_and_never_blocks(pipes: Pipes) -> None:
    pipe = pipes.lend()

    assert pipe is not None
    assert fcntl(pipe[1], F_GETPIPE_SZ) == PIPE_BYTES
    with pytest.raises(BlockingIOError):
        os.read(pipe[0], 1)
    assert not os.get_inheritable(pipe[0])
    pipes.discard(pipe)


def test_a_pipe_given_back_is_lent_again(pipes: Pipes) -> None:
    pipe = pipes.lend()
    assert pipe is not None

    pipes.take_back(pipe)

    assert pipes.lend() == pipe
    pipes.discard(pipe)


def test_only_so_many_are_kept_and_none_after_the_end(pipes: Pipes) -> None:
    before = open_pipes()
    lent = [pipe for pipe in (pipes.lend() for _ in range(IDLE_PIPES_KEPT + 5)) if pipe is not None]
    assert open_pipes() == before + 2 * (IDLE_PIPES_KEPT + 5)

    for pipe in lent:
        pipes.take_back(pipe)
    assert open_pipes() == before + 2 * IDLE_PIPES_KEPT

    pipes.close()
    assert open_pipes() == before


def test_without_descriptors_there_is_no_pipe_and_no_error(pipes: Pipes, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_flags: int) -> tuple[int, int]:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "pipe2", fail)

    assert pipes.lend() is None


def test_a_kernel_that_cannot_splice_lends_no_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    before = open_pipes()

    def fail(*_arguments: int) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "splice", fail)
    pipes = Pipes()

    assert pipes.lend() is None
    assert open_pipes() == before


def test_all_directions_read_into_one_buffer(pipes: Pipes) -> None:
    assert len(pipes.buffer) == BUFFER_BYTES
    assert not pipes.buffer.readonly
