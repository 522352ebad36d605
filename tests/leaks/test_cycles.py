"""A gateway that is opened and closed fifty times leaves nothing behind, whatever its clients were doing."""

import asyncio
import gc
import threading
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.unit.gateway.gates import DIRECT, Gate, behind_localapi, behind_socks5, direct, gate, socks5, tailscaled
from tests.unit.gateway.tailnets import Daemon
from tests.unit.gateway.wires import PATIENCE_S, Wire, door, echo, noise, open_descriptors, stay_silent, until

from farshore.config.fields import Ports
from farshore.config.model import Drain, Timeouts
from farshore.core.outcome import Code, Phase
from farshore.gateway.succession import Reconfigured

pytestmark = pytest.mark.anyio

CYCLES = 50
BULK = noise(1 << 20) * 8


@dataclass(frozen=True)
class Held:
    """What a process holds at one moment."""

    descriptors: Counter[str]
    tasks: int
    threads: int


def held() -> Held:
    gc.collect()
    kinds = Counter(target.partition(":")[0] for target in open_descriptors().values())
    return Held(kinds, len(asyncio.all_tasks()), threading.active_count())


@asynccontextmanager
async def whole_house(folder: Path) -> AsyncIterator[Gate]:
    """A gateway with a route over each egress, each to an echo; the fourth reaches a SOCKS5 server that hangs."""
    async with AsyncExitStack() as opened:
        target = await opened.enter_async_context(door(echo))
        socks = await opened.enter_async_context(door(behind_socks5(echo)))
        hung = await opened.enter_async_context(door(stay_silent))
        await opened.enter_async_context(door(Daemon(behind_localapi(echo)), folder / "s"))
        egresses = {
            "direct": DIRECT,
            "socks5": socks5(socks.address),
            "tailscaled": tailscaled(folder / "s"),
            "hung": socks5(hung.address),
        }
        routes = (
            direct(target.address, name="direct", egress="direct"),
            *(direct(target.address, name=name, egress=name) for name in ("socks5", "tailscaled", "hung")),
        )
        yield await opened.enter_async_context(gate(DIRECT, *routes, egresses=egresses))
    (folder / "s").unlink()


CARRYING, HUNG = range(3), 3


async def nothing(_opened: Gate, _clients: AsyncExitStack) -> None:
    """Nobody comes."""


async def traffic(opened: Gate, _clients: AsyncExitStack | None = None) -> None:
    """Small and bulk over every egress, one client after the other."""
    for number in CARRYING:
        over = len(opened.endings)
        with await opened.client(number) as client:
            await converse(client, b"hello")
            await converse(client, BULK[: 1 << 20])
        await opened.ended_in_time(over + 1, step_s=0.1)


async def mid_dial(opened: Gate, clients: AsyncExitStack) -> None:
    """Clients whose dial nobody answers, one of them with something to say."""
    for said in (b"", b"hello", b"x" * 70_000):
        clients.enter_context(await opened.client(HUNG, said))
    await until(lambda: all(state.phase is Phase.HANDSHAKE for state in opened.gateway.connections()))


async def mid_transfer(opened: Gate, clients: AsyncExitStack) -> None:
    """Both directions spliced and stuck, because nobody reads."""
    talkers = [clients.enter_context(await opened.client(number)) for number in CARRYING]
    for talker in talkers:
        await converse(talker, BULK[: 1 << 20])
    await asyncio.gather(*(talker.fill(BULK * 3) for talker in talkers))


async def half_closed(opened: Gate, clients: AsyncExitStack) -> None:
    """Clients that have finished and wait."""
    for number in CARRYING:
        client = clients.enter_context(await opened.client(number))
        await converse(client, b"hello")
        client.finish()
    await asyncio.sleep(0)


async def idle(opened: Gate, clients: AsyncExitStack) -> None:
    """Clients that have spoken and say no more."""
    for number in CARRYING:
        await converse(clients.enter_context(await opened.client(number)), b"hello")


