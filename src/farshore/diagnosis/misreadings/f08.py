"""F8: `Addrs: null` is taken for a peer without an endpoint."""

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.facts.peers import PeerSeen
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import Misreading, Says


def _never_filled(index: Index) -> Ground | None:
    """The field stands at a peer, where it is never filled."""
    seen = [each for each in index.of(PeerSeen) if "Addrs" in each.fields]
    return ground("the field is a peer's, and tailscaled fills it for itself alone", seen)


MISREADING = Misreading(
    id="F8",
    claim="Addrs null means that no endpoint of the peer is known",
    truth="Addrs is never filled for peers, only for Self (wgengine/magicsock/magicsock.go at v1.88.4 and v1.102.3).",
    claims=(
        Says(groups=(("addrs",), ("no endpoint", "no address", "unknown", "not known", "no known", "unreachable"))),
    ),
    refuted_by=(_never_filled,),
)
