"""M23: nothing listens where the gateway reaches for tailscaled."""

from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.gateway_grounds import (
    GATEWAY_LOG,
    LISTENERS,
    egress_answered,
    ended,
    owner_unconfirmed,
    refused_here,
)
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope


def _refused(scope: Scope) -> Ground | None:
    """The egress's own port or socket on this host refused, or does not exist."""
    return ground(
        "the port or socket of tailscaled on the gateway's own host refused ({n} seen)",
        refused_here(scope, over_ipv6=False),
    )


def _not_permitted(scope: Scope) -> Ground | None:
    """The gateway's own record: it may not open tailscaled's socket."""
    return ground(
        "the gateway may not open tailscaled's socket ({n} seen)", ended(scope, "egress.connect.not-permitted")
    )


def _refused_over_ipv6(scope: Scope) -> Ground | None:
    """The egress's port refused over [::1]: nothing listens, or only on 127.0.0.1."""
    return ground("the port refused over [::1] ({n} seen)", refused_here(scope, over_ipv6=True))


CAUSE = Cause(
    code="M23",
    title="Port of tailscaled closed: nothing listens on the gateway's host",
    hop=Hop.TAILSCALED,
    about=About.GATEWAY,
    gravity=Gravity.ALL,
    summary=(
        "The gateway cannot even begin: its SOCKS port or LocalAPI socket refuses, is missing or may not be opened. "
        "tailscaled does not run, runs with other flags, or belongs to another user. Nothing was sent anywhere."
    ),
    decides=(_refused, _not_permitted),
    allows=(_refused_over_ipv6, owner_unconfirmed),
    speaks_against=(egress_answered,),
    depends_on=("M25", "M26"),
    missing=(
        Missing(
            question=LISTENERS,
            would_decide="nobody on the port: M23; on 127.0.0.1 alone while the gateway dials [::1]: M24",
        ),
        Missing(question=GATEWAY_LOG, would_decide="`egress.connect.refused` or `.missing`: M23"),
    ),
    remedies=(
        Remedy(
            owner=Owner.GATEWAY,
            command="start tailscaled, and give the gateway the address of its `--socks5-server` or `--socket` flag",
            risk=Risk.LOW,
            verify="`ss -ltn` shows the port; `farshore doctor` passes the egress",
        ),
    ),
    mistaken_for=(
        ("SOCKS reply 1", "there tailscaled answered, and the fault is beyond it"),
        ("M24", "there it listens, on the other address family"),
        ("M27", "there it accepts and says nothing"),
    ),
)
