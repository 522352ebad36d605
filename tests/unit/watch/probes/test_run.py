"""One probe over one path: which layers it passes, and what the target hears of it."""

from pathlib import Path

import pytest
from tests.ports import free_port
from tests.unit.gateway.gates import Gate, direct, gate, granted, route, socks5, tailscaled
from tests.unit.gateway.tailnets import SWITCHED, Daemon, dial_failure
from tests.unit.gateway.wires import Ending, Wire, door, open_descriptors, stay_silent, until
from tests.unit.watch.patience import ends_when

from farshore.core.address import HostPort, parse_host
from farshore.core.outcome import Code
from farshore.gateway.dial import PhaseTimes
from farshore.gateway.resolve import Resolver
from farshore.watch.probes import run as module
from farshore.watch.probes.kind import Talked, kind_of
from farshore.watch.probes.result import Layer, ProbeResult
from farshore.watch.probes.run import ProbeOrder, probe_path
from farshore.wire.openings.opening import LastWords

pytestmark = pytest.mark.anyio

HASTE_S = 0.05
# Shorter than the wait for a second dial.
DIAL_S = 0.8
REQUEST = bytes.fromhex("00000008 04d21630")


async def probed(opened: Gate, order: ProbeOrder | None = None) -> ProbeResult:
    (chosen,) = opened.gateway.live_routes()
    resolver = Resolver()
    try:
        return await probe_path(chosen, chosen.paths[0], opened.gateway.surroundings, resolver, order)
    finally:
        await resolver.close()


def layers(result: ProbeResult) -> list[Layer]:
    return [passed.layer for passed in result.layers]


class Postgres:
    """Answers the request, and keeps how the connection ended."""

    def __init__(self) -> None:
        self.ends: list[tuple[bytes, Ending]] = []

    async def __call__(self, wire: Wire) -> None:
        assert await wire.receive(len(REQUEST)) == REQUEST
        await wire.send(b"N")
        self.ends.append(await wire.receive_all())


async def test_a_direct_dial_has_two_layers_and_leaves_nothing_behind() -> None:
    target = Postgres()
    async with (
        door(target) as listening,
        gate(routes=(direct(listening.address, protocol="postgres"),)) as opened,
    ):
        before = open_descriptors()
        result = await probed(opened)
        await until(lambda: target.ends == [(b"", Ending.FIN)])
        await until(lambda: open_descriptors() == before)
        (chosen,) = opened.gateway.live_routes()
    assert result.ok
    assert (result.code, result.detail) == (None, "")
    assert result.server == "PostgreSQL, no GSSAPI encryption"
    assert result.kind == "postgres"
    assert result.path == chosen.paths[0].name
    assert layers(result) == [Layer.TCP, Layer.PROTOCOL]


async def test_plain_tcp_ends_where_the_target_is_connected() -> None:
    async with door(stay_silent) as target, gate(routes=(direct(target.address),)) as opened:
        result = await probed(opened)
    assert result.ok
    assert layers(result) == [Layer.TCP]


async def test_a_target_that_refuses_fails_the_layer_of_the_dial() -> None:
    address = HostPort(parse_host("127.0.0.1"), free_port())
    async with gate(routes=(direct(address, protocol="postgres"),)) as opened:
        result = await probed(opened)
    assert result.code == Code.TARGET_REFUSED.value
    assert not result.ok
    assert layers(result) == [Layer.TCP]


async def test_an_egress_that_is_not_there_fails_the_first_layer(tmp_path: Path) -> None:
    async with gate(tailscaled(tmp_path / "s"), route(protocol="postgres")) as opened:
        result = await probed(opened)
    assert result.code == Code.EGRESS_MISSING.value
    assert layers(result) == [Layer.LOCAL]


async def test_socks5_has_all_the_layers() -> None:
    async def behind_socks(wire: Wire) -> None:
        await wire.receive(3)
        await wire.send(granted()[:2])
        await wire.receive(10)
        await wire.send(granted()[2:])
        assert await wire.receive(len(REQUEST)) == REQUEST
        await wire.send(b"G")
        await wire.receive_all()

    async with door(behind_socks) as proxy, gate(socks5(proxy.address), route(protocol="postgres")) as opened:
        result = await probed(opened)
    assert result.ok
    # Where both replies arrive at once, the handshake's time is the dial's.
    assert [layer for layer in layers(result) if layer is not Layer.EGRESS] == [
        Layer.LOCAL,
        Layer.TCP,
        Layer.PROTOCOL,
    ]


