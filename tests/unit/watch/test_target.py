"""A connection to the target that no client asked for: what it comes to, and that it leaves nothing behind."""

import asyncio
from pathlib import Path

import pytest
from tests.ports import free_port
from tests.unit.gateway.gates import Gate, behind_localapi, direct, gate, route, tailscaled
from tests.unit.gateway.tailnets import DIAL_SELF, SWITCHED, Daemon, dial_failure
from tests.unit.gateway.wires import Ending, Script, Wire, door, open_descriptors, stay_silent, until

from farshore.core.address import HostPort, parse_host
from farshore.gateway.resolve import Otherwise, Resolver, Then
from farshore.gateway.route import Route
from farshore.watch import target as module
from farshore.watch.target import probe
from farshore.watch.verdict import Probe, Probed

pytestmark = pytest.mark.anyio

HASTE_S = 0.05


async def probed(opened: Gate) -> Probed:
    (chosen,) = opened.gateway.live_routes()
    resolver = Resolver()
    try:
        return await probe(chosen, chosen.paths[0], opened.gateway.surroundings, resolver)
    finally:
        await resolver.close()


class Heard:
    """A target that listens to the end, and keeps what it heard and how it ended."""

    def __init__(self) -> None:
        self.ends: list[tuple[bytes, Ending]] = []

    async def __call__(self, wire: Wire) -> None:
        self.ends.append(await wire.receive_all())


async def test_a_target_that_accepts_hears_nothing_and_an_orderly_end() -> None:
    heard = Heard()
    async with door(heard) as target, gate(routes=(direct(target.address),)) as opened:
        before = open_descriptors()
        seen = await probed(opened)
        assert seen.probe is Probe.CONNECTED
        assert seen.detail.startswith("connected in ")
        await until(lambda: len(heard.ends) == 1)
        assert heard.ends == [(b"", Ending.FIN)]
        await until(lambda: open_descriptors() == before)
    assert opened.events == [event for event in opened.events if type(event).__name__.startswith("Listener")]


async def test_a_target_that_refuses() -> None:
    address = HostPort(parse_host("127.0.0.1"), free_port())
    async with gate(routes=(direct(address),)) as opened:
        assert (await probed(opened)).probe is Probe.REFUSED


def is_over(wire: Wire) -> bool:
    """Whether the gateway has hung up, or keeps the connection for its next question."""
    try:
        return wire.sock.recv(1) == b""
    except BlockingIOError:
        return False


def daemon(dial: Script) -> Daemon:
    return Daemon(dial=dial)


async def says(answer: bytes, wire: Wire) -> None:
    await wire.send(answer)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (dial_failure("connect tcp 172.16.20.88:1433: connection was refused"), Probe.REFUSED),
        (dial_failure("connect tcp 172.16.20.88:1433: no route to host"), Probe.SILENT),
        (dial_failure("dial tcp 172.16.20.88:1433: connect: connection refused"), Probe.UNROUTED),
        (DIAL_SELF, Probe.UNROUTED),
        (b"220 ready\r\n", Probe.NOTHING),
    ],
)
async def test_what_tailscaled_says_of_a_dial(tmp_path: Path, answer: bytes, expected: Probe) -> None:
    path = tmp_path / "s"
    async with door(daemon(lambda wire: says(answer, wire)), path), gate(tailscaled(path)) as opened:
        assert (await probed(opened)).probe is expected


async def test_a_tailscaled_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    async with gate(tailscaled(tmp_path / "s")) as opened:
        assert (await probed(opened)).probe is Probe.NOTHING


async def test_silence_is_waited_out_with_a_second_dial_and_nothing_stays_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REDIAL_S", HASTE_S)
    monkeypatch.setattr(module, "LIMIT_S", 3 * HASTE_S)
    path, asked = tmp_path / "s", daemon(stay_silent)
    async with door(asked, path) as daemons, gate(tailscaled(path)) as opened:
        idle = len(opened.gateway.surroundings.poller)
        assert (await probed(opened)).probe is Probe.SILENT
        assert asked.dialled == ["172.16.20.88:1433"] * 2
        assert len(opened.gateway.surroundings.poller) == idle
        await until(lambda: sum(map(is_over, daemons.wires)) == len(asked.dialled))


