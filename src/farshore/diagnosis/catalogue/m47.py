"""M47: the gateway's tailscaled was told to stop, and still serves its ports."""

from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Owner, Remedy, Risk
from farshore.diagnosis.facts.peers import DaemonSeen, PrefsSeen
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.tailnet_grounds import of_the_gateway


def _stopped(scope: Scope) -> Ground | None:
    """A status that is no router's says `BackendState: Stopped`."""
    stopped = [seen for seen in scope.index.of(DaemonSeen) if seen.backend_state == "Stopped"]
    return ground("tailscaled is Stopped", [seen for seen in stopped if of_the_gateway(scope, seen)])


def _told_to(scope: Scope) -> Ground | None:
    """The preferences say that it shall not run, while it is logged in."""
    told = [p for p in scope.index.of(PrefsSeen) if p.want_running is False and p.logged_out is False]
    return ground("its preferences say that it shall not run", [p for p in told if of_the_gateway(scope, p)])


CAUSE = Cause(
    code="M47",
    title="Tailscale is down on this host: it was told to stop",
    hop=Hop.TAILSCALED,
    about=About.GATEWAY,
    gravity=Gravity.ALL,
    summary=(
        "Somebody ran `tailscale down`, or switched it off. tailscaled goes on serving its SOCKS and HTTP ports, and "
        "dials through the host's own network whatever it is asked for."
    ),
    decides=(_stopped,),
    points=(_told_to,),
    remedies=(
        Remedy(
            owner=Owner.GATEWAY,
            command="`tailscale up`",
            risk=Risk.LOW,
            verify="`tailscale status --json` shows BackendState Running",
        ),
    ),
    mistaken_for=(
        ("M15", "there the state is NeedsLogin: it wants to run and is not let in"),
        ("M23", "there nothing listens on tailscaled's ports"),
    ),
)
