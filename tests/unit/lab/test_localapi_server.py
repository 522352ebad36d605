"""The LocalAPI door."""

import json

import pytest
from tests.unit.lab.parts import (
    CLOSED,
    ELSEWHERE,
    HOST,
    LAN,
    TARGET,
    StartLab,
    api_request,
    dial_request,
    http_reply,
)

from farshore.core.address import HostPort, via_address
from farshore.lab.faults import LoggedOut, RouterDead, RoutesNotAccepted, RouteWithdrawn
from farshore.lab.stream import Stream

pytestmark = pytest.mark.anyio


async def _chunk(stream: Stream) -> dict[str, object]:
    size = int(await stream.read_until(b"\r\n"), 16)
    line = await stream.read_exactly(size + 2)
    document: dict[str, object] = json.loads(line)
    return document


async def test_a_dial_is_handed_over_with_the_daemon_s_version(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        stream = await lab.open(lab.daemon.socket, dial_request(TARGET) + b"early")
        status, headers, _ = await http_reply(stream)
        assert (status, headers["upgrade"], headers["connection"]) == (101, "ts-dial", "upgrade")
        assert (headers["tailscale-version"], headers["tailscale-cap"]) == ("1.102.3-lab", "142")
        assert await stream.read_exactly(11) == b"hello\nearly"
        stream.close()


async def test_a_failed_dial_has_its_real_reason_and_the_connection_lives_on(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        stream = await lab.open(lab.daemon.socket, dial_request(CLOSED))
        status, _, body = await http_reply(stream)
        assert (status, body) == (502, f"dial failure: connect tcp {CLOSED}: connection was refused\n")
        await stream.write(dial_request(HostPort("nobody.lan", 1)))
        status, _, body = await http_reply(stream)
        assert (status, body) == (502, "resolve failure: lookup nobody.lan: no such host\n")
        await stream.write(dial_request(ELSEWHERE))
        status, headers, body = await http_reply(stream)
        assert (status, headers["dial-self"], headers["dial-addr"], body) == (200, "true", str(ELSEWHERE), "")
        await stream.write(dial_request(TARGET))
        assert (await http_reply(stream))[0] == 101
        stream.close()


async def test_without_a_route_nothing_is_dialled_except_by_an_old_daemon(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        lab.daemon.inject(RouteWithdrawn(LAN))
        stream = await lab.open(lab.daemon.socket, dial_request(TARGET))
        assert (await http_reply(stream))[1]["dial-self"] == "true"
        stream.close()
        assert lab.impostor.accepted == 0
    async with start_lab(tailnet={"version": "1.96.4-lab"}) as lab:
        lab.daemon.inject(RouteWithdrawn(LAN))
        stream = await lab.open(lab.daemon.socket, dial_request(TARGET))
        assert (await http_reply(stream))[0] == 101
        assert await stream.read_exactly(6) == b"hello\n"
        stream.close()
        assert lab.impostor.accepted == 1


@pytest.mark.parametrize(
    ("request_bytes", "status", "body"),
    [
        (api_request("status", host="somewhere"), 403, "invalid localapi request\n"),
        (api_request("nothing"), 404, "404 page not found\n"),
        (api_request("dial"), 405, "POST required\n"),
        (api_request("dial", "POST"), 400, "bad ts-dial upgrade\n"),
        (api_request("ping?ip=100.64.0.2&type=disco"), 400, "want POST\n"),
        (api_request("ping?type=disco", "POST"), 400, "missing 'ip' parameter\n"),
        (api_request("ping?ip=100.64.0.2", "POST"), 400, "missing 'type' parameter\n"),
        (api_request("ping?ip=foo&type=disco", "POST"), 400, "invalid IP\n"),
        (api_request("watch-ipn-bus?mask=x"), 400, "bad mask\n"),
        (api_request("prefs", "PATCH", b"{"), 400, "unexpected EOF\n"),
    ],
)
async def test_what_it_refuses(start_lab: StartLab, request_bytes: bytes, status: int, body: str) -> None:
    async with start_lab() as lab:
        stream = await lab.open(lab.daemon.socket, request_bytes)
        answer = await http_reply(stream)
        assert (answer[0], answer[2]) == (status, body)
        stream.close()


async def test_pings(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        stream = await lab.open(lab.daemon.socket)

        async def ping(ip: str, kind: str) -> dict[str, object]:
            await stream.write(api_request(f"ping?ip={ip}&type={kind}", "POST"))
            document: dict[str, object] = json.loads((await http_reply(stream))[2])
            return document

        found = await ping("100.64.0.2", "disco")
        assert (found["Err"], found["NodeName"], found["Endpoint"]) == ("", "r1", "192.0.2.2:41641")
        found = await ping(str(HOST), "TSMP")
        assert (found["Err"], found["NodeIP"], found["NodeName"], found["Endpoint"]) == ("", str(HOST), "r1", "")
        assert (await ping("172.16.77.1", "TSMP"))["Err"] == "no matching peer"
        assert (await ping("100.64.0.1", "disco"))["Err"] == "100.64.0.1 is local Tailscale IP"
        lab.daemon.inject(RouterDead("r1"))
        await stream.write(api_request(f"ping?ip={HOST}&type=TSMP", "POST"))
        stream.end_writing()
        assert await stream.read() == b""
        stream.close()


async def test_prefs_can_be_changed_and_health_says_what_is_wrong(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        stream = await lab.open(lab.daemon.socket, api_request("prefs"))
        assert json.loads((await http_reply(stream))[2])["RouteAll"] is True
        await stream.write(api_request("prefs", "PATCH", b'{"RouteAll":false,"RouteAllSet":true}'))
        assert json.loads((await http_reply(stream))[2])["RouteAll"] is False
        await stream.write(api_request("status"))
        status = json.loads((await http_reply(stream))[2])
        assert status["Health"] == ["Some peers are advertising routes but --accept-routes is false"]
        await stream.write(dial_request(TARGET))
        assert (await http_reply(stream))[1]["dial-self"] == "true"
        stream.close()


async def test_the_bus_tells_what_it_was_asked_for_and_each_change(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        stream = await lab.open(lab.daemon.socket, api_request("watch-ipn-bus?mask=6"))
        _, headers, _ = await http_reply(stream)
        assert headers["transfer-encoding"] == "chunked"
        first = await _chunk(stream)
        assert first["State"] == 6
        assert first["SessionID"]
        assert isinstance(first["Prefs"], dict)
        fault = LoggedOut()
        lab.daemon.inject(fault)
        assert (await _chunk(stream))["State"] == 2
        lab.daemon.heal(fault)
        assert (await _chunk(stream))["State"] == 6
        lab.daemon.inject(RoutesNotAccepted())
        news = await _chunk(stream)
        assert news["State"] is None
        assert news["Prefs"] == first["Prefs"] | {"RouteAll": False}
        stream.close()


async def test_peer_state_follows_dials(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        for target in (TARGET, HostPort(via_address(2, HOST), TARGET.port)):
            stream = await lab.open(lab.daemon.socket, dial_request(target))
            assert (await http_reply(stream))[0] == 101
            stream.close()
        stream = await lab.open(lab.daemon.socket, api_request("watch-ipn-bus?mask=294912"))
        await http_reply(stream)
        states = (await _chunk(stream))["PeerState"]
        assert isinstance(states, dict)
        assert {number: state["PeerWireGuardState"] for number, state in states.items()} == {
            "2": "established",
            "3": "established",
        }
        stream.close()
