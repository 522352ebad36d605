import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import TARGET, dial, doctor

from farshore.diagnosis.collected import DialEnd
from farshore.diagnosis.misreadings.f05 import MISREADING

REFUSED = dial(DialEnd.FAILED, text=f"connect tcp {TARGET}: connection was refused")
SILENT = dial(DialEnd.SILENT, elapsed_s=5.0)

ROWS = [
    Claim("The router is dead", (doctor(REFUSED),), ("2.txt#/dials/0",), "The router is not dead", (doctor(SILENT),)),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
