"""M24: the name of the loopback leads to a family on which tailscaled does not listen."""

from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.dials import RelayBroke
from farshore.diagnosis.gateway_grounds import LISTENERS, egress_answered, refused_here
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope


def _refused_beside_answers(scope: Scope) -> Ground | None:
    """The port refused over [::1] while tailscaled answered other dials on the same host."""
    refused, answered = refused_here(scope, over_ipv6=True), egress_answered(scope)
    if not refused or answered is None:
        return None
    return ground(
        "the port refused over [::1] while tailscaled answered other dials: it listens on 127.0.0.1 alone",
        [*refused[:3], *answered.facts],
    )


def _refused(scope: Scope) -> Ground | None:
    """The egress's port refused over [::1]."""
    return ground("the port refused over [::1] ({n} seen)", refused_here(scope, over_ipv6=True))


def _came_about(scope: Scope) -> Ground | None:
    """A connection over [::1] to the same port had come about."""
    ports = {dial.egress_address.rpartition(":")[2] for dial in refused_here(scope, over_ipv6=True)}
    reached = {f"[::1]:{port}" for port in ports}
    broke = [each for each in scope.index.of(RelayBroke) if reached & set(each.addresses)]
    return ground("a connection over [::1] to that port had come about", broke)


CAUSE = Cause(
    code="M24",
    title="Address family of the loopback: dialled over IPv6, listening on IPv4",
    hop=Hop.GATEWAY,
    about=About.GATEWAY,
    gravity=Gravity.PART,
    summary=(
        "The gateway dials a name that resolves to ::1 and to 127.0.0.1, and tailscaled listens on one of them. Which "
        "dials fail depends on the resolver's order, so it comes and goes."
    ),
    decides=(_refused_beside_answers,),
    allows=(_refused,),
    rules_out=(_came_about,),
    missing=(Missing(question=LISTENERS, would_decide="127.0.0.1:PORT and no [::1]:PORT: M24; neither: M23"),),
    remedies=(
        Remedy(
            owner=Owner.GATEWAY,
            command="write 127.0.0.1 in the gateway's egress and in tailscaled's `--socks5-server` flag",
            risk=Risk.LOW,
            verify="the log shows no more `dial tcp [::1]:…: connect: connection refused`",
        ),
    ),
    mistaken_for=(
        ("F1", "`[::1]` in a line about a copy that ended shows a connection that did come about"),
        ("M23", "there nothing listens on either family"),
    ),
)
