import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import flow_log, peer, status

from farshore.diagnosis.misreadings.f22 import MISREADING

ROWS = [
    Claim(
        "A one-way connection",
        (flow_log(txPkts=6, txBytes=6 * 148),),
        ("2.txt#/physicalTraffic/0",),
        "A connection both ways",
        (flow_log(txPkts=6, txBytes=6 * 148 + 1),),
    ),
    Claim(
        "A one-way connection",
        (status(peer(TxBytes=1560, RxBytes=0)),),
        ("2.txt#/Peer/nodekey:1",),
        "A connection both ways",
        (status(peer(TxBytes=1561, RxBytes=0)),),
    ),
    Claim(
        "RxBytes is 0: it never receives",
        (status(peer(TxBytes=1560, RxBytes=0)),),
        ("2.txt#/Peer/nodekey:1",),
        "RxBytes is 17: it receives",
        (status(peer(TxBytes=1560, RxBytes=17)),),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
