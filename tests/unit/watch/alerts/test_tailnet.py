"""What the tailnet says without any client."""

import pytest

from farshore.config.alerts import Rule
from farshore.core.events import RedundancyLost, RedundancyRegained
from farshore.core.sampled import NodeSeen, TailscaledSampled
from farshore.watch.alerts.seen import Condition
from farshore.watch.alerts.tailnet import DAY_S, STALE_S, Tailnet

NOW_S = 1_790_000_000.0
ROUTES = frozenset({"billing", "ledger"})


def node(
    *, online: bool | None = True, ping_ok: bool | None = True, expiry_s: float | None = None, is_router: bool = True
) -> NodeSeen:
    return NodeSeen(
        name="r1",
        ip="100.64.0.1",
        online=online,
        key_expiry_s=expiry_s,
        last_handshake_s=None,
        ping_ok=ping_ok,
        is_router=is_router,
    )


def sampled(*nodes: NodeSeen, problem: str | None = None, state: str = "Running") -> TailscaledSampled:
    return TailscaledSampled(egress="tailnet", backend_state=state, nodes=nodes, health=(), problem=problem)


def held(tailnet: Tailnet, now_s: float = NOW_S) -> list[Condition]:
    return list(tailnet.holds(ROUTES, now_s))


def test_what_is_well_says_nothing() -> None:
    tailnet = Tailnet()
    tailnet.note(sampled(node(expiry_s=NOW_S + 15 * DAY_S)), NOW_S)
    assert held(tailnet) == []


def test_the_control_plane_and_the_data_plane_are_told_apart() -> None:
    tailnet = Tailnet()
    tailnet.note(sampled(node(ping_ok=False)), NOW_S)
    (silent,) = held(tailnet)
    assert silent.rule is Rule.NODE_SILENT
    assert "control plane calls it online" in silent.title
    tailnet.note(sampled(node(online=False, ping_ok=None)), NOW_S)
    assert [each.rule for each in held(tailnet)] == [Rule.NODE_OFFLINE]


@pytest.mark.parametrize(("days", "mark"), [(13.9, "14"), (6.9, "7"), (0.9, "1"), (-0.1, "0")])
def test_a_key_that_ends_is_told_days_ahead(days: float, mark: str) -> None:
    tailnet = Tailnet()
    tailnet.note(sampled(node(expiry_s=NOW_S + days * DAY_S, is_router=False, ping_ok=None)), NOW_S)
    (expiring,) = held(tailnet)
    assert (expiring.rule, expiring.subject, expiring.mark) == (Rule.KEY_EXPIRY, "r1", mark)
    assert "this host's node" in expiring.title


@pytest.mark.parametrize("sample", [sampled(problem="nobody listens"), sampled(state="NeedsLogin")])
def test_a_tailscaled_that_carries_nothing(sample: TailscaledSampled) -> None:
    tailnet = Tailnet()
    tailnet.note(sample, NOW_S)
    assert [each.rule for each in held(tailnet)] == [Rule.TAILSCALED]


def test_what_was_heard_long_ago_says_nothing() -> None:
    tailnet = Tailnet()
    tailnet.note(sampled(problem="nobody listens"), NOW_S)
    assert held(tailnet, NOW_S + STALE_S + 1) == []


def test_one_dead_router_of_two_routes_is_one_lost_redundancy() -> None:
    tailnet = Tailnet()
    for route in ("ledger", "billing", "gone"):
        tailnet.note(RedundancyLost(route=route, left="r2", down=("r1",)), NOW_S)
    (lost,) = held(tailnet)
    assert (lost.rule, lost.subject, lost.routes) == (Rule.REDUNDANCY, "r1", ("billing", "ledger"))
    tailnet.note(RedundancyRegained(route="ledger", up=("r1", "r2")), NOW_S)
    assert held(tailnet)[0].routes == ("billing",)
