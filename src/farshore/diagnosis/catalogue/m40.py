"""M40: SQL Server routes the client to a replica that no mapping covers."""

from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.gateway_grounds import GATEWAY_LOG, drivers
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope

_DRIVERS = {"mssql", "mssql-jdbc"}


def _redirects(scope: Scope) -> list[DriverFailed]:
    return [each for each in drivers(scope, Symptom.REDIRECTED) if each.driver in _DRIVERS]


def _routed(scope: Scope) -> Ground | None:
    """The login was acknowledged with a routing to another server (ENVCHANGE type 20)."""
    sent = [each for each in _redirects(scope) if each.redirect]
    to = sent[0].redirect if sent else ""
    return ground(f"the server routed the client on to {to} after its login: that needs a route of its own", sent)


def _redirected(scope: Scope) -> Ground | None:
    """A driver speaks of a routing by SQL Server."""
    return ground("SQL Server routed the client elsewhere ({n} seen)", _redirects(scope))


CAUSE = Cause(
    code="M40",
    title="SQL Server routing: the login succeeds and names a server without a mapping",
    hop=Hop.TARGET,
    about=About.GATEWAY,
    gravity=Gravity.TARGET,
    summary=(
        "With ApplicationIntent=ReadOnly, or Azure's redirect policy, the server acknowledges the login and sends the "
        "client to another host and port. The driver dials that itself, past the gateway."
    ),
    decides=(_routed,),
    points=(_redirected,),
    missing=(
        Missing(
            question=GATEWAY_LOG,
            would_decide="an orderly connection with a whole login just before each failure: M40",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.APPLICATION,
            command="leave `ApplicationIntent=ReadOnly` out of the URL",
            risk=Risk.LOW,
            verify="`SELECT @@SERVERNAME` names the server that was meant",
        ),
        Remedy(
            owner=Owner.GATEWAY,
            command="add a route to the replica, on the port that is named, and let its name stand for the gateway",
            risk=Risk.LOW,
            verify="a connection to the replica's route is in the log right after each `client-redirected`",
        ),
        Remedy(
            owner=Owner.DATABASE,
            command="Azure: set the connection policy to Proxy; on premises: a routing URL that the client can reach",
            risk=Risk.LOW,
            verify="a read-only login works through the gateway",
        ),
    ),
    mistaken_for=(("M37", "there the login itself is declined"),),
)
