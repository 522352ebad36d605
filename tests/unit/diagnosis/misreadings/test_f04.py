import pytest
from tests.unit.diagnosis.claiming import Claim, refuted, says
from tests.unit.diagnosis.texts import AT, GENERAL, TARGET

from farshore.diagnosis.misreadings.f04 import MISREADING

ROWS = [
    Claim(
        "SOCKS reply 1 means that there is no route",
        (GENERAL,),
        ("2.txt:1",),
        "SOCKS reply 1 came after 20 ms",
        (f"{AT}Z socks5: client connection failed: connect tcp {TARGET}: connection was refused",),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=says)
def test_the_claim_is_contradicted_by_name_and_the_nearest_text_is_none(row: Claim) -> None:
    assert refuted(MISREADING, row.says, row.evidence) == row.because
    assert refuted(MISREADING, row.nearest, row.evidence) == ()
    assert refuted(MISREADING, row.says, row.beside) == ()
