"""M39: an Oracle listener sends the client to an address that no mapping covers."""

from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.clients import Symptom
from farshore.diagnosis.gateway_grounds import GATEWAY_LOG, drivers
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope

_DRIVER = "oracle"


def _sent_elsewhere(scope: Scope) -> Ground | None:
    """The listener redirected the client to another address (TNS packet type 5)."""
    sent = [each for each in drivers(scope, Symptom.REDIRECTED) if each.driver == _DRIVER and each.redirect]
    to = sent[0].redirect if sent else ""
    return ground(f"the listener sent the client on to {to}: that needs a route with `target: {to}`", sent)


CAUSE = Cause(
    code="M39",
    title="Oracle redirect: the listener sends the client to an address without a mapping",
    hop=Hop.TARGET,
    about=About.GATEWAY,
    gravity=Gravity.TARGET,
    summary=(
        "With RAC, shared server or an old listener on Windows the first hop only names another host and port (TNS "
        "packet type 5). The client dials that directly, past the gateway, and times out or finds no such host."
    ),
    decides=(_sent_elsewhere,),
    missing=(
        Missing(
            question=GATEWAY_LOG,
            would_decide="a short, orderly connection (some 100 bytes each way) just before each failure: M39",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.GATEWAY,
            command="add a route for the address that is named, and `redirects: rewrite` to the route that names it",
            risk=Risk.LOW,
            verify="the log says `client-redirect-rewritten` instead of `client-redirected`",
        ),
        Remedy(
            owner=Owner.APPLICATION,
            command="add `(SERVER=DEDICATED)` to CONNECT_DATA",
            risk=Risk.LOW,
            verify="the client's trace shows no further REDIRECT",
        ),
        Remedy(
            owner=Owner.DATABASE,
            command="use a local listener (Windows: `USE_SHARED_SOCKET=TRUE`), or map every node under its own name",
            risk=Risk.MEDIUM,
            verify="`lsnrctl services` shows the address that is mapped",
        ),
    ),
    mistaken_for=(
        ("M01", "there the first hop fails; here it was in order"),
        ("M35", "the name that does not resolve is the redirect's, not the mapping's"),
    ),
)