async def test_the_second_dial_may_be_the_one_that_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REDIAL_S", HASTE_S)

    async def second_answers(wire: Wire) -> None:
        if len(asked.dialled) == 1:
            await stay_silent(wire)
        await behind_localapi(stay_silent)(wire)

    path, asked = tmp_path / "s", daemon(second_answers)
    async with door(asked, path), gate(tailscaled(path)) as opened:
        assert (await probed(opened)).probe is Probe.CONNECTED


async def test_who_gives_up_leaves_nothing_open(tmp_path: Path) -> None:
    path, asked = tmp_path / "s", daemon(stay_silent)
    async with door(asked, path), gate(tailscaled(path)) as opened:
        idle = len(opened.gateway.surroundings.poller)
        probing = asyncio.get_running_loop().create_task(probed(opened))
        await until(lambda: len(asked.dialled) == 1)
        probing.cancel()
        await asyncio.gather(probing, return_exceptions=True)
        assert len(opened.gateway.surroundings.poller) == idle


async def test_a_name_that_nobody_knows_says_nothing() -> None:
    async with gate(routes=(direct(HostPort("database.invalid", 1433), resolve="pod"),)) as opened:
        assert (await probed(opened)).probe is Probe.NOTHING


async def test_a_name_is_resolved_as_for_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard()
    async with door(heard) as target:

        def resolve(_: Resolver, __: Route, then: Then, ___: Otherwise) -> None:
            then(target.address)

        monkeypatch.setattr(Resolver, "resolve", resolve)
        named = HostPort("database.example", target.address.port)
        async with gate(routes=(direct(named, resolve="pod"),)) as opened:
            assert (await probed(opened)).probe is Probe.CONNECTED
            await until(lambda: len(heard.ends) == 1)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GREETING_S", HASTE_S)


async def greets(wire: Wire) -> None:
    await wire.send(b"220 ready\r\n")
    await wire.receive_all()


async def answers(wire: Wire) -> None:
    await wire.receive(1)
    await wire.send(b"N")
    await wire.receive_all()


async def is_full(wire: Wire) -> None:
    await wire.send(b"421 Too many users\r\n")
    await wire.receive_all()


async def is_half(wire: Wire) -> None:
    await wire.send(b"220-ready soon")
    await wire.receive_all()


async def asks(wire: Wire) -> None:
    """A server that wants to be asked twice."""
    await wire.send(b"220 ready\r\n")
    assert await wire.receive(6) == b"FEAT\r\n"
    await wire.send(b"502 what\r\n")
    assert await wire.receive(6) == b"QUIT\r\n"
    wire.finish()


async def leaves(wire: Wire) -> None:
    wire.finish()


async def breaks_off(wire: Wire) -> None:
    wire.reset()


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(
    ("script", "protocol", "expected", "words"),
    [
        (asks, "ftp", Probe.CONNECTED, "connected in "),
        (greets, "tcp", Probe.CONNECTED, "connected in "),
        (answers, "postgres", Probe.CONNECTED, "connected in "),
        (is_full, "ftp", Probe.CONNECTED, "the target declines: 421 Too many users"),
        (answers, "http", Probe.CONNECTED, "to another protocol: 4e"),
        (is_half, "ftp", Probe.SILENT, "the target said 14 bytes of a greeting, then nothing"),
        (answers, "tcp", Probe.SILENT, "the target said nothing for 0.05 s"),
        (stay_silent, "ftp", Probe.SILENT, "the target said nothing for 0.05 s"),
        (leaves, "ftp", Probe.SILENT, "the target hung up without a word"),
        (breaks_off, "ftp", Probe.SILENT, "the target broke off: Connection reset by peer"),
    ],
)
async def test_a_greeting_is_waited_for_where_it_is_wanted(
    script: Script, protocol: str, expected: Probe, words: str
) -> None:
    async with (
        door(script) as target,
        gate(routes=(direct(target.address, protocol=protocol, probe="greeting"),)) as opened,
    ):
        seen = await probed(opened)
        assert seen.probe is expected
        assert words in seen.detail


async def test_a_greeting_that_came_with_the_egress_reply_is_one(tmp_path: Path) -> None:
    async def coalesced(wire: Wire) -> None:
        await wire.send(SWITCHED + b"N")
        await wire.receive_all()

    path = tmp_path / "s"
    async with (
        door(daemon(coalesced), path),
        gate(tailscaled(path), route(protocol="postgres", probe="greeting")) as opened,
    ):
        assert (await probed(opened)).probe is Probe.CONNECTED
