"""F23: traffic in both directions during the outage is passed over."""

from farshore.diagnosis.misread import Misreading, Says
from farshore.diagnosis.refutations import received, received_by_a_reporter

MISREADING = Misreading(
    id="F23",
    claim="Nobody could reach the router",
    truth=(
        "Rows of physical traffic with packets both ways prove a working WireGuard path between the reporter and the "
        "router; which reporter (`nodeId`) is the question that was not asked."
    ),
    claims=(
        Says(
            groups=(
                (
                    "nobody can reach",
                    "nobody can get through",
                    "no one can reach",
                    "nothing gets through",
                    "completely blocked",
                    "cannot receive",
                    "no inbound",
                    "zero inbound",
                    "cannot ping",
                    "data plane blocked",
                    "all inbound",
                ),
            ),
        ),
    ),
    refuted_by=(received, received_by_a_reporter),
)