async def reset_by_clients(opened: Gate, _clients: AsyncExitStack) -> None:
    """Clients that vanish in every phase."""
    for number in (*CARRYING, HUNG):
        client = await opened.client(number)
        if number != HUNG:
            await converse(client, b"hello")
        client.reset()
    await opened.ended(4)
    assert {ending.code for ending in opened.endings} == {Code.CLIENT_RESET, Code.CLIENT_GONE_EARLY}


async def converse(client: Wire, data: bytes) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(client.send(data))
        assert await client.receive(len(data)) == data


Act = Callable[[Gate, AsyncExitStack], Awaitable[None]]
ACTS: tuple[Act, ...] = (nothing, traffic, mid_dial, mid_transfer, half_closed, idle, reset_by_clients)


async def cycle(act: Act, folder: Path) -> None:
    async with AsyncExitStack() as clients, whole_house(folder) as opened:
        await act(opened, clients)
        # Those who are still there lose their gateway, and only then leave.
        await opened.gateway.close()


async def steady() -> Held:
    """What is held once nothing changes any more: the other ends are the test's own, and close in their own time."""
    seen = [held()]
    async with asyncio.timeout(PATIENCE_S):
        while len(seen) < 5 or any(each != seen[-1] for each in seen[-5:]):
            await asyncio.sleep(0.01)
            seen.append(held())
    return seen[-1]


async def test_fifty_lives_of_a_gateway_leave_nothing(tmp_path: Path) -> None:
    for act in ACTS:
        await cycle(act, tmp_path)
    before = await steady()

    for number in range(CYCLES):
        await cycle(ACTS[number % len(ACTS)], tmp_path)

    assert await steady() == before


@pytest.mark.parametrize("act", ACTS, ids=[act.__name__ for act in ACTS])
async def test_one_life_leaves_nothing(act: Act, tmp_path: Path) -> None:
    await cycle(act, tmp_path)
    before = await steady()

    await cycle(act, tmp_path)

    assert await steady() == before


async def test_within_one_life_connections_leave_nothing(tmp_path: Path) -> None:
    async with whole_house(tmp_path) as opened:
        await traffic(opened)
        before = await steady()

        for _ in range(10):
            await traffic(opened)

        assert await steady() == before


async def test_a_closed_gateway_is_forgotten_by_its_loop(tmp_path: Path) -> None:
    async with AsyncExitStack() as clients, whole_house(tmp_path) as opened:
        await traffic(opened)
        await mid_dial(opened, clients)
        await idle(opened, clients)
        await opened.gateway.close()
        closed = weakref.ref(opened.gateway)
    del opened

    await steady()

    assert closed() is None


async def test_fifty_reconfigurations_leave_nothing(tmp_path: Path) -> None:
    async with whole_house(tmp_path) as opened, AsyncExitStack() as clients:
        # Two talk all the while, two ports take turns with other settings, and every third time the egresses change.
        ports = [Ports(host=None, first=port, last=port) for port in (s.listen.port for s in opened.gateway.routes())]
        written = opened.gateway._config
        routes = tuple(r.model_copy(update={"listen": p}) for r, p in zip(written.routes, ports, strict=True))
        constant = written.model_copy(update={"routes": routes})
        quiet = constant.model_copy(
            update={"routes": constant.routes[:2], "timeouts": Timeouts(dial_s=8.0), "drain": Drain(grace_s=0)}
        )
        talkers = [clients.enter_context(await opened.client(number)) for number in (0, 1)]

        async def turn(number: int) -> None:
            after = quiet if number % 3 == 0 else constant
            assert isinstance(await opened.gateway.reconfigure(after), Reconfigured)
            for talker in talkers:
                await converse(talker, b"hello")

        for number in range(6):
            await turn(number)
        before = await steady()
        for number in range(CYCLES - CYCLES % 6):
            await turn(number)

        assert await steady() == before
        assert len(opened.gateway.connections()) == len(talkers)
