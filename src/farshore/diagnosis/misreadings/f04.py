"""F4: SOCKS reply 1 is read as a statement about routing."""

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import Misreading, Says
from farshore.diagnosis.refutations import general_failures


def _carries_no_cause(index: Index) -> Ground | None:
    """A dial failed with SOCKS reply 1."""
    return ground("the reply is 1, which tailscaled sends for every dial error", general_failures(index))


MISREADING = Misreading(
    id="F4",
    claim="SOCKS reply 1 (general failure) means that there is no route, or that the router can't be reached",
    truth=(
        "tailscaled sends 1 for any dial error, a refusal as well as silence; 2 to 5 are never sent for a dial "
        "(net/socks5/socks5.go at v1.102.3). The cause stands in its own log line and in the time that it took."
    ),
    claims=(
        Says(
            groups=(
                ("general socks", "general failure", "error code 1", "reply 1", "code 1", "socks"),
                (
                    "cannot route",
                    "can't route",
                    "no route",
                    "unreachable",
                    "no path",
                    "no way to",
                    "not reach",
                    "cannot reach",
                    "could not establish",
                ),
            ),
        ),
    ),
    refuted_by=(_carries_no_cause,),
)
