"""F19: a home relay is taken for relayed traffic."""

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import Misreading, Says
from farshore.diagnosis.refutations import peers_with


def _home_region(index: Index) -> Ground | None:
    """The status names a relay region, which it does whenever the peer has a home."""
    seen = [each for each in peers_with(index, "Relay") if each.peer.relay]
    return ground("Relay names the peer's home region, whatever way its traffic takes", seen)


MISREADING = Misreading(
    id="F19",
    claim="Relay names the region through which the peer's traffic is relayed",
    truth="Relay is the peer's home DERP region, set whenever known (wgengine/magicsock/endpoint.go at v1.102.3).",
    claims=(
        Says(groups=(("relay",), ("is relayed", "being relayed", "relayed through", "relayed via", "goes through"))),
    ),
    refuted_by=(_home_region,),
)
