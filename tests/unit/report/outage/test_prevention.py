"""What prevents a cause."""

from farshore.diagnosis.causes import BY_CODE
from farshore.report.outage.prevention import ALWAYS, MEASURES, measures


def test_every_cause_with_measures_is_one_of_the_catalogue() -> None:
    assert set(MEASURES) <= set(BY_CODE)


def test_what_is_undecided_has_the_measures_of_its_candidates_and_the_rest_one() -> None:
    assert measures("M01", ()) == MEASURES["M01"]
    assert set(MEASURES["M05"]) <= set(measures(None, ("M05", "M23")))
    assert measures("M99", ()) == measures(None, ()) == (ALWAYS,)
