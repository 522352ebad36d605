import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import peer, status

from farshore.diagnosis.misreadings.f09 import MISREADING

ROWS = [
    Claim(
        "CurAddr is empty: a zombie",
        (status(peer(CurAddr="")),),
        ("2.txt#/Peer/nodekey:1",),
        "An empty CurAddr does not mean a zombie",
        (status(peer(CurAddr="198.51.100.7:41641")),),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
