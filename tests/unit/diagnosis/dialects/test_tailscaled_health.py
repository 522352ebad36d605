import pytest
from tests.unit.diagnosis.making import said

from farshore.diagnosis.dialects.tailscaled_health import DIALECT
from farshore.diagnosis.facts.peers import HealthWarned


@pytest.mark.parametrize(
    ("line", "code", "cleared"),
    [
        ("health(warnable=no-derp-home): error: Tailscale could not connect to any relay.", "no-derp-home", False),
        ("health(warnable=no-derp-home): ok", "no-derp-home", True),
        ('health("overall"): error: not in map poll', "not-in-map-poll", False),
    ],
)
def test_a_warning_and_its_end(line: str, code: str, *, cleared: bool) -> None:
    (warned,) = said(DIALECT, line)
    assert isinstance(warned, HealthWarned)
    assert (warned.warnable, warned.cleared) == (code, cleared)


def test_a_rate_limits_own_line_is_no_warning() -> None:
    assert said(DIALECT, '[RATELIMIT] format("health(warnable=%s): error: %s")') == []
