import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import note

from farshore.diagnosis.misreadings.f13 import MISREADING


def counted(denials: int) -> str:
    return note("Attempts: 2,000", "Handshakes: 600", "RST: 580", f"Policy denials: {denials:,}")


ROWS = [
    Claim(
        "The proxy resets its clients", (counted(1300),), ("2.txt:7",), "The proxy serves its clients", (counted(100),)
    ),
    Claim(
        "Every connection looks like this", (counted(1300),), ("2.txt:7",), "All connections use TLS", (counted(100),)
    ),
    Claim(
        "Each connection fails", (counted(1300),), ("2.txt:7",), "--reset sets up all connections anew", (counted(100),)
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
