import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import dial, doctor, flow_log, peer, status, table

from farshore.diagnosis.collected import DialEnd
from farshore.diagnosis.misreadings.f23 import MISREADING

TWICE = doctor(dial(DialEnd.SILENT), dial(DialEnd.SILENT, clock="09:15:00"))

ROWS = [
    Claim(
        "Nobody can reach the router",
        (status(peer()), TWICE, flow_log("09:14:30", txPkts=18, rxPkts=17)),
        ("4.txt#/physicalTraffic/0",),
        "Somebody can reach the router",
        (status(peer()), TWICE, flow_log("09:20:30", txPkts=18, rxPkts=17)),
    ),
    Claim(
        "Nobody can reach the router",
        (table("TX packets | RX packets", "During | 18 | 17"),),
        ("2.txt:7",),
        "Somebody can reach the router",
        (table("TX packets | RX packets", "After | 18 | 17"),),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
