import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import note

from farshore.diagnosis.misreadings.f14 import MISREADING


def checked(failed: int) -> str:
    return note("Total queries: 10,000", f"Failed queries: {failed:,}", "Ran for: 1,200 minutes")


ROWS = [
    Claim(
        "The outage went on for hours",
        (checked(200),),
        ("2.txt:7",),
        "Business hours are 9 to 5; see the status page",
        (checked(6000),),
    ),
    Claim(
        "It has not come back by itself since",
        (checked(200),),
        ("2.txt:7",),
        "It came back by itself, and has not been missed since",
        (checked(6000),),
    ),
    Claim("Duration of the outage: ongoing", (checked(200),), ("2.txt:7",), "Duration: 24 hours", (checked(6000),)),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
