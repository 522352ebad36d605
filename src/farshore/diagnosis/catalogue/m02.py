"""M02: the router is off, or not connected to anything."""

from farshore.diagnosis.asking_tailnet import CONTROL_VIEW
from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.gateway import PathShifted
from farshore.diagnosis.facts.peers import DeviceListed
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.questions import TSMP_PING
from farshore.diagnosis.tailnet_grounds import (
    dial_answered,
    heard,
    no_session,
    nobody_answered_anywhere,
    offline,
    offline_by_the_informed,
    signs_of_death,
    signs_of_life,
    together,
    unanswered_dials,
    uninformed,
)

# What the gateway calls a path that carries nobody.
_LOST = {"down", "open"}


def _disconnected(scope: Scope) -> list[DeviceListed]:
    return [listed for listed in scope.near(scope.devices) if listed.online is False]


def _suffering(scope: Scope) -> list[Fact]:
    """What somebody suffers from, the silence of the router first."""
    return [*signs_of_death(scope), *unanswered_dials(scope), *scope.failures][:4]


def _control_agrees(scope: Scope) -> Ground | None:
    """The control plane has no connection to the router, and a status, a ping or a dial agrees."""
    listed, seen = _disconnected(scope), [*offline(scope), *_suffering(scope)]
    return ground("the control plane has no connection to the router", together(listed, seen))


def _offline_and_silent(scope: Scope) -> Ground | None:
    """A status shows the router offline since a time, and the router answers no ping."""
    seen, silent = offline(scope), signs_of_death(scope)
    since = next((each.peer.last_seen for each in seen), None)
    says = f"the router went offline at about {since:%Y-%m-%d %H:%M} UTC and answers no ping" if since else ""
    return ground(says, together(seen, silent))


def _offline(scope: Scope) -> Ground | None:
    """A status shows the router offline since a time, while dials through it fail."""
    seen, failing = offline(scope), _suffering(scope)
    return ground("a status shows the router offline while it is needed", together(seen, failing))


def _path_lost(scope: Scope) -> Ground | None:
    """A status shows the router offline, and the gateway has lost the path that bears the router's name."""
    names = frozenset() if scope.node is None else scope.node.names
    lost = [each for each in scope.index.of(PathShifted) if each.now in _LOST and each.path.lower() in names]
    return ground(
        "a status shows the router offline, and the gateway has lost its path: a route has one way less",
        together(offline(scope), lost),
    )


def _offline_unneeded(scope: Scope) -> Ground | None:
    """A status shows a router offline since a time; nobody is known to need it."""
    return ground("a status shows the router offline", offline(scope))


def _answers(scope: Scope) -> Ground | None:
    """The router answered a ping, or a target behind it was reached, at the time."""
    return ground("the router carries data", signs_of_life(scope))


def _uninformed(scope: Scope) -> Ground | None:
    """Whoever shows the router offline is itself not connected to the control plane."""
    told, stale = offline(scope), uninformed(scope)
    return ground(
        "who shows the router offline has lost the control plane itself: what it says of others is old",
        () if offline_by_the_informed(scope) else together(stale, told),
    )


def _online_elsewhere(scope: Scope) -> Ground | None:
    """The status of another node shows the router online, or the control plane has a connection to it."""
    witnesses = {seen.observer for seen in offline(scope)}
    online: list[Fact] = [seen for seen in scope.peers if seen.peer.online and seen.observer not in witnesses]
    online += [listed for listed in scope.devices if listed.online]
    return ground("elsewhere the router is seen online", online)


CAUSE = Cause(
    code="M02",
    title="Router offline",
    hop=Hop.ROUTER,
    about=About.ROUTER,
    gravity=Gravity.ROUTER,
    summary=(
        "The router has lost its connection to the control plane and carries nothing: it is switched off, asleep, or "
        "cut off. A sole router keeps its routes while it is away; with a second one failover takes about 15 s."
    ),
    decides=(_control_agrees, _offline_and_silent),
    points=(_offline, _path_lost, no_session),
    allows=(_offline_unneeded, nobody_answered_anywhere),
    rules_out=(_answers, heard, _uninformed, dial_answered),
    speaks_against=(_online_elsewhere,),
    missing=(
        Missing(question=CONTROL_VIEW, would_decide="not connected: M02; connected and silent: M01"),
        Missing(question=TSMP_PING, would_decide="answered: not M02; unanswered and offline: M02"),
    ),
    remedies=(
        Remedy(
            owner=Owner.ROUTER,
            command="start {name}, or its Tailscale service; see that it does not sleep",
            risk=Risk.LOW,
            verify="`tailscale ping --tsmp --c 3 {router}`",
        ),
        Remedy(
            owner=Owner.TAILNET,
            command="approve the same prefix on a second router, so that it takes over within about 15 s",
            risk=Risk.LOW,
            verify="`tailscale status --json` shows the prefix under another peer",
        ),
    ),
    mistaken_for=(
        ("M01", "there the router is online, and only its data plane is dead"),
        ("M14", "when the observer itself has lost the control plane, its view of everybody's Online is stale"),
        ("an idle standby", "it is online; offline alone has a LastSeen"),
    ),
)
