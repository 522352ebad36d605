"""M36: the connection came about, and the far side closed it before its first byte."""

from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.facts.dials import Greeted
from farshore.diagnosis.gateway_grounds import ended
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope

_SILENT_ENDS = ("upstream.first-byte.closed", "upstream.first-byte.reset")


def _closed_without_a_byte(scope: Scope) -> Ground | None:
    """The gateway's own record: the target was reached and closed without sending a byte."""
    return ground("the target was reached and closed without a single byte ({n} seen)", ended(scope, *_SILENT_ENDS))


def _driver_saw_an_end(scope: Scope) -> Ground | None:
    """A driver saw an orderly end before the first reply: the dial had succeeded."""
    closed = [e for e in scope.index.of(DriverFailed) if e.symptom is Symptom.CLOSED_BEFORE_REPLY]
    return ground(
        "the driver saw the connection closed in order before the first reply: the way to the target had come about, "
        "and the far side closed without a byte",
        closed,
    )


def _hung_up(scope: Scope) -> Ground | None:
    """A probe connected, and the target ended the connection in place of a greeting."""
    return ground("the target accepted, and hung up without a word ({n} tried)", _hang_ups(scope))


def _silent(scope: Scope) -> Ground | None:
    """A probe connected, and the greeting that was expected did not come."""
    silent = [g for g in scope.index.of(Greeted) if g.expected and not g.protocol and scope.concerns(g.target)]
    return ground("the target accepted, and did not greet ({n} tried)", silent)


def _hang_ups(scope: Scope) -> list[Greeted]:
    return [g for g in scope.index.of(Greeted) if g.hung_up and scope.concerns(g.target)]


def _greets(scope: Scope) -> Ground | None:
    """The target answered a handshake at the time."""
    at_the_time = scope.near(scope.index.of(Greeted), to=[*ended(scope, *_SILENT_ENDS), *_hang_ups(scope)])
    greeted = [g for g in at_the_time if g.protocol and scope.concerns(g.target)]
    return ground("the target answers a handshake", greeted)


def _probed(scope: Scope) -> bool:
    return any(scope.concerns(each.target) for each in scope.index.of(Greeted))


CAUSE = Cause(
    code="M36",
    title="Target accepts and closes before its first byte",
    hop=Hop.TARGET,
    about=About.TARGET,
    gravity=Gravity.TARGET,
    summary=(
        "The way to the target works. Its listener accepts and closes at once: a restart, no memory or no connection "
        "left, a TLS-strict setting, an IPS; or something between tailscaled and the listener does it on its behalf."
    ),
    points=(_closed_without_a_byte, _hung_up),
    allows=(_driver_saw_an_end, _silent),
    speaks_against=(_greets,),
    depends_on=("M01", "M26"),
    missing=(
        Missing(
            question=Question(
                what="whether the target answers a handshake, through the gateway and on its own LAN",
                command="farshore doctor {target}",
                cost=Cost.PROBE,
                answered=_probed,
            ),
            would_decide="closed on the LAN too: M36; answered on the LAN: the fault is between tailscaled and the LAN",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.DATABASE,
            command="read the server's error log at that time: restarts, connection limits, memory, forced encryption",
            risk=Risk.LOW,
            verify="`farshore doctor {target}` shows a greeting",
        ),
    ),
    mistaken_for=(
        ("M05", "there the dial itself fails, and the client sees a reset"),
        ("F2", "an end of the stream is no damaged data"),
        ("M26", "there every target closes at the same moment"),
        ("M30", "there bytes come back, of another protocol"),
        ("M37", "there the server answers, and declines"),
    ),
)
