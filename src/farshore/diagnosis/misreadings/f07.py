"""F7: `LastHandshake` of year one is read as a WireGuard that never came up."""

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import Misreading, Says
from farshore.diagnosis.refutations import peers_with


def _none_since(index: Index) -> Ground | None:
    """The status says only that there was none since the observer's peer object exists."""
    seen = [each for each in peers_with(index, "LastHandshake") if each.peer.last_handshake is None]
    return ground("it says only that this observer has had none since its peer object was made", seen)


MISREADING = Misreading(
    id="F7",
    claim="LastHandshake zero means that WireGuard was never set up",
    truth=(
        "Zero means none since the WireGuard peer object exists; since 1.98 an idle peer loses that object. Up to 1.96 "
        "subnet routers kept it: none since tailscaled's start, or the peer's last restart."
    ),
    claims=(
        Says(
            groups=(
                ("lasthandshake", "last handshake", "wireguard"),
                (
                    "never completed",
                    "never",
                    "no wireguard handshake",
                    "no handshake",
                    "no tunnel",
                    "epoch",
                    "zero",
                    "0001",
                ),
            ),
        ),
    ),
    refuted_by=(_none_since,),
)
