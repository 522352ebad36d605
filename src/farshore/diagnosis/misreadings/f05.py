"""F5: a reset within a round trip is blamed on a router that does not answer."""

from farshore.diagnosis.misread import Misreading, Says
from farshore.diagnosis.refutations import faster_than_silence

MISREADING = Misreading(
    id="F5",
    claim="The connections fail because the router is dead",
    truth=(
        "A peer that does not answer makes a SOCKS dial fail at 5.0 s. A failure after about one round trip means that "
        "something answered (the target or the router's netstack), or that the dial failed on this host."
    ),
    claims=(
        Says(
            groups=(
                ("router", "node", "peer", "machine", "vm", "server"),
                ("unreachable", "dead", "completely down", "complete failure", "zombie", "no path", "not reachable"),
            ),
            never=("is not dead",),
        ),
    ),
    refuted_by=(faster_than_silence,),
)
