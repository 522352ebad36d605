import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import note, table

from farshore.diagnosis.misreadings.f11 import MISREADING

SENT = "Flows FROM 100.64.0.2: 24"

ROWS = [
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
