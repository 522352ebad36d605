"""Grounds on the gateway's host that several causes find, and what they ask for."""

import re

from farshore.diagnosis.cause import Cost, Ground, Question
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.facts.dials import DialFailed, GatewayEnded, Wording
from farshore.diagnosis.grounds import ground, worded
from farshore.diagnosis.index import Scope

# What the gateway's pod or container is likely called; nothing in the input says which it is.
_GATEWAY_NAMES = ("farshore", "gateway", "proxy", "forwarder", "tailscale")
_WORDS = re.compile(r"[^a-z0-9]+")
_IPV6_LOOPBACK = "[::1]:"
_ANSWERED_BY_EGRESS = {Wording.SOCKS_GENERAL, Wording.DEADLINE, Wording.TAILNET_REFUSED, Wording.TAILNET_UNREACHABLE}


def ended(scope: Scope, *codes: str) -> list[GatewayEnded]:
    """The gateway's own records of a scope with one of some codes."""
    return [each for each in scope.index.of(GatewayEnded) if each.code in codes and scope.concerns(each.target)]


def is_gateway(name: str) -> bool:
    """Whether a pod or container is the gateway's, by its name."""
    lowered = name.lower()
    return any(each in lowered for each in _GATEWAY_NAMES) or "gw" in _WORDS.split(lowered)


def drivers(scope: Scope, *symptoms: Symptom) -> list[DriverFailed]:
    """What drivers say that has one of some symptoms."""
    return [each for each in scope.index.of(DriverFailed) if each.symptom in symptoms]


def established_died(scope: Scope) -> Ground | None:
    """Drivers lost connections that had carried data."""
    return ground("drivers lost connections that had carried data ({n} seen)", drivers(scope, Symptom.DIED_ESTABLISHED))


def owner_unconfirmed(scope: Scope) -> Ground | None:
    """The gateway's own record: tailscaled could not be asked who owns the target."""
    return ground(
        "tailscaled could not be asked who owns the target ({n} seen)", ended(scope, "gateway.dial.owner-unconfirmed")
    )


def silent_before_reply(scope: Scope) -> Ground | None:
    """A driver was connected and heard nothing before its first reply."""
    return ground(
        "drivers were connected and heard nothing before the first reply ({n} seen)",
        drivers(scope, Symptom.SILENT_BEFORE_REPLY),
    )


def client_waited(scope: Scope) -> Ground | None:
    """A driver's connection to the gateway itself timed out: nobody answered its SYN."""
    return ground(
        "a driver's connection to the gateway itself timed out: nobody answered its SYN ({n} seen)",
        drivers(scope, Symptom.NOT_REACHED_SILENT),
    )


def refused_here(scope: Scope, *, over_ipv6: bool) -> list[DialFailed]:
    """Dials that the egress's own port refused, over [::1] or over any other address."""
    refused = worded(scope, [Wording.EGRESS_REFUSED])
    return [dial for dial in refused if dial.egress_address.startswith(_IPV6_LOOPBACK) is over_ipv6]


def egress_answered(scope: Scope) -> Ground | None:
    """The egress answered other dials between the first failure and the last."""
    answered = [dial for dial in scope.failures if dial.wording in _ANSWERED_BY_EGRESS]
    return ground("the egress answered other dials at the same time", [*scope.successes[:3], *answered[:3]])


def unread(_: Scope) -> bool:
    """Nothing that could be read answers it; asked until the finding is proven otherwise."""
    return False


LISTENERS = Question(
    what="what listens on this host, and on which address family",
    command="ss -ltnp",
    cost=Cost.READ,
    answered=unread,
)
GATEWAY_LOG = Question(
    what="the gateway's own record of each connection, whose code says where it failed",
    command="kubectl logs POD -c farshore --timestamps | grep connection-ended",
    cost=Cost.READ,
    answered=lambda scope: bool(scope.index.of(GatewayEnded)),
)
