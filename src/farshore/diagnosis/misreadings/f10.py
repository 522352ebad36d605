"""F10: an old `LastWrite` is read as the peer's last sign of life."""

from farshore.diagnosis.misread import Misreading, Says
from farshore.diagnosis.refutations import silent_since

MISREADING = Misreading(
    id="F10",
    claim="An old LastWrite shows when the router was last active",
    truth=(
        "LastWrite is the last packet that the observer sent to the peer. If dials fail every second and it is old, "
        "the status is another node's, or the dials were never routed to that peer."
    ),
    claims=(Says(groups=(("lastwrite", "last write"), ("ago", "day", "hour", "old", "last activity", "stale"))),),
    refuted_by=(silent_since,),
)
