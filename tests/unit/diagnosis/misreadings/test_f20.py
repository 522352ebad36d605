import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import SUBNET, peer, status

from farshore.diagnosis.misreadings.f20 import MISREADING

ROWS = [
    Claim(
        "The routes were not advertised",
        (status(peer(PrimaryRoutes=[SUBNET])),),
        ("2.txt#/Peer/nodekey:1",),
        "The routes were advertised by one node",
        (status(peer()),),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
