import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import table

from farshore.diagnosis.misreadings.f23 import MISREADING

ROWS = [
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
