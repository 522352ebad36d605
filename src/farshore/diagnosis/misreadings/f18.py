"""F18: `RxBytes` zero is read as what the router receives."""

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import Misreading, Says
from farshore.diagnosis.refutations import peers_with


def _observers(index: Index) -> Ground | None:
    """The counter is the observer's."""
    seen = [each for each in peers_with(index, "RxBytes") if each.peer.rx_bytes == 0]
    return ground("RxBytes counts what this observer received from the peer, not what the peer receives", seen)


MISREADING = Misreading(
    id="F18",
    claim="RxBytes 0 means that the router receives nothing",
    truth="RxBytes and TxBytes are the observer's counters for the peer; one sample says nothing about now.",
    claims=(
        Says(
            groups=(
                ("rxbytes", "rx bytes"),
                ("never receiv", "not receiv", "receives no", "receives nothing", "receiving no", "one-way"),
            ),
        ),
    ),
    refuted_by=(_observers,),
)
