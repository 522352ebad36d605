"""What a client said first, over routers that connect and then die, hang or answer; time passes as the test says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.unit.gateway.gates import Gate, behind_socks5, gate, route, socks5, tailscaled
from tests.unit.gateway.tailnets import SWITCHED, Daemon, dial_failure
from tests.unit.gateway.wires import Ending, Wire, door, stay_silent, until

from farshore.core.events import FirstFlightReplayed, Health
from farshore.core.outcome import Code, Phase
from farshore.gateway.breaker import BreakerRules
from farshore.gateway.first_flight import LOOK_S, WAIT_FOR_BUDGET_S
from farshore.lab import tds
from farshore.wire.first_message import FirstMessage
from farshore.wire.tds import first_message

pytestmark = pytest.mark.anyio

PRELOGIN = tds.packets(tds.Kind.PRELOGIN, tds.prelogin(0))
SSL_REQUEST = bytes.fromhex("0000000804d2162f")
LOGIN = tds.packets(tds.Kind.LOGIN7, bytes(90))
ANSWER = b"an answer"
FAILURES_TO_OPEN = BreakerRules().consecutive
UNREACHABLE = dial_failure("connect tcp 172.16.20.88:1433: no route to host")
REFUSED = dial_failure("connect tcp 172.16.20.88:1433: connection was refused")


@dataclass
class Router:
    """A tailscaled behind a path: connects, hears `after` bytes, says `answer`, and ends where it does not stay.

    With another `reply` it does not connect; with an empty one it does not answer the dial.
    """

    answer: bytes = ANSWER
    stays: bool = True
    after: int = len(PRELOGIN)
    reply: bytes = SWITCHED
    heard: list[bytes] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)

    async def __call__(self, wire: Wire) -> None:
        if not self.reply:
            await stay_silent(wire)
        await wire.send(self.reply)
        if self.reply != SWITCHED:
            return
        self.wires.append(wire)
        number = len(self.heard)
        self.heard.append(b"")
        self.heard[number] += await wire.receive(self.after)
        await wire.send(self.answer)
        while self.stays and (more := await asyncio.get_running_loop().sock_recv(wire.sock, 65536)):
            self.heard[number] += more


def dying(after: int = len(PRELOGIN)) -> Router:
    return Router(b"", stays=False, after=after)


def mute() -> Router:
    return Router(b"")


@asynccontextmanager
async def over(folder: Path, *routers: Router, protocol: str = "sqlserver", **settings: Any) -> AsyncIterator[Gate]:
    """A gateway whose route has a path to each of the routers."""
    names = [f"r{number}" for number in range(1, len(routers) + 1)]
    egresses = {name: tailscaled(folder / name) for name in names}
    paths = tuple({"via": name, "egress": name} for name in names)
    written = route(egress="r1", paths=paths, protocol=protocol, **({"refuse": "reset"} | settings))
    async with AsyncExitStack() as opened:
        for name, router in zip(names, routers, strict=True):
            await opened.enter_async_context(door(Daemon(router), folder / name))
        yield await opened.enter_async_context(gate(egresses["r1"], written, egresses=egresses))


def trip_the_first(opened: Gate) -> None:
    """Open the breaker of the first path, as another dial that was overtaken does."""
    breaker, now_s = opened.gateway.live_routes()[0].paths[0].breaker, opened.clock.monotonic_s()
    breaker.trip(breaker.begin(now_s), now_s)


def heard(*routers: Router) -> list[list[bytes]]:
    return [router.heard for router in routers]


@pytest.mark.parametrize("whole", [True, False])
async def test_the_client_does_not_notice_a_path_that_dies_before_the_answer(tmp_path: Path, whole: bool) -> None:  # noqa: FBT001
    r1, r2 = dying(), Router()
    async with over(tmp_path, r1, r2) as opened:
        with await opened.client(said=PRELOGIN if whole else b"") as client:
            for byte in b"" if whole else PRELOGIN:
                await client.send(bytes([byte]))
            assert await client.receive(len(ANSWER)) == ANSWER
            assert heard(r1, r2) == [[PRELOGIN], [PRELOGIN]]
            await client.send(LOGIN)
            await until(lambda: r2.heard == [PRELOGIN + LOGIN])
            assert [path.connections for path in opened.gateway.routes()[0].paths] == [0, 1]
            assert [connection.path for connection in opened.gateway.connections()] == ["r2"]
            client.finish()
            (ending,) = await opened.ended_in_time()
    assert (ending.code, ending.path) == (Code.HALF_CLOSE, "r2")
    assert ending.client_bytes == len(PRELOGIN + LOGIN)
    (replayed,) = opened.told(FirstFlightReplayed)
    assert (replayed.path, replayed.onto) == ("r1", "r2")
    assert replayed.reason == "r1: closed before the target had spoken"
    assert [path.connections for path in opened.gateway.routes()[0].paths] == [0, 0]


async def test_a_path_that_dies_before_the_client_has_spoken_is_left_as_well(tmp_path: Path) -> None:
    r1, r2 = dying(after=0), Router()
    async with over(tmp_path, r1, r2) as opened:
        with await opened.client() as client:
            await until(lambda: len(r2.heard) == 1)
            await client.send(PRELOGIN)
            assert await client.receive(len(ANSWER)) == ANSWER
    assert heard(r1, r2) == [[b""], [PRELOGIN]]


@pytest.mark.parametrize(
    ("protocol", "said"),
    [
        ("tcp", PRELOGIN),
        ("mysql", PRELOGIN),
        ("postgres", PRELOGIN),
        ("sqlserver", SSL_REQUEST),
        ("sqlserver", LOGIN),
        ("sqlserver", PRELOGIN + LOGIN),
        ("sqlserver", PRELOGIN + b"\x12"),
        ("postgres", bytes.fromhex("0000001004d2162e") + bytes(8)),
        ("postgres", SSL_REQUEST + b"Q"),
    ],
)
async def test_nothing_else_is_said_twice(tmp_path: Path, protocol: str, said: bytes) -> None:
    r1, r2 = dying(after=len(said)), Router()
    async with over(tmp_path, r1, r2, protocol=protocol) as opened:
        with await opened.client(said=said) as client:
            assert await client.ending() is Ending.FIN
        await opened.ended_in_time()
        await opened.ended_with(Code.UPSTREAM_CLOSED_SILENT)
    assert heard(r1, r2) == [[said], []]


async def test_nothing_is_said_twice_once_the_client_has_gone_on(tmp_path: Path) -> None:
    r1, r2 = dying(after=len(PRELOGIN + LOGIN)), Router()
    async with over(tmp_path, r1, r2) as opened:
        with await opened.client(said=PRELOGIN) as client:
            await until(lambda: opened.gateway.connections()[0].phase is Phase.FIRST_BYTE)
            assert opened.gateway.connections()[0].client_bytes == len(PRELOGIN)
            await client.send(LOGIN)
            await client.receive_all()
        await opened.ended_in_time()
        await opened.ended_with(Code.UPSTREAM_CLOSED_SILENT)
    assert heard(r1, r2) == [[PRELOGIN + LOGIN], []]


async def test_nothing_is_said_twice_after_the_first_byte_of_an_answer(tmp_path: Path) -> None:
    r1, r2 = Router(b"\x04", stays=False), Router()
    async with over(tmp_path, r1, r2) as opened:
        with await opened.client(said=PRELOGIN) as client:
            assert await client.receive_all() == (b"\x04", Ending.FIN)
        await opened.ended_in_time()
        await opened.ended_with(Code.UPSTREAM_CLOSED)
    assert heard(r1, r2) == [[PRELOGIN], []]


async def test_each_path_is_tried_once_and_the_most_telling_end_is_told(tmp_path: Path) -> None:
    r1, r2, r3 = dying(), dying(), Router(reply=REFUSED)
    async with over(tmp_path, r1, r2, r3) as opened:
        with await opened.client(said=PRELOGIN) as client:
            assert await client.ending() is Ending.RST
        ending = await opened.ended_with(Code.TARGET_REFUSED)
    assert heard(r1, r2, r3) == [[PRELOGIN], [PRELOGIN], []]
    assert ending.detail is not None
    assert ending.detail.startswith("r2: closed before the target had spoken; r3: ")


async def test_a_target_that_ends_on_all_paths_is_told_as_it_ended(tmp_path: Path) -> None:
    r1, r2 = dying(), dying()
    async with over(tmp_path, r1, r2) as opened:
        with await opened.client(said=PRELOGIN) as client:
            assert await client.ending() is Ending.FIN
        await opened.ended_in_time()
        ending = await opened.ended_with(Code.UPSTREAM_CLOSED_SILENT)
        assert [path.state for path in opened.gateway.routes()[0].paths] == ["closed", "closed"]
    assert heard(r1, r2) == [[PRELOGIN], [PRELOGIN]]
    assert ending.path == "r2"


async def test_a_path_that_is_down_while_the_answer_is_owed_is_left(tmp_path: Path) -> None:
    r1, r2 = mute(), Router()
    async with over(tmp_path, r1, r2) as opened:
        with await opened.client(said=PRELOGIN) as client:
            await until(lambda: r1.heard == [PRELOGIN])
            opened.gateway.note_health("db", "r1", Health.SUSPECT, "a ping is late")
            opened.clock.advance(LOOK_S)
            await asyncio.sleep(0.12)
            assert heard(r2) == [[]]
            opened.gateway.note_health("db", "r1", Health.DOWN, "no pong")
            opened.clock.advance(LOOK_S)
            assert await client.receive(len(ANSWER)) == ANSWER
            await until(lambda: r1.wires[0].sock.fileno() < 0)
    (replayed,) = opened.told(FirstFlightReplayed)
    assert (replayed.onto, replayed.reason) == ("r2", "no pong")


async def test_a_path_that_resets_before_the_answer_is_left(tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def dies(wire: Wire) -> None:
        heard.append(await wire.receive(len(PRELOGIN)))
        wire.reset()

    r2 = Router()
    async with door(behind_socks5(dies)) as r1, door(Daemon(r2), tmp_path / "r2"):
        egresses = {"r1": socks5(r1.address), "r2": tailscaled(tmp_path / "r2")}
        paths = tuple({"via": name, "egress": name} for name in egresses)
        written = route(egress="r1", paths=paths, protocol="sqlserver", refuse="reset")
        async with gate(egresses["r1"], written, egresses=egresses) as opened:
            with await opened.client(said=PRELOGIN) as client:
                assert await client.receive(len(ANSWER)) == ANSWER
                await client.send(LOGIN)
                await until(lambda: r2.heard == [PRELOGIN + LOGIN])
                client.finish()
                (ending,) = await opened.ended_in_time()
    assert heard == [PRELOGIN]
    assert (ending.code, ending.path) == (Code.HALF_CLOSE, "r2")
    (replayed,) = opened.told(FirstFlightReplayed)
    assert (replayed.path, replayed.onto) == ("r1", "r2")
    assert replayed.reason == "r1: Connection reset by peer before the target had spoken"


async def test_a_path_whose_breaker_opens_while_the_answer_is_owed_is_left(tmp_path: Path) -> None:
    r1, r2 = mute(), Router()
    async with over(tmp_path, r1, r2) as opened:
        with await opened.client(said=PRELOGIN) as client:
            await until(lambda: r1.heard == [PRELOGIN])
            trip_the_first(opened)
            opened.clock.advance(LOOK_S)
            assert await client.receive(len(ANSWER)) == ANSWER
            await until(lambda: r1.wires[0].sock.fileno() < 0)
    assert heard(r1, r2) == [[PRELOGIN], [PRELOGIN]]
    (replayed,) = opened.told(FirstFlightReplayed)
    assert (replayed.onto, replayed.reason) == ("r2", "its breaker has opened")


async def test_a_path_that_was_taken_although_it_was_down_is_given_its_time(tmp_path: Path) -> None:
    r1, r2 = mute(), Router()
    async with over(tmp_path, r1, r2) as opened:
        for path in ("r1", "r2"):
            opened.gateway.note_health("db", path, Health.DOWN, "no pong")
        with await opened.client(said=PRELOGIN) as client:
            await until(lambda: r1.heard == [PRELOGIN])
            opened.clock.advance(LOOK_S)
            await asyncio.sleep(0.12)
            assert heard(r2) == [[]]
            await r1.wires[0].send(ANSWER)
            assert await client.receive(len(ANSWER)) == ANSWER
    assert not opened.told(FirstFlightReplayed)


async def test_an_answer_that_comes_while_another_path_is_dialled_counts(tmp_path: Path) -> None:
    r1, r2 = mute(), Router(reply=b"")
    async with over(tmp_path, r1, r2) as opened:
        with await opened.client(said=PRELOGIN) as client:
            await until(lambda: r1.heard == [PRELOGIN])
            opened.gateway.note_health("db", "r1", Health.DOWN, "no pong")
            opened.clock.advance(LOOK_S)
            await asyncio.sleep(0.12)
            await r1.wires[0].send(ANSWER)
            assert await client.receive(len(ANSWER)) == ANSWER
            await client.send(LOGIN)
            await until(lambda: r1.heard == [PRELOGIN + LOGIN])
        await opened.ended_in_time()
    assert not opened.told(FirstFlightReplayed)


async def test_replays_are_bounded_and_those_beyond_wait_for_their_turn(tmp_path: Path) -> None:
    r1, r2 = dying(), Router()
    async with over(tmp_path, r1, r2) as opened:
        room = opened.gateway.waiting_room(opened.gateway.live_routes()[0])
        for _ in range(room.budget.limit):
            assert room.budget.take()
        with await opened.client(said=PRELOGIN) as client:
            await until(lambda: r1.heard == [PRELOGIN])
            await asyncio.sleep(0.1)
            assert heard(r2) == [[]]
            room.budget.give_back()
            opened.clock.advance(LOOK_S)
            assert await client.receive(len(ANSWER)) == ANSWER
            assert room.budget.taken == room.budget.limit - 1
        assert room.budget.take()
        with await opened.client(said=PRELOGIN):
            await until(lambda: len(r1.heard) == 2)
            await opened.ended_in_time(2, step_s=WAIT_FOR_BUDGET_S / 10)
    assert len(r2.heard) == 1


async def test_a_path_that_often_dies_before_the_answer_stands_back(tmp_path: Path) -> None:
    r1, r2 = dying(), Router()
    async with over(tmp_path, r1, r2) as opened:
        for count in range(1, FAILURES_TO_OPEN + 1):
            with await opened.client(said=PRELOGIN) as client:
                assert await client.receive(len(ANSWER)) == ANSWER
                client.finish()
                await opened.ended_in_time(count)
        assert [path.state for path in opened.gateway.routes()[0].paths] == ["open", "closed"]
    assert len(r1.heard) == FAILURES_TO_OPEN


async def test_a_client_that_leaves_while_it_is_held_is_gone(tmp_path: Path) -> None:
    async with over(tmp_path, Router(reply=UNREACHABLE), Router(reply=UNREACHABLE)) as opened:
        with await opened.client(said=PRELOGIN) as client:
            await until(lambda: opened.gateway.routes()[0].held == 1)
            assert [connection.path for connection in opened.gateway.connections()] == [""]
            client.finish()
            await opened.ended_with(Code.CLIENT_GONE_EARLY)


async def test_one_whose_message_does_something_by_itself_is_held_on(tmp_path: Path) -> None:
    async with over(tmp_path, Router(reply=UNREACHABLE), Router(reply=UNREACHABLE)) as opened:
        with await opened.client(said=LOGIN) as client:
            client.finish()
            await until(lambda: opened.gateway.routes()[0].held == 1)
            await opened.ended_in_time(step_s=1.0)
            await opened.ended_with(Code.TARGET_UNREACHABLE)


async def test_who_shuts_its_side_while_a_path_works_is_answered(tmp_path: Path) -> None:
    async with over(tmp_path, Router(), Router()) as opened:
        with await opened.client(said=PRELOGIN) as client:
            client.finish()
            assert await client.receive(len(ANSWER)) == ANSWER
            await opened.ended_in_time()


def test_the_prelogin_of_these_tests_is_one() -> None:
    assert first_message(PRELOGIN) is FirstMessage.HARMLESS
