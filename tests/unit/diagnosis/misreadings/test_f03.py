import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import CLOSED, driver, lines

from farshore.diagnosis.misreadings.f03 import MISREADING

RESET = "SQLServerException: Error reading prelogin response: Connection reset ClientConnectionId:5d0"

ROWS = [
    Claim(
        "These are two separate outages",
        (lines(driver(CLOSED), driver(RESET)),),
        ("2.txt:1", "2.txt:2"),
        "There were two outages that day",
        (driver(CLOSED),),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
