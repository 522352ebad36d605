import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, LIKELY, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import AT, dial, doctor, status

from farshore.diagnosis.catalogue.m22 import CAUSE
from farshore.diagnosis.collected import DialEnd

VIA = "[fd7a:115c:a1e0:b1a:0:7:a09:807]:1433"
GVISOR = f"connect tcp {VIA}: network is unreachable"
UNREACHABLE = f"{AT}Z socks5: client connection failed: {GVISOR}"
FAILED = doctor(dial(DialEnd.SILENT, VIA))

ROWS = [
    Row("_no_address", (FAILED, status()), PROVEN, (doctor(dial(DialEnd.SILENT)), status()), None),
    Row(
        "_at_once",
        (UNREACHABLE,),
        LIKELY,
        (UNREACHABLE.replace("fd7a:115c:a1e0:b1a:0:7:a09:807", "10.9.8.7").replace("[", "").replace("]", ""),),
        None,
    ),
    Row(
        "_at_once",
        (doctor(dial(DialEnd.FAILED, VIA, text=GVISOR, elapsed_s=0.01)),),
        LIKELY,
        (doctor(dial(DialEnd.FAILED, VIA, text=GVISOR, elapsed_s=3.1)),),
        None,
    ),
    Row(
        "_has_address",
        (UNREACHABLE, status(ips=("100.64.0.1", "fd7a:115c:a1e0::1"))),
        CONTRADICTED,
        (UNREACHABLE, status()),
        PROVEN,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
