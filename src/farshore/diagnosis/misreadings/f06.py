"""F6: `LastSeen` of year one is read as never seen."""

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import Misreading, Says
from farshore.diagnosis.refutations import peers_with


def _online(index: Index) -> Ground | None:
    """The peer is online, and an online peer has no LastSeen."""
    seen = [each for each in peers_with(index, "LastSeen") if each.peer.online and each.peer.last_seen is None]
    return ground("the peer is online, and LastSeen is filled only while a peer is offline", seen)


MISREADING = Misreading(
    id="F6",
    claim="LastSeen 0001-01-01 means that the peer was never seen",
    truth="LastSeen is present only while the peer is offline (tailscale ipn/ipnstate/ipnstate.go at v1.102.3).",
    claims=(Says(groups=(("lastseen", "last seen"), ("never", "0001", "not seen", "epoch"))),),
    refuted_by=(_online,),
)
