import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import table

from farshore.diagnosis.misreadings.f12 import MISREADING

HEAD, BEFORE = "Flows | Single-packet", "Before | 1,000 | 980"

ROWS = [
    Claim(
        "98 % of the connection attempts failed",
        (table(HEAD, BEFORE, "During | 1,000 | 985"),),
        ("2.txt:7", "2.txt:8"),
        "98 % of the connection attempts were served",
        (table(HEAD, BEFORE, "During | 1,000 | 500"),),
    ),
    Claim(
        "Single-packet flows are connections that failed",
        (table(HEAD, BEFORE, "During | 1,000 | 985"),),
        ("2.txt:7", "2.txt:8"),
        "Single-packet flows are mostly names looked up",
        (table(HEAD, BEFORE, "During | 1,000 | 500"),),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
