"""The faults of docs/resilience.md that no other file has, in short: counts, codes and order; no seconds are judged."""

import contextlib
import socket
import time
from collections import Counter
from collections.abc import Iterator

from tests.tailnet.harness import faults, gateways, servers
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.leaks import LEAK, serves
from tests.tailnet.harness.streams import QUERY, Stream
from tests.tailnet.harness.tailnet import SITES, VIA_ONLY_TARGET, Tailnet, via
from tests.tailnet.harness.waiting import until

ROUTE = "db"
PATHS: list[dict[str, object]] = [{"via": name, "site": site} for name, site in SITES.items()]
CLOSED = "client.transfer.closed"
BEFORE, DURING, AFTER = 10, 30, 10
CROWD = 200


@contextlib.contextmanager
def standing(tailnet: Tailnet, talk: servers.Talk = servers.echo) -> Iterator[tuple[Gateway, servers.Server]]:
    """A gateway with a path over each router's own site, and the target behind them."""
    with tailnet.serving(talk, host=VIA_ONLY_TARGET) as server:
        routes = {ROUTE: ("tailscaled", f"{server.host}:{server.port}")}
        with gateways.serving(tailnet, gateways.egresses(tailnet, ["tailscaled"]), routes, paths=PATHS) as gateway:
            yield gateway, server


def probed(gateway: Gateway) -> float:
    """How many connections the health checks have made to the target: they are no client's."""
    return gateway.metric("farshore_target_probes_total", route=ROUTE, result="connected")


def test_a_router_flaps_and_nobody_is_left_without_an_answer(tailnet: Tailnet) -> None:
    with standing(tailnet) as (gateway, server):
        stream = Stream(gateway, ROUTE)
        stream.more(BEFORE)
        with faults.flapping(tailnet, tailnet.r1, down_s=1.5, up_s=1.5):
            fault_s = time.monotonic()
            stream.more(3 * DURING)
        stream.more(AFTER)
        clients = stream.end()
        endings, probes = gateway.endings(len(clients), route=ROUTE), probed(gateway)
    assert {client.answer for client in clients if client.at_s >= fault_s} == {QUERY}
    assert server.connections - probes <= 1.1 * len(clients)
    # Back for a moment it is tried, and lost again it stays back for longer: most clients never meet it.
    by_path = Counter(ending["path"] for ending in endings[BEFORE:])
    assert by_path["r2"] > by_path["r1"]


def test_the_control_plane_is_killed_and_nothing_changes_for_clients(tailnet: Tailnet) -> None:
    with standing(tailnet) as (gateway, server):
        stream = Stream(gateway, ROUTE)
        stream.more(BEFORE)
        with faults.control_plane_down(tailnet):
            stream.more(DURING)
            # One that has just been started again knows of no routes for a moment, and says so to everybody.
            clients = stream.end()
        endings, probes = gateway.endings(len(clients), route=ROUTE), probed(gateway)
    assert {client.answer for client in clients} == {QUERY}
    assert {ending["code"] for ending in endings} == {CLOSED}
    assert server.connections - probes <= 1.1 * len(clients)


def test_routes_are_withdrawn_and_given_back_and_nothing_leaks(tailnet: Tailnet) -> None:
    with (
        standing(tailnet) as (gateway, server),
        faults.impostor(tailnet, via(SITES["r1"], VIA_ONLY_TARGET), server.port) as impostor,
    ):
        stream = Stream(gateway, ROUTE)
        stream.more(BEFORE)
        with faults.route_withdrawn(tailnet):
            gone_s = time.monotonic()
            stream.more(DURING)
            back_s = time.monotonic()
        until(lambda: serves(gateway, ROUTE), "the route to carry again")
        healed_s = time.monotonic()
        stream.more(AFTER)
        clients = stream.end()
        codes = Counter(line["code"] for line in gateway.lines("connection-ended", route=ROUTE))
    meanwhile = [client for client in clients if gone_s <= client.at_s and client.answered_at_s < back_s]
    assert {client.answer for client in meanwhile} == {b""}
    assert codes[LEAK] >= len(meanwhile) > 0
    assert {client.answer for client in clients if client.at_s >= healed_s} == {QUERY}
    assert impostor.received == 0


def answer_once(connection: socket.socket, server: servers.Server) -> None:
    """One question, one answer."""
    connection.sendall(server.read(connection))


def test_200_clients_at_the_moment_of_a_routers_death_are_all_answered_and_burden_the_target_no_more(
    tailnet: Tailnet,
) -> None:
    with standing(tailnet, answer_once) as (gateway, server):
        for _ in range(BEFORE):
            assert gateway.send(ROUTE, QUERY).received == [QUERY]
        with faults.zombie(tailnet, tailnet.r1):
            sent = gateway.send(ROUTE, QUERY, clients=CROWD)
        assert sent.received == [QUERY] * CROWD, sent.codes
        assert {line["path"] for line in sent.lines} == {"r2"}
        assert server.connections - BEFORE <= CROWD * 1.1
