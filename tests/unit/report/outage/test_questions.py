import pytest

from farshore.report.outage.given import Span
from farshore.report.outage.questions import SLICES, Questions, is_failure, step_s, widened


@pytest.mark.parametrize("length_s", [1.0, 60.0, 1000.0, 86_400.0, 30 * 86_400.0])
def test_slices_are_few_and_the_margins_are_there(length_s: float) -> None:
    around = widened(Span(from_s=0.0, to_s=length_s))
    assert around.from_s < 0 < length_s < around.to_s
    assert (around.to_s - around.from_s) / step_s(around) <= SLICES


def test_what_another_version_calls_by_another_name_has_failed() -> None:
    assert is_failure("moon.dial.eclipse")
    assert is_failure("tailnet.dial.no-answer")
    assert not is_failure("client.transfer.closed")


def test_a_name_is_quoted_and_a_health_check_is_asked_for_by_its_target_as_well() -> None:
    asking = Questions(Span(from_s=0.0, to_s=10.0), ["it's"], ["10.9.8.7:1433"], None)
    assert "route IN ('it''s')" in asking.connections().sql
    assert "target IN ('10.9.8.7:1433')" in asking.health_checks().sql
    everybody = Questions(Span(from_s=0.0, to_s=10.0), [], [], None)
    assert "route IN" not in everybody.connections().sql
    assert "target IN" not in everybody.health_checks().sql
