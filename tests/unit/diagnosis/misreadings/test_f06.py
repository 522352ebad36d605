import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import peer, status

from farshore.diagnosis.misreadings.f06 import MISREADING

ROWS = [
    Claim(
        "LastSeen shows that it was never seen",
        (status(peer()),),
        ("2.txt#/Peer/nodekey:1",),
        "LastSeen is of yesterday evening",
        (status(peer(Online=False, LastSeen="2026-03-03T05:00:00Z")),),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
