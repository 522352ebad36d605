import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.gateway.polling import no_mistakes
from tests.unit.gateway.wires import pair, until

from farshore.gateway.poller import TURNS_ALONE, Poller

pytestmark = pytest.mark.anyio


def nothing() -> None:
    """A callback that changes nothing."""


def noting(calls: list[str], name: str, then: Callable[[], object] = nothing) -> Callable[[], None]:
    def call() -> None:
        calls.append(name)
        then()

    return call


async def test_a_reader_is_called_when_there_is_something_to_read(poller: Poller) -> None:
    with pair() as (near, far):
        calls: list[str] = []
        poller.add_reader(near.sock.fileno(), noting(calls, "read", lambda: near.sock.recv(10)))
        await asyncio.sleep(0)
        assert not calls

        await far.send(b"x")
        await until(lambda: bool(calls))
        await far.send(b"y")
        await until(lambda: len(calls) == 2)

        poller.remove_reader(near.sock.fileno())
        poller.remove_reader(near.sock.fileno())


async def test_it_calls_again_for_as_long_as_something_is_left(poller: Poller) -> None:
    with pair() as (near, far):
        calls: list[str] = []
        poller.add_reader(near.sock.fileno(), noting(calls, "read", lambda: near.sock.recv(1)))

        await far.send(b"abc")
        await until(lambda: len(calls) == 3)

        poller.remove_reader(near.sock.fileno())


async def test_a_writer_is_called_while_there_is_room(poller: Poller) -> None:
    with pair() as (near, _):
        calls: list[str] = []
        poller.add_writer(near.sock.fileno(), noting(calls, "write"))
        await until(lambda: bool(calls))

        poller.remove_writer(near.sock.fileno())
        seen = len(calls)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

        assert len(calls) == seen


async def test_reader_and_writer_of_one_descriptor_come_and_go_apart(poller: Poller) -> None:
    with pair() as (near, far):
        fd, calls = near.sock.fileno(), list[str]()
        poller.add_reader(fd, noting(calls, "read", lambda: near.sock.recv(10)))
        poller.add_writer(fd, noting(calls, "write"))
        await until(lambda: "write" in calls)
        poller.remove_writer(fd)

        await far.send(b"x")
        await until(lambda: "read" in calls)

        poller.add_writer(fd, noting(calls, "write again"))
        poller.remove_reader(fd)
        await until(lambda: "write again" in calls)
        assert len(poller) == 1
        poller.remove_writer(fd)


async def test_the_last_callback_counts(poller: Poller) -> None:
    with pair() as (near, far):
        fd, calls = near.sock.fileno(), list[str]()
        poller.add_reader(fd, noting(calls, "old"))
        poller.add_reader(fd, noting(calls, "new", lambda: poller.remove_reader(fd)))

        await far.send(b"x")
        await until(lambda: bool(calls))

        assert calls == ["new"]


async def test_an_end_and_a_reset_are_readable(poller: Poller) -> None:
    with pair() as (finished, far), pair() as (broken, other):
        calls: list[str] = []
        for wire, name in ((finished, "end"), (broken, "reset")):
            fd = wire.sock.fileno()
            poller.add_reader(fd, noting(calls, name, lambda fd=fd: poller.remove_reader(fd)))  # type: ignore[misc]

        far.finish()
        other.reset()

        await until(lambda: set(calls) == {"end", "reset"})


async def test_a_reset_wakes_one_who_only_waits_to_write(poller: Poller) -> None:
    with pair() as (near, far):
        await near.fill(bytes(64 << 20))
        fd, calls = near.sock.fileno(), list[str]()
        poller.add_writer(fd, noting(calls, "write", lambda: poller.remove_writer(fd)))

        far.reset()

        await until(lambda: bool(calls))


