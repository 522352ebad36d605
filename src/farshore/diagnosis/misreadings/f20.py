"""F20: subnet routes are said to be disabled, and the status lists them."""

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.facts.peers import PeerSeen
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import Misreading, Says


def _listed(index: Index) -> Ground | None:
    """The status lists the routes as primary: advertised, approved, elected."""
    seen = [each for each in index.of(PeerSeen) if each.peer.primary_routes]
    return ground("PrimaryRoutes lists them: advertised, approved, and this node elected", seen)


MISREADING = Misreading(
    id="F20",
    claim="The subnet routes were disabled or not advertised",
    truth="Control lists a prefix in PrimaryRoutes only if it is advertised and approved and the node is its primary.",
    claims=(
        Says(
            groups=(
                ("routes", "subnet routing", "advertise-routes"),
                (
                    "disabled",
                    "switched off",
                    "turned off",
                    "not advertised",
                    "nobody had approved",
                    "unapproved",
                    "inactive",
                    "missing",
                    "weren't advertised",
                    "not approved",
                ),
            ),
        ),
    ),
    refuted_by=(_listed,),
)
