import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, assert_never

import pytest
from tests.unit.gateway.gates import (
    Gate,
    behind_localapi,
    behind_socks5,
    direct,
    gate,
    granted,
    leaves,
    resets,
    route,
    says,
    socks5,
    tailscaled,
)
from tests.unit.gateway.tailnets import DIAL_SELF, Daemon, dial_failure
from tests.unit.gateway.wires import Door, Ending, Script, Wire, door, echo, noise, stay_silent, until

from farshore.config.model import Limits, Timeouts
from farshore.core.address import HostPort, parse_host
from farshore.core.events import LeakRefused
from farshore.core.outcome import MEANINGS, ClientEnd, Code, Phase

pytestmark = pytest.mark.anyio

A_MEGABYTE = 1_000_000
TIMEOUTS = Timeouts(connect_s=0.25, dial_s=7.0, idle_s=0.2, half_close_s=5.0)


class Through(StrEnum):
    """Which egress stands between gateway and target."""

    DIRECT = "direct"
    SOCKS5 = "socks5"
    LOCALAPI = "localapi"


@asynccontextmanager
async def gate_to(target: Script, through: Through, folder: Path, **settings: Any) -> AsyncIterator[tuple[Gate, Door]]:
    """A gateway with one route to a target, and the door where its dials arrive."""
    async with AsyncExitStack() as opened:
        match through:
            case Through.DIRECT:
                far = await opened.enter_async_context(door(target))
                gated = gate(routes=(direct(far.address),), **settings)
            case Through.SOCKS5:
                far = await opened.enter_async_context(door(behind_socks5(target)))
                gated = gate(socks5(far.address), **settings)
            case Through.LOCALAPI:
                far = await opened.enter_async_context(door(Daemon(behind_localapi(target)), folder / "s"))
                gated = gate(tailscaled(folder / "s"), **settings)
            case unreachable:
                assert_never(unreachable)
        yield await opened.enter_async_context(gated), far


every_way = pytest.mark.parametrize("through", Through)
proxied = pytest.mark.parametrize("through", [Through.SOCKS5, Through.LOCALAPI])


@every_way
async def test_a_conversation_and_its_account(through: Through, tmp_path: Path) -> None:
    async with gate_to(echo, through, tmp_path) as (opened, _):
        with await opened.client() as client:
            name = client.name
            await client.send(b"SELECT 1")
            assert await client.receive(8) == b"SELECT 1"
            await until(lambda: opened.gateway.connections()[0].phase is Phase.TRANSFER)
            client.finish()
            (ending,) = await opened.ended_in_time()
            assert await client.ending() is Ending.FIN

    assert ending.code is Code.CLIENT_CLOSED
    assert ending.client == name
    assert (ending.client_bytes, ending.upstream_bytes) == (8, 8)
    assert (ending.route, ending.egress) == ("db", "tailnet")
    assert ending.path == f"tailnet/{ending.target}"
    assert ending.client_end is ClientEnd.FIN
    assert ending.dial_ms == ending.first_byte_ms == ending.reached_ms == 0.0
    assert not ending.leaked_dial


@every_way
async def test_bulk_in_both_directions_at_once(through: Through, tmp_path: Path) -> None:
    data = noise(6 << 20)
    async with gate_to(echo, through, tmp_path) as (opened, _):
        with await opened.client() as client:
            async with asyncio.TaskGroup() as group:
                group.create_task(client.send(data))
                assert await client.receive(len(data)) == data
            (state,) = opened.gateway.connections()
            assert (state.client_bytes, state.upstream_bytes) == (len(data), len(data))


@every_way
async def test_a_target_that_speaks_first(through: Through, tmp_path: Path) -> None:
    async def greet(wire: Wire) -> None:
        await wire.send(b"220 ready\r\n")
        await echo(wire)

    async with gate_to(greet, through, tmp_path) as (opened, _):
        for _ in range(20):
            with await opened.client() as client:
                assert await client.receive(11) == b"220 ready\r\n"
                await client.send(b"USER x")
                assert await client.receive(6) == b"USER x"
        await opened.ended_in_time(20)


