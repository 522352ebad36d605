"""The JSON of LocalAPI: read back by the program's own parser and client, and compared with the tailnet it shows."""

import json
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_address
from typing import Any

import pytest
from tests.unit.lab.parts import HOST, LAN, LISTENER, R1, R2, StartLab, tailnet_for

from farshore.core.address import IPAddress, via_address
from farshore.lab import documents
from farshore.lab.backend import Backend
from farshore.lab.faults import (
    KeyExpired,
    LoggedOut,
    RouterDead,
    RouterOffline,
    RoutesNotAccepted,
    RouteWithdrawn,
    TailnetFault,
)
from farshore.lab.tailnet import via_network
from farshore.tailnet.localapi import BusMask, LocalApi, PingKind
from farshore.tailnet.routes import owner_of
from farshore.tailnet.status import Status, parse_status

ADDRESSES: tuple[IPAddress, ...] = (HOST, R1, R2, via_address(1, HOST), via_address(2, HOST), via_address(3, HOST))
FAULTS = (RouterDead("r1"), RouterOffline("r1"), RouteWithdrawn(LAN), KeyExpired("r1"))


@dataclass(slots=True)
class _Clock:
    now_s: float = field(default=1_000_000.0)

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_s(self) -> float:
        return self.now_s


def _backend(*faults: TailnetFault) -> tuple[Backend, _Clock]:
    clock = _Clock()
    return Backend(base=tailnet_for(LISTENER), clock=clock, faults=[*faults]), clock


def _parsed(backend: Backend) -> Status:
    return parse_status(json.dumps(documents.status(backend)).encode())


def _peer(backend: Backend, name: str) -> dict[str, Any]:
    peers: dict[str, dict[str, Any]] = documents.status(backend)["Peer"]
    return next(peer for peer in peers.values() if peer["HostName"] == name)


def test_a_healthy_peer_that_nobody_has_talked_to_looks_like_a_dead_one() -> None:
    backend, _ = _backend()
    peer = _peer(backend, "r2")
    assert (peer["Online"], peer["CurAddr"], peer["RxBytes"], peer["TxBytes"]) == (True, "", 0, 0)
    never = "0001-01-01T00:00:00Z"
    assert (peer["LastHandshake"], peer["LastWrite"], peer["LastSeen"]) == (never, never, never)
    assert (peer["Active"], peer["InEngine"], peer["Addrs"]) == (False, False, None)


def test_a_peer_that_answers_is_told_from_one_that_does_not() -> None:
    backend, clock = _backend()
    account = backend.account(backend.tailnet.router("r1"))
    account.attempted(clock.now_s)
    account.reached(clock.now_s)
    peer = _peer(backend, "r1")
    assert (peer["CurAddr"], peer["TxBytes"], peer["RxBytes"]) == ("192.0.2.2:41641", 156, 92)
    assert peer["LastHandshake"] == "1970-01-12T13:46:40.000000Z"
    clock.now_s += 60
    assert (_peer(backend, "r1")["Active"], _peer(backend, "r1")["InEngine"]) == (False, True)
    backend.faults.append(RouterDead("r1"))
    clock.now_s += 1000
    for _ in range(3):
        account.attempted(clock.now_s)
    peer = _peer(backend, "r1")
    assert (peer["CurAddr"], peer["TxBytes"], peer["Active"], peer["Online"]) == ("", 4 * 156, True, True)


def test_the_status_reads_back_as_the_tailnet_it_shows() -> None:
    backend, _ = _backend()
    status = _parsed(backend)
    assert (status.version, status.backend_state, status.health) == ("1.102.3-lab", "Running", ())
    assert status.self_ips == backend.tailnet.addresses
    assert [peer.host_name for peer in status.peers] == ["r1", "r2"]
    r1, r2 = status.peers
    assert set(r1.primary_routes) == {LAN, via_network(1, LAN)}
    assert r2.primary_routes == (via_network(2, LAN),)
    assert LAN in r1.allowed_ips
    assert LAN not in r2.allowed_ips


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("address", ADDRESSES, ids=str)
def test_the_program_finds_the_owner_that_the_lab_means(fault: TailnetFault, address: IPAddress) -> None:
    backend, _ = _backend(fault)
    owner = backend.tailnet.owner(address)
    found = owner_of(_parsed(backend), address)
    # tailscaled still knows the peer of an expired key by its own address, and nobody can dial it.
    dialled = owner if owner is None or not owner.key_expired else None
    assert (found.host_name if found else None) == (dialled.name if dialled else None)


def test_what_is_wrong_with_this_node_is_said() -> None:
    backend, _ = _backend(RoutesNotAccepted())
    assert _parsed(backend).health == (documents.ROUTES_NOT_ACCEPTED,)
    assert documents.prefs(backend.tailnet)["RouteAll"] is False
    backend, _ = _backend(LoggedOut())
    status = _parsed(backend)
    assert (status.backend_state, status.self_ips, status.peers) == ("NeedsLogin", (), ())
    assert status.health == ("Tailscale is stopped.",)
    assert documents.prefs(backend.tailnet)["LoggedOut"] is True


def test_pings() -> None:
    backend, _ = _backend(KeyExpired("r1"))

    def error(address: IPAddress) -> str:
        answer = documents.ping(backend, address, "TSMP")
        assert answer is not None
        return str(answer["Err"])

    assert error(R1) == "peer's node key has expired"
    assert error(HOST) == "no matching peer"
    assert error(R2) == ""
    assert error(backend.tailnet.address) == "100.64.0.1 is local Tailscale IP"
    backend, _ = _backend(RouterDead("r1"))
    assert documents.ping(backend, HOST, "TSMP") is None


def test_peer_states_follow_the_account() -> None:
    backend, clock = _backend()
    r1, r2 = map(backend.account, backend.tailnet.routers)
    assert documents.notifications(backend, documents.WATCH_PEER_STATE) == {"PeerState": {}}
    r1.attempted(clock.now_s)
    r2.attempted(clock.now_s)
    r2.reached(clock.now_s)
    states = documents.notifications(backend, documents.WATCH_PEER_STATE)["PeerState"]
    shown = {number: state["PeerWireGuardState"] for number, state in states.items()}
    assert shown == {"2": "handshake", "3": "established"}


@pytest.mark.anyio
async def test_the_program_s_own_client_understands_every_endpoint(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        api = LocalApi(lab.daemon.socket)
        assert (await api.status()).self_ips == lab.daemon.backend.tailnet.addresses
        assert (await api.own_status()).peers == ()
        assert (await api.prefs())["RouteAll"] is True
        pong = await api.ping(HOST, PingKind.TSMP, timeout_s=5)
        assert (pong.node_name, pong.error) == ("r1", "")
        node = await api.whois(R1)
        assert node is not None
        assert (node.name, node.addresses) == ("r1.tn.test.", ("100.64.0.2/32", "fd7a:115c:a1e0::2/128"))
        assert await api.whois(HOST) is None
        assert await api.whois(IPv4Address("100.99.1.2")) is None
        async for message in api.watch_bus(BusMask(documents.WATCH_PREFS | documents.WATCH_STATE)):
            assert message["State"] == documents.STATE_NUMBERS[documents.RUNNING]
            break
        await api.aclose()
        assert ip_address("100.64.0.1") in lab.daemon.backend.tailnet.addresses
