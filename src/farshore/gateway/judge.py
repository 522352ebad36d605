"""What a failed dial means: words, numbers and elapsed time in, an outcome out. No I/O.

tailscaled says the same thing differently on each way in (executed on 1.102.3): gVisor's wording means that the dial
went through the tailnet, the kernel's wording that it left through this host's own network.
"""

import errno
import os
from dataclasses import dataclass
from typing import assert_never

from farshore.core.outcome import Code
from farshore.wire.handshake import Decline, Declined

# tailscaled gives a SOCKS dial 5 s (net/socks5/socks5.go at v1.102.3); what took that long was not answered.
SOCKS_DEADLINE_S = 4.5
# A netstack router's ARP gives up after 3 s and it then answers with a reset: "refused" that late is no closed port.
ARP_DEADLINE_S = 2.5

_SILENCE = ("context deadline exceeded", "operation timed out", "i/o timeout", "connection timed out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no connection. `leak_connected`: the egress had connected already, through the wrong network."""

    code: Code
    detail: str
    leak_connected: bool = False


def judge_decline(declined: Declined, elapsed_s: float) -> Failure:
    """What an egress's refusal means; `elapsed_s` is the time since the request was sent."""
    detail = declined.detail
    match declined.reason:
        case Decline.MALFORMED:
            return Failure(code=Code.HANDSHAKE_MALFORMED, detail=detail)
        case Decline.REFUSED:
            return Failure(code=Code.HANDSHAKE_REFUSED, detail=detail)
        case Decline.CLOSED:
            return Failure(code=Code.HANDSHAKE_CLOSED, detail=detail)
        case Decline.NAME_UNKNOWN:
            return Failure(code=Code.NAME_UNKNOWN, detail=detail)
        case Decline.NOT_A_ROUTE:
            return Failure(code=Code.LEAK, detail=detail)
        case Decline.DIAL_FAILED:
            return _judge_dial(detail, elapsed_s)
        case unreachable:
            assert_never(unreachable)


def judge_connect(error: int, address: str) -> Failure:
    """What an errno means that came from reaching for the egress's own port or socket on this host."""
    reason = f"{address}: {_errno_text(error)}"
    if error in {errno.ENOENT, errno.ENOTDIR}:
        return Failure(code=Code.EGRESS_MISSING, detail=reason)
    if error in {errno.EACCES, errno.EPERM}:
        return Failure(code=Code.EGRESS_NOT_PERMITTED, detail=reason)
    if error in {errno.EMFILE, errno.ENFILE}:
        return Failure(code=Code.NO_DESCRIPTORS, detail=_errno_text(error))
    if error == errno.ETIMEDOUT:
        return Failure(code=Code.EGRESS_SILENT, detail=reason)
    return Failure(code=Code.EGRESS_REFUSED, detail=reason)


def judge_direct(error: int, target: str) -> Failure:
    """What an errno means that came from dialling the target on this host's own network."""
    reason = f"{target}: {_errno_text(error)}"
    if error in {errno.EMFILE, errno.ENFILE}:
        return Failure(code=Code.NO_DESCRIPTORS, detail=_errno_text(error))
    if error == errno.ECONNREFUSED:
        return Failure(code=Code.TARGET_REFUSED, detail=reason)
    if error == errno.ETIMEDOUT:
        return Failure(code=Code.TARGET_SILENT, detail=reason)
    return Failure(code=Code.TARGET_UNREACHABLE, detail=reason)


def no_answer(code: Code, elapsed_s: float) -> Failure:
    """Nobody answered; how long was waited is the evidence."""
    return Failure(code=code, detail=f"nobody answered for {elapsed_s:.1f} s")


def _judge_dial(text: str, elapsed_s: float) -> Failure:
    if "dial tcp" in text and "connect tcp" not in text:
        return Failure(code=Code.LEAK, detail=f"dialled by the kernel, not by the tailnet: {text}")
    after = f"{text} (after {elapsed_s:.2f} s)"
    if "refused" in text and "connect tcp" in text:
        late = elapsed_s >= ARP_DEADLINE_S
        return Failure(code=Code.TARGET_UNREACHABLE if late else Code.TARGET_REFUSED, detail=after)
    if "no route to host" in text or "network is unreachable" in text:
        return Failure(code=Code.TARGET_UNREACHABLE, detail=after)
    if elapsed_s >= SOCKS_DEADLINE_S or any(phrase in text for phrase in _SILENCE):
        return no_answer(Code.NO_ANSWER, elapsed_s)
    return Failure(code=Code.DIAL_FAILED, detail=after)


def _errno_text(error: int) -> str:
    return f"{os.strerror(error)} ({errno.errorcode.get(error, error)})"
