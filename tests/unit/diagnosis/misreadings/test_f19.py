import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import peer, status

from farshore.diagnosis.misreadings.f19 import MISREADING

ROWS = [
    Claim(
        "Relay is nyc, so its traffic is relayed through New York",
        (status(peer(Relay="nyc")),),
        ("2.txt#/Peer/nodekey:1",),
        "Relay is nyc, its home",
        (status(peer(Relay="")),),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
