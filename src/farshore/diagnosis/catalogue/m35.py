"""M35: the target is a name, and it does not resolve."""

from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.gateway_grounds import unread
from farshore.diagnosis.grounds import ground, worded
from farshore.diagnosis.index import Scope


def _unknown(scope: Scope) -> Ground | None:
    """The dial failed because a name did not resolve (`no such host`)."""
    by_address = scope.target is not None and not scope.target.is_name
    return ground(
        "the target's name did not resolve ({n} seen)", () if by_address else worded(scope, [Wording.NAME_UNKNOWN])
    )


CAUSE = Cause(
    code="M35",
    title="Name in the mapping does not resolve",
    hop=Hop.GATEWAY,
    about=About.TARGET,
    gravity=Gravity.TARGET,
    summary=(
        "The mapping holds a name. Userspace tailscaled asks MagicDNS and then the host's own resolver; split DNS, "
        "which knows private zones elsewhere in the tailnet, does not exist there."
    ),
    decides=(_unknown,),
    missing=(
        Missing(
            question=Question(
                what="what the name resolves to on the gateway's host, and through tailscaled",
                command="getent ahosts {host}; tailscale dns query {host}",
                cost=Cost.READ,
                answered=unread,
            ),
            would_decide="nothing in both: M35; an address: the resolver failed only at that time",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.GATEWAY,
            command="write the target's address in the mapping instead of its name",
            risk=Risk.LOW,
            verify="`farshore check`; `farshore doctor {target}`",
        ),
    ),
    mistaken_for=(("M07", "there the address is known, and no route leads to it"),),
)
