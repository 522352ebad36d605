"""A router dies between the connection and the target's first byte: its client is answered over the other one.

netstack completes the handshake with the target before it tells the gateway that the connection is there, and a router
that is killed sends nothing: the connection stands and stays silent. So it is the path's health that tells.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from tests.tailnet.harness import faults, gateways, servers
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.nodes import Node
from tests.tailnet.harness.tailnet import SITES, VIA_ONLY_TARGET, Tailnet
from tests.tailnet.harness.waiting import until

from farshore.lab import tds

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]

ROUTE = "db"
PATHS: list[dict[str, object]] = [{"via": name, "site": site} for name, site in SITES.items()]
OFTEN = {"every": "2s", "in_doubt": "1s", "fall": 2}
PRELOGIN = tds.packets(tds.Kind.PRELOGIN, tds.prelogin(2))
LOGIN = tds.packets(tds.Kind.LOGIN7, bytes(90))
ANSWER = b"an answer"
CLIENT_PATIENCE_S = 90.0
Fault = Callable[[Tailnet, Node], contextlib.AbstractContextManager[None]]


class Slow:
    """A target that hears everything and answers nobody before it is told to."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.may_answer = threading.Event()

    def talk(self, connection: socket.socket, server: servers.Server) -> None:
        while said := server.read(connection):
            self.heard.append(said)
            self.may_answer.wait()
            connection.sendall(ANSWER)

    def times_heard(self, said: bytes) -> int:
        return self.heard.count(said)


@contextlib.contextmanager
def slow(tailnet: Tailnet, protocol: str) -> Iterator[tuple[Gateway, Slow]]:
    """A gateway over both routers to a target that is slow to answer."""
    target = Slow()
    with tailnet.serving(target.talk, host=VIA_ONLY_TARGET) as server:
        routes = {ROUTE: ("tailscaled", f"{server.host}:{server.port}")}
        egresses = gateways.egresses(tailnet, ["tailscaled"])
        with gateways.serving(
            tailnet, egresses, routes, paths=PATHS, path_health=OFTEN, protocol=protocol, dead_path_grace="2s"
        ) as gateway:
            for path in SITES:
                until(lambda path=path: gateway.lines("health-changed", path=path, health="up"), f"{path} to be up")  # type: ignore[misc]
            yield gateway, target
            target.may_answer.set()


@pytest.mark.parametrize(
    "fault", [faults.zombie, faults.killed, faults.lan_leg_down], ids=lambda fault: str(fault.__name__)
)
def test_a_client_whose_answer_is_owed_is_answered_over_the_other_router(tailnet: Tailnet, fault: Fault) -> None:
    with slow(tailnet, "sqlserver") as (gateway, target):
        with gateway.dial(ROUTE, timeout_s=CLIENT_PATIENCE_S) as client:
            client.sendall(PRELOGIN)
            until(lambda: target.times_heard(PRELOGIN) == 1, "the target to hear the first message")
            with fault(tailnet, tailnet.r1):
                target.may_answer.clear()
                until(lambda: target.times_heard(PRELOGIN) == 2, "the target to hear it once more", deadline_s=60)
                target.may_answer.set()
                assert client.recv(100) == ANSWER
                client.sendall(LOGIN)
                assert client.recv(100) == ANSWER
                assert target.times_heard(LOGIN) == 1
        (replayed,) = gateway.lines("first-flight-replayed")
        assert (replayed["path"], replayed["onto"]) == ("r1", "r2")
        (ending,) = gateway.endings(1)
        assert (ending["path"], ending["code"]) == ("r2", "client.transfer.closed")
        assert gateway.metric("farshore_first_flights_replayed_total") == 1


def test_what_is_not_known_to_be_harmless_is_never_said_again(tailnet: Tailnet) -> None:
    with slow(tailnet, "sqlserver") as (gateway, target):
        with gateway.dial(ROUTE, timeout_s=CLIENT_PATIENCE_S) as client:
            client.sendall(PRELOGIN + LOGIN)
            until(lambda: target.heard == [PRELOGIN + LOGIN], "the target to hear what was said")
            with faults.zombie(tailnet, tailnet.r1):
                gateway.endings(1, deadline_s=60, code="router.transfer.dead", path="r1")
        assert target.heard == [PRELOGIN + LOGIN]
        assert not gateway.lines("first-flight-replayed")
