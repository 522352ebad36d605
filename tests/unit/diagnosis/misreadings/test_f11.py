import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import dial, doctor, flow_log, note, peer, status, table

from farshore.diagnosis.collected import DialEnd
from farshore.diagnosis.misreadings.f11 import MISREADING

SENT = "Flows FROM 100.64.0.2: 24"

TWICE = doctor(dial(DialEnd.SILENT), dial(DialEnd.SILENT, clock="09:15:00"))

ROWS = [
    Claim(
        "There are 0 flows to the router",
        (status(peer()), TWICE, flow_log(txPkts=18, rxPkts=17)),
        ("4.txt#/physicalTraffic/0",),
        "There are flows to the router",
        (status(peer()), TWICE, flow_log(section="exitTraffic", txPkts=18, rxPkts=17)),
    ),
    Claim(
        "This is asymmetric routing",
        (flow_log(txPkts=18),),
        ("2.txt#/physicalTraffic/0",),
        "This is ordinary routing",
        (flow_log(section="exitTraffic", txPkts=18),),
    ),
    Claim(
        "This is asymmetric routing",
        (note(SENT, "Flows TO 100.64.0.2: 0"),),
        ("2.txt:8",),
        "This is ordinary routing",
        (note(SENT, "Flows TO 100.64.0.2: 21"),),
    ),
    Claim(
        "The relay is 203.0.113.9:41641",
        (table("TX packets | RX packets", "During | 18 | 17"),),
        ("2.txt:7",),
        "The relay is 127.3.3.40:1",
        (table("TX packets | RX packets", "During | 18 | 0"),),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
