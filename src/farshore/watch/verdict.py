"""What the parts of one check say together: a ping of the router, a connection to the target, and another path's word.

A refusal is the target's own doing unless another path connects at the same time (executed on 1.102.3: a router in
userspace that has lost its network refuses at once). A target that nobody reaches behind a router that answers may be
the target, the network behind the router, or a firewall: a doubt, never a failure of the path.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from farshore.core.outcome import Code
from farshore.gateway.judge import Failure
from farshore.watch.health import Result


class Ping(StrEnum):
    """What a router did when it was pinged."""

    ANSWERED = "answered"
    SILENT = "silent"
    NOTHING = "nothing"


class Probe(StrEnum):
    """What came of a connection to the target."""

    CONNECTED = "connected"
    REFUSED = "refused"
    SILENT = "silent"
    UNROUTED = "unrouted"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinged:
    """`detail` says who was asked, how, and what came of it. `is_cut_off`: tailscaled itself has lost its control."""

    ping: Ping
    detail: str
    is_cut_off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """`detail` says what the dial came to."""

    probe: Probe
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of a path, and what told it."""

    result: Result
    reason: str


_PROBES = {
    Code.TARGET_REFUSED: Probe.REFUSED,
    Code.NO_ANSWER: Probe.SILENT,
    Code.TARGET_SILENT: Probe.SILENT,
    Code.TARGET_UNREACHABLE: Probe.SILENT,
    Code.DIAL_FAILED: Probe.SILENT,
    Code.LEAK: Probe.UNROUTED,
}


def probed(failure: Failure) -> Probed:
    """What a dial that failed says about the path; whatever failed on this host says nothing about it."""
    return Probed(probe=_PROBES.get(failure.code, Probe.NOTHING), detail=failure.detail)


def wants_a_witness(ping: Pinged | None, seen: Probed | None) -> bool:
    """Whether it depends on what another path sees at the same time."""
    if seen is None:
        return False
    is_router_dead = ping is not None and ping.ping is Ping.SILENT
    return seen.probe is Probe.REFUSED or (seen.probe is Probe.SILENT and not is_router_dead)


def judge(ping: Pinged | None, seen: Probed | None, *, witness: str | None) -> Check:
    """One check's result. None: there is no such part. `witness` is a path that connects at the same time."""
    if seen is None:
        return _by_ping(ping)
    match seen.probe:
        case Probe.CONNECTED:
            result, reason = Result.ANSWERED, seen.detail
        case Probe.UNROUTED:
            result, reason = Result.FAILED, seen.detail
        case Probe.REFUSED | Probe.SILENT if witness is not None:
            result, reason = Result.FAILED, f"{seen.detail}, while {witness} connects"
        case Probe.REFUSED:
            result, reason = Result.ANSWERED, f"the target refuses: {seen.detail}"
        case Probe.SILENT | Probe.NOTHING:
            return _unreached(ping, seen)
        case unreachable:
            assert_never(unreachable)
    return Check(result=result, reason=reason)


def _unreached(ping: Pinged | None, seen: Probed) -> Check:
    """Nobody answered the dial, or it came to nothing on this host."""
    if ping is not None and ping.ping is not Ping.ANSWERED:
        return _by_ping(ping)
    if seen.probe is Probe.NOTHING:
        return Check(result=Result.NOTHING, reason=seen.detail)
    front = "" if ping is None else f"{ping.detail}, and the target does not: "
    return Check(result=Result.DOUBTFUL, reason=front + seen.detail)


def _by_ping(ping: Pinged | None) -> Check:
    if ping is None:
        return Check(result=Result.NOTHING, reason="there is nobody to ask")
    match ping.ping:
        case Ping.ANSWERED:
            return Check(result=Result.ANSWERED, reason=ping.detail)
        case Ping.SILENT:
            return Check(result=Result.FAILED, reason=ping.detail)
        case Ping.NOTHING:
            return Check(result=Result.NOTHING, reason=ping.detail)
        case unreachable:
            assert_never(unreachable)