class TestEarlyBytes:
    """What a client says before its target is connected."""

    async def test_they_arrive_first_and_whole(self) -> None:
        answer = asyncio.Event()
        early, later = noise(40_000, 1), noise(200_000, 2)

        async def hesitate(wire: Wire) -> None:
            await wire.receive(13)
            await answer.wait()
            await wire.send(granted())
            await echo(wire)

        async with door(hesitate) as socks, gate(socks5(socks.address)) as opened:
            with await opened.client() as client:
                await client.send(early)
                await until(lambda: opened.gateway.connections()[0].client_bytes == len(early))
                assert opened.gateway.connections()[0].phase is Phase.HANDSHAKE
                answer.set()
                async with asyncio.TaskGroup() as group:
                    group.create_task(client.send(later))
                    assert await client.receive(len(early) + len(later)) == early + later

    async def test_they_are_bounded_and_the_client_has_to_wait(self) -> None:
        answer = asyncio.Event()
        offered = noise(1 << 20) * 32

        async def hesitate(wire: Wire) -> None:
            await wire.receive(13)
            await answer.wait()
            await wire.send(granted())
            await echo(wire)

        async with door(hesitate) as socks, gate(socks5(socks.address), limits=Limits(early_bytes=1000)) as opened:
            with await opened.client() as client:
                sent = await client.fill(offered)
                assert sent < len(offered)
                assert opened.gateway.connections()[0].client_bytes == 1000

                answer.set()
                assert await client.receive(sent) == offered[:sent]

    async def test_a_client_that_has_finished_before_the_target_answers_gets_its_reply(self) -> None:
        async with door(behind_socks5(says(b"the answer", to=8))) as socks, gate(socks5(socks.address)) as opened:
            with await opened.client(said=b"question") as client:
                client.finish()

                assert await client.receive(10) == b"the answer"

    async def test_none_reach_an_impostor(self) -> None:
        heard = bytearray()

        async def impostor(wire: Wire) -> None:
            await wire.receive(13)
            await wire.send(granted("10.200.0.10") + b"Welcome!")
            heard.extend((await wire.receive_all())[0])

        async with door(impostor) as socks, gate(socks5(socks.address)) as opened:
            with await opened.client(said=b"password") as client:
                assert await client.receive_all() == (b"", Ending.RST)
            ending = await opened.ended_with(Code.LEAK)

        assert not heard
        assert ending.leaked_dial
        assert ending.upstream_bytes == 0
        (leak,) = opened.told(LeakRefused)
        assert leak.connected
        assert (leak.route, leak.egress, leak.target) == ("db", "tailnet", "172.16.20.88:1433")
        assert "10.200.0.10" in leak.tell


class TestClientLeavesEarly:
    @pytest.mark.parametrize("said", [b"", b"hello"])
    async def test_with_a_reset(self, said: bytes) -> None:
        async with door(stay_silent) as socks, gate(socks5(socks.address)) as opened:
            with await opened.client(said=said) as client:
                await until(lambda: socks.accepted == 1)
                await until(lambda: opened.gateway.connections()[0].client_bytes == len(said))
                client.reset()
            ending = await opened.ended_with(Code.CLIENT_GONE_EARLY)
            await until(lambda: not opened.gateway.connections())
            # What was dialled for it is given up.
            await socks.wires[0].receive_all()

        assert ending.client_end is ClientEnd.NONE
        assert ending.client_bytes == len(said)

    async def test_with_an_orderly_end_and_nothing_said(self) -> None:
        async with door(stay_silent) as socks, gate(socks5(socks.address)) as opened:
            with await opened.client() as client:
                await until(lambda: socks.accepted == 1)
                client.close()
                await opened.ended_with(Code.CLIENT_GONE_EARLY)


