"""M30: the mapping leads to something else."""

from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.clients import Symptom
from farshore.diagnosis.facts.dials import Greeted
from farshore.diagnosis.gateway_grounds import drivers, ended
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope


def _other_protocol(scope: Scope) -> Ground | None:
    """A handshake was answered in another protocol than the route's."""
    wrong = [
        greeted
        for greeted in scope.index.of(Greeted)
        if greeted.protocol and greeted.expected and greeted.protocol != greeted.expected
        if scope.concerns(greeted.target)
    ]
    if not wrong:
        return None
    return ground(f"{wrong[0].protocol} answers where {wrong[0].expected} is expected", wrong)


def _other_egress(scope: Scope) -> Ground | None:
    """The gateway's own record: the egress's address speaks another protocol, or asks for a login."""
    codes = ("egress.handshake.malformed", "egress.handshake.refused")
    return ground("what answers on the egress's address is no tailscaled of that kind ({n} seen)", ended(scope, *codes))


def _route_mistaken(scope: Scope) -> Ground | None:
    """The gateway's own record: the target's first bytes were another protocol's than the route's."""
    return ground(
        "the target answered clients in another protocol than the route's ({n} seen)",
        ended(scope, "target.first-byte.wrong-protocol"),
    )


def _driver_read_other(scope: Scope) -> Ground | None:
    """A driver read bytes of another protocol."""
    return ground(
        "a driver read bytes of another protocol than its own ({n} seen)", drivers(scope, Symptom.WRONG_PROTOCOL)
    )


def _right_protocol(scope: Scope) -> Ground | None:
    """A handshake was answered in the route's own protocol."""
    right = [
        greeted
        for greeted in scope.index.of(Greeted)
        if greeted.protocol and greeted.protocol == greeted.expected and scope.concerns(greeted.target)
    ]
    return ground("the target answers in the protocol that is expected", right)


def _fingerprinted(scope: Scope) -> bool:
    return any(greeted.expected and scope.concerns(greeted.target) for greeted in scope.index.of(Greeted))


CAUSE = Cause(
    code="M30",
    title="Wrong mapping: the port leads to another server",
    hop=Hop.GATEWAY,
    about=About.TARGET,
    gravity=Gravity.TARGET,
    summary=(
        "The way works and ends at something else: a port or an address in the configuration is another server's, or "
        "another program listens on the egress's port."
    ),
    decides=(_other_protocol, _route_mistaken, _other_egress),
    points=(_driver_read_other,),
    speaks_against=(_right_protocol,),
    missing=(
        Missing(
            question=Question(
                what="which protocol the target greets with",
                command="farshore doctor {target}",
                cost=Cost.PROBE,
                answered=_fingerprinted,
            ),
            would_decide="another protocol: M30; the right one: the driver was sent elsewhere by its own configuration",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.GATEWAY,
            command="compare the route's listen port and target with what the client is meant to reach; "
            "`farshore check`",
            risk=Risk.LOW,
            verify="`farshore doctor {target}` names the protocol that the client speaks",
        ),
    ),
    mistaken_for=(
        ("M36", "there nothing at all comes back"),
        ("M42", "TLS where plain text is expected looks like another protocol, too"),
    ),
)
