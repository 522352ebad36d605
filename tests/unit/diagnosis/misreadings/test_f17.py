import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import AT, refused_here

from farshore.diagnosis.misreadings.f17 import MISREADING

OVER_6 = f"{AT}Z copying: readfrom tcp [::1]:51234->[::1]:1055: use of closed network connection"

ROWS = [
    Claim(
        "The fix is 127.0.0.1 in place of the name",
        (OVER_6,),
        ("2.txt:1",),
        "tailscaled listens on 127.0.0.1",
        (refused_here("[::1]:1055"),),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