class TestHalfClose:
    """Nothing that is owed is lost, and nobody waits for ever."""

    @proxied
    async def test_a_proxied_target_never_sees_the_clients_end_while_it_owes_a_reply(
        self, through: Through, tmp_path: Path
    ) -> None:
        asked, reply = asyncio.Event(), asyncio.Event()

        async def think(wire: Wire) -> None:
            assert await wire.receive(8) == b"question"
            asked.set()
            await reply.wait()
            with pytest.raises(BlockingIOError):
                wire.sock.recv(1)
            await wire.send(b"the answer")
            await wire.receive_all()

        async with gate_to(think, through, tmp_path) as (opened, _):
            with await opened.client() as client:
                await client.send(b"question")
                client.finish()
                await asked.wait()
                opened.clock.advance(4)
                await asyncio.sleep(0.1)
                assert not opened.endings

                reply.set()
                assert await client.receive(10) == b"the answer"
                (ending,) = await opened.ended_in_time(step_s=0.2)
                assert await client.ending() is Ending.FIN
            assert ending.code is Code.HALF_CLOSE

    @proxied
    async def test_a_reply_that_never_comes_ends_the_wait(self, through: Through, tmp_path: Path) -> None:
        async with gate_to(stay_silent, through, tmp_path) as (opened, _):
            with await opened.client() as client:
                await client.send(b"question")
                await until(lambda: opened.gateway.connections()[0].phase is Phase.FIRST_BYTE)
                client.finish()
                await asyncio.sleep(0.1)
                opened.clock.advance(4.9)
                await asyncio.sleep(0.1)
                assert not opened.endings

                opened.clock.advance(0.2)
                assert await client.ending() is Ending.FIN
            await opened.ended_with(Code.HALF_CLOSE)

    @proxied
    async def test_a_long_reply_is_waited_for_as_long_as_it_moves(self, through: Through, tmp_path: Path) -> None:
        more = asyncio.Event()

        async def dribble(wire: Wire) -> None:
            await wire.receive(8)
            for part in range(5):
                await wire.send(b"part %d" % part)
                await more.wait()
                more.clear()
            await wire.receive_all()

        async with gate_to(dribble, through, tmp_path) as (opened, _):
            with await opened.client() as client:
                await client.send(b"question")
                client.finish()
                for part in range(5):
                    assert await client.receive(6) == b"part %d" % part
                    opened.clock.advance(4.9)
                    await asyncio.sleep(0.06)
                    assert not opened.endings
                    more.set()

    async def test_a_direct_target_sees_the_clients_end_at_once(self, tmp_path: Path) -> None:
        async def answer_at_the_end(wire: Wire) -> None:
            heard, ending = await wire.receive_all()
            assert ending is Ending.FIN
            await wire.send(b"%d bytes" % len(heard))

        async with gate_to(answer_at_the_end, Through.DIRECT, tmp_path) as (opened, _):
            with await opened.client() as client:
                await client.send(b"x" * 1000)
                client.finish()

                assert await client.receive_all() == (b"1000 bytes", Ending.FIN)
            await opened.ended_with(Code.CLIENT_CLOSED)

    @proxied
    async def test_the_end_of_a_proxied_target_ends_both_directions(self, through: Through, tmp_path: Path) -> None:
        async with gate_to(leaves(b"bye", after=2), through, tmp_path) as (opened, _):
            with await opened.client() as client:
                await client.send(b"hi")
                assert await client.receive_all() == (b"bye", Ending.FIN)
                await opened.ended_with(Code.UPSTREAM_CLOSED)

    async def test_the_end_of_a_direct_target_leaves_the_client_its_say(self, tmp_path: Path) -> None:
        heard = bytearray()

        async def finish_first(wire: Wire) -> None:
            await wire.send(b"I am done")
            wire.finish()
            heard.extend((await wire.receive_all())[0])

        async with gate_to(finish_first, Through.DIRECT, tmp_path) as (opened, _):
            with await opened.client() as client:
                assert await client.receive_all() == (b"I am done", Ending.FIN)
                await client.send(b"one more thing")
                client.close()
            await opened.ended_with(Code.UPSTREAM_CLOSED)
            await until(lambda: bytes(heard) == b"one more thing")

    async def test_a_client_that_does_not_follow_a_direct_target_is_not_waited_for_for_ever(
        self, tmp_path: Path
    ) -> None:
        async def finish_first(wire: Wire) -> None:
            await wire.send(b"I am done")
            wire.finish()
            await wire.receive_all()

        async with gate_to(finish_first, Through.DIRECT, tmp_path, timeouts=Timeouts(half_close_s=5.0)) as (opened, _):
            with await opened.client() as client:
                assert await client.receive_all() == (b"I am done", Ending.FIN)
                await asyncio.sleep(0.1)
                opened.clock.advance(5.1)
                await opened.ended_with(Code.UPSTREAM_CLOSED)

    @every_way
    async def test_a_client_that_closes_with_unread_data_ends_in_order_or_not_but_ends(
        self, through: Through, tmp_path: Path
    ) -> None:
        async with gate_to(says(b"x" * 1000), through, tmp_path) as (opened, _):
            with await opened.client() as client:
                await client.send(b"q")
                await until(lambda: bool(opened.gateway.connections()[0].upstream_bytes))
                await asyncio.sleep(0.01)
                client.close()
            await opened.ended_with(Code.CLIENT_RESET)
            await until(lambda: not opened.gateway.connections())

    @every_way
    async def test_a_client_that_has_finished_and_never_reads_ends_some_time(
        self, through: Through, tmp_path: Path
    ) -> None:
        async def flood(wire: Wire) -> None:
            await wire.receive(1)
            while True:
                await asyncio.get_running_loop().sock_sendall(wire.sock, bytes(1 << 20))

        async with gate_to(flood, through, tmp_path, timeouts=Timeouts(idle_s=60, half_close_s=5)) as (opened, _):
            with await opened.client() as client:
                client.sock.send(b"q")
                client.finish()
                await until(lambda: bool(opened.gateway.connections()[0].upstream_bytes))
                (ending,) = await opened.ended_in_time(step_s=0.5)

            assert ending.code is Code.IDLE
            assert opened.clock.now_s >= 1060.0


