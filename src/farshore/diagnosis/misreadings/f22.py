"""F22: a counter is passed over that holds nothing but unanswered handshakes."""

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.facts.flows import HandshakesUnanswered
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import Misreading, Says
from farshore.diagnosis.refutations import peers_with

# 148 bytes of initiation and 8 of headroom, as wireguard-go counts since tailscale 1.86.
_INITIATION_BYTES = 156
_FEWEST = 5


def _whole_initiations(index: Index) -> Ground | None:
    """The bytes sent are a whole number of handshake initiations, and none came back."""
    seen = [
        each
        for each in peers_with(index, "TxBytes")
        if each.peer.rx_bytes == 0
        and each.peer.tx_bytes >= _FEWEST * _INITIATION_BYTES
        and each.peer.tx_bytes % _INITIATION_BYTES == 0
    ]
    if not seen:
        return None
    count = seen[0].peer.tx_bytes // _INITIATION_BYTES
    return ground(
        f"{seen[0].peer.tx_bytes:,} bytes are exactly {count} handshake initiations ({count} x {_INITIATION_BYTES}): "
        "from this observer there never was a session to send or lose data in",
        seen,
    )


def _initiations_alone(index: Index) -> Ground | None:
    """Rows of a flow log that received nothing and sent 148 (or 156) bytes a packet."""
    seen = index.of(HandshakesUnanswered)
    count = sum(each.initiations for each in seen)
    return ground(
        f"{count:,} packets in the flow log are handshake initiations and nothing else (148 bytes each): these "
        "reporters had no session then to send or lose data in",
        seen,
    )


MISREADING = Misreading(
    id="F22",
    claim="Bytes sent and none received are data that gets no answer",
    truth="A session that was up sends keepalives and data of other sizes; initiations alone do not.",
    claims=(
        Says(groups=(("one-way", "send-only", "sending but not receiving"),)),
        Says(
            groups=(
                ("txbytes", "rxbytes", "tx bytes", "rx bytes"),
                ("receiv",),
                ("never", "not ", "no ", "nothing", "without"),
            )
        ),
    ),
    refuted_by=(_whole_initiations, _initiations_alone),
)
