import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import peer, status

from farshore.diagnosis.misreadings.f07 import MISREADING

ROWS = [
    Claim(
        "LastHandshake is zero: WireGuard never came up",
        (status(peer(LastHandshake="0001-01-01T00:00:00Z")),),
        ("2.txt#/Peer/nodekey:1",),
        "LastHandshake is of two minutes ago",
        (status(peer(LastHandshake="2026-03-04T09:12:00Z")),),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