class TestNothingIsLost:
    @every_way
    async def test_a_megabyte_before_the_end_arrives(self, through: Through, tmp_path: Path) -> None:
        data = noise(A_MEGABYTE)
        async with gate_to(leaves(data, after=1), through, tmp_path) as (opened, _):
            with await opened.client() as client:
                await client.send(b"q")
                if through is not Through.DIRECT:
                    await opened.ended_with(Code.UPSTREAM_CLOSED)
                assert await client.receive_all() == (data, Ending.FIN)

    @every_way
    async def test_not_even_when_the_client_is_still_talking(self, through: Through, tmp_path: Path) -> None:
        data = noise(A_MEGABYTE)

        async def talk_over(wire: Wire) -> None:
            await wire.receive(1)
            await wire.send(data)
            wire.finish()
            await wire.receive_all()

        async with gate_to(talk_over, through, tmp_path) as (opened, _):
            with await opened.client() as client:
                await client.send(b"q")
                assert await client.fill(noise(A_MEGABYTE))
                assert await client.receive_all() == (data, Ending.FIN)
                assert opened.gateway.routes()[0].accepted == 1


async def settle(_opened: Gate, _client: Wire, _far: Door) -> None:
    """Just wait for the end."""


async def ask(_opened: Gate, client: Wire, _far: Door) -> None:
    await client.send(b"q")


