import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import CLOSED, DIED, driver

from farshore.diagnosis.misreadings.f02 import MISREADING

ROWS = [
    Claim(
        "The driver received corrupted data",
        (driver(CLOSED),),
        ("2.txt:1",),
        "The driver received an answer late",
        (driver(DIED),),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
