import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import dial, doctor, peer, status

from farshore.diagnosis.collected import DialEnd
from farshore.diagnosis.misreadings.f10 import MISREADING

FAILED = doctor(dial(DialEnd.SILENT))

ROWS = [
    Claim(
        "LastWrite is three days old",
        (status(peer(LastWrite="2026-03-01T09:14:00Z")), FAILED),
        ("2.txt#/Peer/nodekey:1",),
        "LastWrite is of this very minute",
        (status(peer(LastWrite="2026-03-04T09:10:00Z")), FAILED),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