async def sit_idle(opened: Gate, client: Wire, _far: Door) -> None:
    await client.send(b"q")
    assert await client.receive(1) == b"q"
    await asyncio.sleep(0.12)
    opened.clock.advance(1)


async def finish_and_wait(opened: Gate, client: Wire, _far: Door) -> None:
    await client.send(b"q")
    await until(lambda: opened.gateway.connections()[0].phase is Phase.FIRST_BYTE)
    client.finish()
    await asyncio.sleep(0.06)
    opened.clock.advance(6)


async def run_out_of_time(opened: Gate, _client: Wire, far: Door) -> None:
    await until(lambda: far.accepted > 0)
    await until(lambda: opened.gateway.connections()[0].phase is not Phase.CONNECT)
    opened.clock.advance(8)


async def wait_for_an_answer(opened: Gate, _client: Wire, far: Door) -> None:
    assert isinstance(far.script, Daemon)
    await until(lambda: bool(far.script.dialled))  # type: ignore[attr-defined]
    opened.clock.advance(8)


async def let_the_egress_die(_opened: Gate, client: Wire, far: Door) -> None:
    await client.send(b"q")
    assert await client.receive(1) == b"x"
    far.close_port()
    await client.send(b"q")


async def close_while_dialling(opened: Gate, _client: Wire, far: Door) -> None:
    await until(lambda: far.accepted > 0)
    await opened.gateway.close()


async def close_while_joined(opened: Gate, client: Wire, _far: Door) -> None:
    await client.send(b"q")
    assert await client.receive(1) == b"q"
    await opened.gateway.close()


def answers_once(then: Script) -> Script:
    async def serve(wire: Wire) -> None:
        await wire.receive(1)
        await wire.send(b"x")
        await then(wire)

    return serve


SOCKS_ENDINGS = [
    (Code.UPSTREAM_CLOSED, behind_socks5(leaves(b"x", after=1)), ask),
    (Code.UPSTREAM_CLOSED_SILENT, behind_socks5(leaves(after=1)), ask),
    (Code.UPSTREAM_RESET, behind_socks5(resets(b"x", after=1)), ask),
    (Code.UPSTREAM_RESET_SILENT, behind_socks5(resets(after=1)), ask),
    (Code.IDLE, behind_socks5(echo), sit_idle),
    (Code.HALF_CLOSE, behind_socks5(stay_silent), finish_and_wait),
    (Code.EGRESS_DIED, behind_socks5(answers_once(resets(after=1))), let_the_egress_die),
    (Code.HANDSHAKE_TIMEOUT, stay_silent, run_out_of_time),
    (Code.HANDSHAKE_CLOSED, leaves(after=13), settle),
    (Code.HANDSHAKE_MALFORMED, leaves(b"SSH-2.0-OpenSSH\r\n", after=13), settle),
    (Code.HANDSHAKE_REFUSED, leaves(b"\x05\xff", after=13), settle),
    (Code.DIAL_FAILED, leaves(b"\x05\x00\x05\x01\x00\x01\0\0\0\0\0\0", after=13), settle),
    (Code.LEAK, behind_socks5(stay_silent, granted("10.200.0.10")), settle),
    (Code.DRAIN_CUT_DIAL, stay_silent, close_while_dialling),
    (Code.DRAIN_CUT, behind_socks5(echo), close_while_joined),
]
REFUSED = "connect tcp 172.16.20.88:1433: connection was refused"
UNREACHABLE = "connect tcp 172.16.20.88:1433: no route to host"
LOCALAPI_ENDINGS = [
    (Code.UPSTREAM_CLOSED, behind_localapi(leaves(b"x", after=1)), ask),
    (Code.UPSTREAM_CLOSED_SILENT, behind_localapi(leaves(after=1)), ask),
    (Code.EGRESS_DIED, behind_localapi(answers_once(leaves(after=1))), let_the_egress_die),
    (Code.LEAK, leaves(DIAL_SELF), settle),
    (Code.NAME_UNKNOWN, leaves(dial_failure("no such host", "resolve failure")), settle),
    (Code.TARGET_REFUSED, leaves(dial_failure(REFUSED)), settle),
    (Code.TARGET_UNREACHABLE, leaves(dial_failure(UNREACHABLE)), settle),
    (Code.NO_ANSWER, stay_silent, wait_for_an_answer),
    (Code.HANDSHAKE_CLOSED, leaves(), settle),
]


