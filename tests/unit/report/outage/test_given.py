"""What a report is made of."""

from tests.unit.diagnosis.making import failed
from tests.unit.report.outage.outages import concluded, said, zombie

from farshore.diagnosis.facts.dials import Wording


def test_two_conclusions_with_one_root_have_one_key() -> None:
    assert concluded(said(zombie())).key == ("M01", "r1")
    assert concluded(said([failed(Wording.DEADLINE)])).key[0].startswith("M01/")
