from dataclasses import replace

import pytest
from tests.unit.surface.page.showing import Shown, end, path, record

from farshore.core.events import Health, TargetProbed
from farshore.core.outcome import Code
from farshore.core.sampled import TailscaledSampled
from farshore.gateway.breaker import BreakerState
from farshore.surface.page.hops import broken_words
from farshore.surface.page.model import Hop, State


def sampled(state: str = "Running", *health: str, problem: str | None = None) -> TailscaledSampled:
    return TailscaledSampled(egress="tailnet", backend_state=state, nodes=(), health=health, problem=problem)


def test_nothing_is_claimed_of_what_nobody_has_looked_at() -> None:
    card = Shown().card
    (leaving,) = card.exits
    assert leaving.tailscaled is not None
    looked = [leaving.egress, leaving.tailscaled, leaving.ways[0].router, card.target_hop]
    assert [hop.state for hop in looked] == [State.UNKNOWN] * 4
    assert [hop.seen_s for hop in looked] == [None] * 4


def test_a_client_that_was_served_proves_every_hop() -> None:
    shown = Shown()
    shown.pulse.announce(end())
    card = shown.card
    (leaving,) = card.exits
    assert leaving.tailscaled is not None
    hops = [leaving.egress, leaving.tailscaled, leaving.ways[0].router, card.target_hop]
    assert [hop.state for hop in hops] == [State.OK] * 4
    assert card.target_hop.seen_s == shown.clock.now_s


@pytest.mark.parametrize(
    ("sample", "state", "says"),
    [
        (sampled(), State.OK, "Running"),
        (sampled("NeedsLogin"), State.BROKEN, "NeedsLogin"),
        (sampled("Running", "no DERP"), State.DOUBT, "no DERP"),
        (sampled("", problem="no socket"), State.BROKEN, "no socket"),
    ],
)
def test_tailscaled_is_what_it_says_of_itself(sample: TailscaledSampled, state: State, says: str) -> None:
    shown = Shown()
    shown.pulse.announce(sample)
    hop = shown.card.exits[0].tailscaled
    assert hop is not None
    assert (hop.state, hop.says, hop.seen_s) == (state, says, shown.clock.now_s)


@pytest.mark.parametrize(
    ("health", "breaker", "state"),
    [
        (Health.UP, BreakerState.CLOSED, State.OK),
        (Health.UP, BreakerState.OPEN, State.DOUBT),
        (Health.SUSPECT, BreakerState.CLOSED, State.DOUBT),
        (Health.DOWN, BreakerState.CLOSED, State.BROKEN),
        (Health.UNKNOWN, BreakerState.OPEN, State.BROKEN),
    ],
)
def test_a_router_is_what_checks_and_breaker_say(health: Health, breaker: BreakerState, state: State) -> None:
    shown = Shown()
    shown.paths(path("r1", health, "told", state=breaker), path("r2"))
    assert shown.card.ways[0].router.state is state


@pytest.mark.parametrize(
    ("code", "kind"), [(Code.NO_ANSWER, "router"), (Code.EGRESS_REFUSED, "egress"), (Code.TARGET_REFUSED, "target")]
)
def test_a_failure_breaks_the_hop_that_it_names(code: Code, kind: str) -> None:
    shown = Shown()
    shown.pulse.announce(end())
    shown.clock.now_s += 1
    shown.pulse.announce(end(code, detail="told"))
    card = shown.card
    hops = [card.exits[0].egress, card.ways[0].router, card.target_hop]
    assert [hop.kind for hop in hops if hop.state is State.BROKEN] == [kind]


def test_a_failure_is_forgotten_when_somebody_is_served() -> None:
    shown = Shown()
    shown.pulse.announce(end(Code.TARGET_REFUSED))
    shown.clock.now_s += 1
    shown.pulse.announce(end())
    assert shown.card.target_hop.state is State.OK


def test_what_is_behind_a_broken_hop_is_not_known() -> None:
    shown = Shown()
    shown.pulse.announce(TargetProbed(route="8082", path="r1", result="connected", detail=""))
    shown.paths(path("r1", Health.DOWN), path("r2", Health.DOWN))
    hop = shown.card.target_hop
    assert (hop.state, hop.says) == (State.UNKNOWN, "out of reach: the way to it is broken")


def test_a_target_that_refuses_a_probe_is_broken() -> None:
    shown = Shown()
    shown.pulse.announce(TargetProbed(route="8082", path="r1", result="refused", detail="no listener"))
    assert shown.card.target_hop.state is State.BROKEN


def test_a_diagnosis_points_at_its_hop() -> None:
    shown = Shown(records=(record(),))
    shown.paths(path("r1", Health.DOWN), path("r2", Health.UP))
    ways = shown.card.ways
    assert [way.router.is_verdict for way in ways] == [True, False]


def test_a_direct_egress_has_no_tailscaled() -> None:
    shown = Shown()
    shown.gateway.route_states = [replace(shown.gateway.route_states[0], egress_kind="direct")]
    assert shown.card.exits[0].tailscaled is None


def test_broken_hops_are_named_a_diagnosis_first() -> None:
    def hop(kind: str, name: str, state: State = State.BROKEN, *, is_verdict: bool = False) -> Hop:
        return Hop(kind=kind, name=name, state=state, says="", is_verdict=is_verdict)

    assert broken_words([hop("router", "r1"), hop("router", "r2"), hop("egress", "x", State.OK)]) == "2 routers: r1, r2"
    assert broken_words([hop("router", "r1"), hop("target", "t", is_verdict=True)]) == "target t"
    assert broken_words([hop("tailscaled", "tailscaled")]) == "tailscaled"
    assert broken_words([hop("router", "r1", State.OK)]) == ""