async def check_ending(opened: Gate, far: Door, code: Code, act: object) -> None:
    """The client sees exactly what the meaning of the code promises, and the account says the same."""
    with await opened.client() as client:
        await act(opened, client, far)  # type: ignore[operator]
        _, seen = await client.receive_all()
    ending = await opened.ended_with(code)

    assert ending.client_end is MEANINGS[code].client_end
    assert seen.value == MEANINGS[code].client_end.value
    assert opened.gateway.routes()[0].ended == {code: 1}
    assert opened.gateway.routes()[0].active == 0


@pytest.mark.parametrize(("code", "script", "act"), SOCKS_ENDINGS, ids=[code for code, _, _ in SOCKS_ENDINGS])
async def test_how_a_client_sees_an_ending_over_socks5(code: Code, script: Script, act: object) -> None:
    async with door(script) as far, gate(socks5(far.address), timeouts=TIMEOUTS) as opened:
        await check_ending(opened, far, code, act)


@pytest.mark.parametrize(("code", "script", "act"), LOCALAPI_ENDINGS, ids=[code for code, _, _ in LOCALAPI_ENDINGS])
async def test_how_a_client_sees_an_ending_over_localapi(
    code: Code, script: Script, act: object, tmp_path: Path
) -> None:
    path = tmp_path / "s"
    async with door(Daemon(script), path) as far, gate(tailscaled(path), timeouts=TIMEOUTS) as opened:
        await check_ending(opened, far, code, act)


async def test_a_client_that_resets_is_told_from_one_that_closes(tmp_path: Path) -> None:
    seen: list[tuple[bytes, Ending]] = []

    async def note(wire: Wire) -> None:
        await wire.send(b"ready")
        seen.append(await wire.receive_all())

    async with gate_to(note, Through.SOCKS5, tmp_path) as (opened, _):
        with await opened.client() as client:
            assert await client.receive(5) == b"ready"
            client.reset()
        ending = await opened.ended_with(Code.CLIENT_RESET)
        await until(lambda: bool(seen))

    assert ending.client_end is ClientEnd.NONE
    assert seen == [(b"", Ending.RST)]


async def test_a_socket_that_is_missing(tmp_path: Path) -> None:
    async with gate(tailscaled(tmp_path / "s")) as opened:
        with await opened.client() as client:
            assert await client.ending() is Ending.RST
        await opened.ended_with(Code.EGRESS_MISSING)


async def test_an_owner_that_cannot_be_asked_for(tmp_path: Path) -> None:
    declines = leaves(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
    async with door(declines, tmp_path / "s"), gate(tailscaled(tmp_path / "s")) as opened:
        with await opened.client() as client:
            assert await client.ending() is Ending.RST
        await opened.ended_with(Code.OWNER_UNCONFIRMED)


async def test_no_client_byte_leaves_without_an_owner_of_an_own_range_target(tmp_path: Path) -> None:
    daemon = Daemon(behind_localapi(echo))
    unknown = HostPort(parse_host("100.64.0.9"), 1433)
    async with door(daemon, tmp_path / "s"), gate(tailscaled(tmp_path / "s"), route(unknown)) as opened:
        with await opened.client(said=b"password") as client:
            assert await client.ending() is Ending.RST
        ending = await opened.ended_with(Code.LEAK)

    assert daemon.dialled == []
    assert not ending.leaked_dial
    assert ending.target == "100.64.0.9:1433"
