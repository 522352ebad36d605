"""How paths are, without a single client: what a router's death looks like, and what must never be taken for one."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.tailnet.harness import faults, gateways, servers
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.nodes import Node
from tests.tailnet.harness.tailnet import SITES, VIA_ONLY_TARGET, Tailnet
from tests.tailnet.harness.waiting import until

ROUTE = "db"
PATHS: list[dict[str, object]] = [{"via": name, "site": site} for name, site in SITES.items()]
OFTEN = {"every": "3s", "in_doubt": "1s"}
DEADLINE_S = 90.0

Fault = Callable[[Tailnet, Node], contextlib.AbstractContextManager[None]]


@contextlib.contextmanager
def watching(tailnet: Tailnet, port: int, *, probe: str | None = None, egress: str = "tailscaled") -> Iterator[Gateway]:
    """A gateway without clients that looks at a path over each router's own site; both are up."""
    routes = {ROUTE: (egress, f"{VIA_ONLY_TARGET}:{port}")}
    egresses = gateways.egresses(tailnet, [egress])
    with gateways.serving(tailnet, egresses, routes, paths=PATHS, probe=probe, path_health=OFTEN) as gateway:
        for path in SITES:
            until_health(gateway, path, "up")
        yield gateway


def until_health(gateway: Gateway, path: str, health: str) -> None:
    what = f"{path} to be {health}"
    until(lambda: gateway.metric("farshore_path_health", path=path, health=health), what, deadline_s=DEADLINE_S)


def more_checks(gateway: Gateway, path: str, count: int) -> None:
    """Wait until a path has been looked at so many more times."""
    before = gateway.metric("farshore_path_checks_total", path=path)
    until(
        lambda: gateway.metric("farshore_path_checks_total", path=path) >= before + count,
        f"{count} more checks of {path}",
        deadline_s=DEADLINE_S,
    )


def healths(gateway: Gateway, path: str) -> list[str]:
    """What a path has been, in order."""
    return [line["health"] for line in gateway.lines("health-changed", route=ROUTE, path=path)]


def until_healths(gateway: Gateway, path: str, *expected: str) -> None:
    """Wait until a path has been this, in this order, and nothing else; lines come a moment after the metrics."""
    until(lambda: len(healths(gateway, path)) >= len(expected), f"{path} to have been {expected}")
    assert healths(gateway, path) == list(expected)


def last(gateway: Gateway, path: str, health: str) -> dict[str, Any]:
    return gateway.lines("health-changed", path=path, health=health)[-1]


def is_noticed_and_mended(tailnet: Tailnet, gateway: Gateway, fault: Fault) -> str:
    """r1 goes down and comes back, r2 is always up, and the route says that it has none to spare meanwhile."""
    with fault(tailnet, tailnet.r1):
        until_health(gateway, "r1", "down")
        (lost,) = until(lambda: gateway.lines("redundancy-lost", route=ROUTE), "the redundancy to be lost")
        assert (lost["left"], lost["down"], lost["level"]) == ("r2", ["r1"], "warning")
        assert gateway.metric("farshore_redundancy_lost", route=ROUTE) == 1
        assert not gateway.lines("redundancy-regained")
    until_health(gateway, "r1", "up")
    (regained,) = until(lambda: gateway.lines("redundancy-regained", route=ROUTE), "the redundancy to be regained")
    assert sorted(regained["up"]) == ["r1", "r2"]
    assert gateway.metric("farshore_redundancy_lost", route=ROUTE) == 0
    until_healths(gateway, "r1", "up", "suspect", "down", "up")
    assert healths(gateway, "r2") == ["up"]
    assert not gateway.lines("connection-ended")
    return str(last(gateway, "r1", "down")["reason"])


@pytest.mark.parametrize("fault", [faults.zombie, faults.frozen, faults.killed], ids=lambda fault: fault.__name__)
def test_a_dead_router_is_noticed_by_pings_alone_and_no_target_sees_them(tailnet: Tailnet, fault: Fault) -> None:
    with (
        tailnet.serving(servers.echo, host=VIA_ONLY_TARGET) as server,
        watching(tailnet, server.port, probe="none") as gateway,
    ):
        reason = is_noticed_and_mended(tailnet, gateway, fault)
        assert "r1" in reason
        assert "answered no ping" in reason
        assert server.connections == 0


@pytest.mark.parametrize("egress", ["tailscaled", "socks5"])
def test_a_router_that_has_lost_its_lan_answers_pings_and_is_down(tailnet: Tailnet, egress: str) -> None:
    with (
        tailnet.serving(servers.echo, host=VIA_ONLY_TARGET) as server,
        watching(tailnet, server.port, egress=egress) as gateway,
    ):
        reason = is_noticed_and_mended(tailnet, gateway, faults.lan_leg_down)
        assert reason.endswith("while r2 connects")
        connected = gateway.metric("farshore_target_probes_total", result="connected")
        assert server.connections <= connected + 2  # those under way
        assert server.received == 0


def test_a_healthy_idle_standby_is_never_suspect_and_each_check_costs_the_target_one_connection(
    tailnet: Tailnet,
) -> None:
    with tailnet.serving(servers.echo, host=VIA_ONLY_TARGET) as server:
        with watching(tailnet, server.port) as gateway:
            more_checks(gateway, "r2", 8)
            assert {path: healths(gateway, path) for path in SITES} == {"r1": ["up"], "r2": ["up"]}
            assert not gateway.lines("redundancy-lost")
            checks = gateway.metric("farshore_path_checks_total", route=ROUTE)
            assert gateway.metric("farshore_path_checks_total", result="answered") == checks
        assert checks <= server.connections <= checks + 2
        assert server.received == 0


def test_a_target_that_refuses_is_not_the_paths_doing(tailnet: Tailnet) -> None:
    with watching(tailnet, tailnet.free_port()) as gateway:
        for path in SITES:
            more_checks(gateway, path, 4)
            assert healths(gateway, path) == ["up"]
        assert gateway.metric("farshore_target_probes_total", result="refused") >= 8


def test_a_target_that_nobody_reaches_makes_paths_suspect_and_never_down(tailnet: Tailnet) -> None:
    with (
        tailnet.serving(servers.echo, host=VIA_ONLY_TARGET) as server,
        watching(tailnet, server.port) as gateway,
    ):
        with faults.dropped_at_target(tailnet, server.port):
            for path in SITES:
                until_health(gateway, path, "suspect")
            more_checks(gateway, path, 4)
        for path in SITES:
            until_healths(gateway, path, "up", "suspect", "up")
        assert not gateway.lines("redundancy-lost")


@pytest.mark.parametrize("fault", [faults.frozen, faults.killed], ids=lambda fault: fault.__name__)
def test_a_tailscaled_that_does_not_answer_says_nothing_about_paths(tailnet: Tailnet, fault: Fault) -> None:
    with (
        tailnet.serving(servers.echo, host=VIA_ONLY_TARGET) as server,
        watching(tailnet, server.port) as gateway,
    ):
        with fault(tailnet, tailnet.gw):
            for path in SITES:
                until_health(gateway, path, "unknown")
            more_checks(gateway, path, 3)
        for path in SITES:
            until_health(gateway, path, "up")
            assert "down" not in healths(gateway, path)
        assert not gateway.lines("redundancy-lost")