async def test_one_callback_may_take_another_off_within_the_same_turn(poller: Poller) -> None:
    with pair() as (first, far), pair() as (second, other):
        calls: list[str] = []
        both = (first.sock.fileno(), second.sock.fileno())

        def take_both_off() -> None:
            for fd in both:
                poller.remove_reader(fd)

        for fd in both:
            poller.add_reader(fd, noting(calls, "read", take_both_off))
        far.sock.send(b"x")
        other.sock.send(b"x")
        await until(lambda: bool(calls))
        await asyncio.sleep(0)

        assert calls == ["read"]


async def test_after_the_end_nobody_is_called() -> None:
    poller = Poller(asyncio.get_running_loop(), no_mistakes)
    with pair() as (near, far):
        calls: list[str] = []
        poller.add_reader(near.sock.fileno(), noting(calls, "read"))
        poller.close()
        poller.close()

        await far.send(b"x")
        await asyncio.sleep(0.01)

        assert not calls
        assert len(poller) == 0


async def test_a_callbacks_mistake_is_told_and_costs_the_others_of_its_turn_nothing() -> None:
    told: list[tuple[int, str]] = []
    poller = Poller(asyncio.get_running_loop(), lambda fd, error: told.append((fd, str(error))))
    with pair() as (near, far), pair() as (other, another):
        calls: list[str] = []

        def mistaken() -> None:
            poller.remove_reader(near.sock.fileno())
            raise KeyError(1)

        def note() -> None:
            poller.remove_reader(other.sock.fileno())
            calls.append("read")

        poller.add_reader(near.sock.fileno(), mistaken)
        poller.add_reader(other.sock.fileno(), note)
        far.sock.send(b"x")
        another.sock.send(b"x")

        await until(lambda: bool(calls and told))

        assert told == [(near.sock.fileno(), "1")]
    poller.close()


async def test_a_socket_that_is_always_alone_is_served_on_whatever_is_done_with_it() -> None:
    loop = asyncio.get_running_loop()
    direct: list[int] = []
    add_reader = loop.add_reader
    poller = Poller(loop, no_mistakes)
    with pair() as (near, far):
        fd, heard = near.sock.fileno(), bytearray()

        def hear() -> None:
            heard.extend(near.sock.recv(1))

        def noted(fd: int, *call: Any) -> None:
            direct.append(fd)
            add_reader(fd, *call)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(loop, "add_reader", noted)
            poller.add_reader(fd, hear)
            for turn in range(TURNS_ALONE + 3):
                far.sock.send(b"x")
                await until(lambda turn=turn: len(heard) > turn)  # type: ignore[misc]
        assert direct == [fd]

        calls: list[str] = []
        poller.add_reader(fd, noting(calls, "read"))
        poller.add_writer(fd, noting(calls, "written"))
        await until(lambda: "written" in calls)
        assert "read" not in calls
        poller.remove_writer(fd)
        far.sock.send(b"x")
        await until(lambda: "read" in calls)
        poller.add_writer(fd, noting(calls, "written again"))
        poller.remove_reader(fd)
        await until(lambda: "written again" in calls)
        poller.remove_writer(fd)
        assert len(poller) == 0

        poller.add_reader(fd, hear)
        await until(lambda: len(heard) == TURNS_ALONE + 4)
        poller.remove_reader(fd)
    poller.close()


async def test_a_mistake_of_a_socket_that_is_alone_is_told_and_after_the_end_it_is_not_called() -> None:
    told: list[int] = []
    poller = Poller(asyncio.get_running_loop(), lambda fd, _: told.append(fd))
    with pair() as (near, far):
        heard: list[bytes] = []

        def hear() -> None:
            heard.append(near.sock.recv(1))
            if len(heard) > TURNS_ALONE + 1:
                raise KeyError(1)

        poller.add_reader(near.sock.fileno(), hear)
        for turn in range(TURNS_ALONE + 2):
            far.sock.send(b"x")
            await until(lambda turn=turn: len(heard) > turn)  # type: ignore[misc]
        assert told == [near.sock.fileno()]

        poller.close()
        far.sock.send(b"x")
        await asyncio.sleep(0.01)
        assert len(heard) == TURNS_ALONE + 2
