"""What the time to a dial's failure says about who answered.

The classes are those of a SOCKS dial through tailscaled (net/socks5/socks5.go at v1.102.3: a hard deadline of 5 s since
2021). HTTP CONNECT and the LocalAPI have no such deadline; there only T0 to T3 mean something.
"""

from enum import StrEnum

LOCAL_S = 0.005
ANSWERED_S = 0.9
RETRIED_S = 2.9
ARP_S = 3.5
DEADLINE_S = 4.85
AFTER_DEADLINE_S = 5.6


class Timing(StrEnum):
    """How long a dial took to fail, as a class."""

    T0 = "T0"  # within this host, or a very near answer
    T1 = "T1"  # about one round trip: something answered
    T2 = "T2"  # 1 to 2.9 s: connect() retried after a refusal on a Windows router
    T3 = "T3"  # about 3 s: the router's ARP for a host that does not exist gave up
    T5 = "T5"  # tailscaled's own deadline: nobody answered
    OTHER = "other"


def timing_of(elapsed_s: float) -> Timing:
    """The class of a time to failure in seconds; negative or between classes is OTHER."""
    bounds = ((LOCAL_S, Timing.T0), (ANSWERED_S, Timing.T1), (RETRIED_S, Timing.T2), (ARP_S, Timing.T3))
    if elapsed_s < 0 or ARP_S <= elapsed_s < DEADLINE_S or elapsed_s > AFTER_DEADLINE_S:
        return Timing.OTHER
    return next((timing for bound, timing in bounds if elapsed_s < bound), Timing.T5)


def answered(elapsed_s: float) -> bool:
    """Whether a failure came too fast for silence: something refused, or nothing left this host."""
    return 0 <= elapsed_s < ARP_S
