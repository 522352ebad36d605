"""Which router an address belongs to, as far as tailscaled can tell."""

from ipaddress import ip_address

import pytest
from tests.unit.gateway.tailnets import document
from tests.unit.watch.daemon import LAN, R1, peer

from farshore.core.address import IPAddress
from farshore.gateway.ownership import Answer, View
from farshore.tailnet.localapi import LocalApiError, LocalApiFailure
from farshore.tailnet.status import Peer, parse_status
from farshore.watch.routers import router_of
from farshore.watch.verdict import Ping, Pinged

TARGET = ip_address("172.16.20.88")


def seen(state: str = "Running", *, accepts_routes: bool = True) -> View:
    status = parse_status(document(peer("r1", R1, LAN), state=state))
    return View(status=status, accepts_routes=accepts_routes, asked_s=0.0)


@pytest.mark.parametrize("address", [TARGET, ip_address(R1)])
def test_the_peer_whose_routes_cover_it_is_the_router(address: IPAddress) -> None:
    router = router_of(seen(), address)
    assert isinstance(router, Peer)
    assert router.host_name == "r1"


@pytest.mark.parametrize(
    ("answer", "ping"),
    [
        (LocalApiError(LocalApiFailure.MISSING, "no socket"), Ping.NOTHING),
        (seen("Starting"), Ping.NOTHING),
        (seen(accepts_routes=False), Ping.SILENT),
    ],
    ids=["no-tailscaled", "starting", "routes-not-accepted"],
)
def test_without_a_router_it_is_said_what_is_known(answer: Answer, ping: Ping) -> None:
    told = router_of(answer, TARGET)
    assert isinstance(told, Pinged)
    assert told.ping is ping
