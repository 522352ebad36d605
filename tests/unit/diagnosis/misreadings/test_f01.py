import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import AT

from farshore.diagnosis.misreadings.f01 import MISREADING

OVER_6 = f"{AT}Z copying: readfrom tcp [::1]:51234->[::1]:1055: use of closed network connection"
RESET = f"{AT}Z copying: readfrom tcp 127.0.0.1:51234->127.0.0.1:1055: connection reset by peer"

ROWS = [
    Claim(
        "The IPv6 loopback is unstable",
        (OVER_6,),
        ("2.txt:1",),
        "This host has no IPv6, and its link is unstable",
        (RESET,),
    ),
    Claim(
        "use of closed network connection: it died during data transfer",
        (OVER_6,),
        ("2.txt:1",),
        "use of closed network connection, once a minute",
        (RESET,),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