async def test_each_layer_has_its_own_time() -> None:
    async with door(stay_silent) as target, gate(routes=(direct(target.address),)) as opened:
        (chosen,) = opened.gateway.live_routes()
        run = module._Run(kind_of("postgres"), chosen.paths[0], opened.gateway.surroundings)
        opened.clock.advance(0.5)
        run.note_dial(PhaseTimes(connect_ms=20.0, handshake_ms=80.0, dial_ms=1.0))
        run.note(Layer.TCP)
        opened.clock.advance(0.25)
        run.note(Layer.PROTOCOL)
        result = run.ended(None)
    assert [(passed.layer, passed.took_ms) for passed in result.layers] == [
        (Layer.LOCAL, 20.0),
        (Layer.EGRESS, 80.0),
        (Layer.TCP, 400.0),
        (Layer.PROTOCOL, 250.0),
    ]


async def test_what_tailscaled_says_of_the_dial_is_the_code(tmp_path: Path) -> None:
    async def refused(wire: Wire) -> None:
        await wire.send(dial_failure("connect tcp 172.16.20.88:1433: connection was refused"))

    path = tmp_path / "s"
    async with door(Daemon(dial=refused), path), gate(tailscaled(path), route(protocol="postgres")) as opened:
        result = await probed(opened)
    assert result.code == Code.TARGET_REFUSED.value
    assert layers(result) == [Layer.LOCAL, Layer.TCP]


async def test_nothing_is_said_over_a_connection_that_leaked(tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def leaks(wire: Wire) -> None:
        await wire.receive(13)
        await wire.send(granted("10.244.7.31"))
        heard.append((await wire.receive_all())[0])

    async with door(leaks) as proxy, gate(socks5(proxy.address), route(protocol="postgres")) as opened:
        result = await probed(opened)
        await until(lambda: heard == [b""])
    assert result.code == Code.LEAK.value
    assert Layer.PROTOCOL not in layers(result)


async def test_a_greeting_that_came_with_the_egress_reply_is_heard(tmp_path: Path) -> None:
    async def coalesced(wire: Wire) -> None:
        await wire.send(SWITCHED + b"N")
        await wire.receive_all()

    path = tmp_path / "s"
    async with door(Daemon(dial=coalesced), path), gate(tailscaled(path), route(protocol="postgres")) as opened:
        result = await probed(opened)
    assert result.ok
    assert layers(result) == [Layer.LOCAL, Layer.TCP, Layer.PROTOCOL]


async def test_silence_is_the_greetings_layer() -> None:
    order = ProbeOrder(kind=kind_of("postgres"), greeting_s=HASTE_S)
    async with door(stay_silent) as target, gate(routes=(direct(target.address),)) as opened:
        result = await probed(opened, order)
    assert result.code == Code.GREETING_MISSING.value
    assert layers(result) == [Layer.TCP, Layer.PROTOCOL]


async def test_a_dial_that_nobody_answers_ends_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, daemon = tmp_path / "s", Daemon(dial=stay_silent)
    ends_when(monkeypatch, lambda: bool(daemon.dialled))
    order = ProbeOrder(kind=kind_of("postgres"), dial_s=DIAL_S)
    async with door(daemon, path), gate(tailscaled(path)) as opened:
        result = await probed(opened, order)
    assert result.code == Code.NO_ANSWER.value
    assert layers(result) == [Layer.LOCAL, Layer.TCP]


async def test_who_gives_up_before_the_egress_is_asked_again_dials_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, daemon = tmp_path / "s", Daemon(dial=stay_silent)
    ends_when(monkeypatch, lambda: bool(daemon.dialled))
    order = ProbeOrder(kind=kind_of("postgres"), dial_s=DIAL_S)
    async with door(daemon, path), gate(tailscaled(path)) as opened:
        await probed(opened, order)
    assert daemon.dialled == ["172.16.20.88:1433"]


async def test_a_farewell_is_said_and_the_far_end_hangs_up_first() -> None:
    heard: list[bytes] = []

    class Polite:
        name = "polite"

        async def talk(self, *_: object) -> Talked:
            return Talked(code=None, detail="", server="x", goodbye=LastWords(data=b"QUIT\r\n"))

    async def hangs_up(wire: Wire) -> None:
        heard.append(await wire.receive(6))
        await wire.send(b"221 bye\r\n")
        wire.finish()
        heard.append((await wire.receive_all())[1].value.encode())

    order = ProbeOrder(kind=Polite())
    async with door(hangs_up) as target, gate(routes=(direct(target.address),)) as opened:
        result = await probed(opened, order)
        await until(lambda: heard == [b"QUIT\r\n", b"fin"])
    assert result.ok


async def test_a_name_that_nobody_knows_is_told() -> None:
    async with gate(routes=(direct(HostPort("database.invalid", 5432), resolve="pod"),)) as opened:
        result = await probed(opened)
    assert result.code == Code.NAME_UNKNOWN.value
    assert layers(result) == [Layer.TCP]
