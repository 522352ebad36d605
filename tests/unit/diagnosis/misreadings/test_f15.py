import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import TARGET, dial, doctor, table

from farshore.diagnosis.collected import DialEnd
from farshore.diagnosis.misreadings.f15 import MISREADING

REFUSED = dial(DialEnd.FAILED, text=f"connect tcp {TARGET}: connection was refused")
SILENT = dial(DialEnd.SILENT, elapsed_s=5.0)

ROWS = [
    Claim(
        "The firewall blocks inbound packets",
        (doctor(REFUSED),),
        ("2.txt#/dials/0",),
        "The firewall blocks outbound packets",
        (doctor(SILENT),),
    ),
    Claim(
        "The firewall blocks inbound packets",
        (table("TX packets | RX packets", "During | 18 | 17"),),
        ("2.txt:7",),
        "The firewall blocks outbound packets",
        (table("TX packets | RX packets", "During | 18 | 0"),),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
