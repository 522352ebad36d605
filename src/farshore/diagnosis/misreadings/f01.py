"""F1: `use of closed network connection` with `[::1]` is taken for a fault of IPv6 on loopback."""

from farshore.diagnosis.misread import Misreading, Says
from farshore.diagnosis.refutations import came_about_over_ipv6, closed_itself

MISREADING = Misreading(
    id="F1",
    claim="`use of closed network connection` over [::1] shows that IPv6 loopback is unstable",
    truth=(
        "Go says ErrClosed only when this very process has closed the descriptor: one direction was over, and the "
        "handler closed both. The line is the same over 127.0.0.1. A true fault reads `dial tcp [::1]:…: connect: …`."
    ),
    claims=(
        Says(
            groups=(
                ("ipv6", "::1"),
                ("instab", "unstable", "flaky", "unreliable", "break", "broke", "died", "dropped", "issue", "fault"),
            ),
            never=("no ipv6", "not a fault"),
        ),
        Says(groups=(("closed network connection",), ("died", "lost", "dropped", "during data transfer"))),
    ),
    refuted_by=(came_about_over_ipv6, closed_itself),
)
