import re

import pytest

from farshore.core.outcome import Code
from farshore.surface.export.shares import Kind, matcher, rate, window


def matched(kind: Kind) -> set[Code]:
    """What Prometheus takes in: its matchers are anchored."""
    sign, pattern = re.fullmatch(r"code(=~|!~)'(.*)'", matcher(kind)).groups()  # type: ignore[union-attr]
    listed = {code for code in Code if re.fullmatch(pattern, code.value)}
    return listed if sign == "=~" else set(Code) - listed


def test_it_counts_as_the_gateways_own_alerts_do() -> None:
    counted, failed, reset = matched(Kind.COUNTED), matched(Kind.FAILED), matched(Kind.RESET)
    assert reset < failed < counted
    assert {Code.CLIENT_CLOSED, Code.UPSTREAM_CLOSED} <= counted - failed
    assert {Code.NO_ANSWER, Code.LEAK, Code.TARGET_REFUSED} <= reset
    assert not {Code.CLIENT_GONE_EARLY, Code.DRAINING, Code.CLIENT_NOT_ALLOWED} & counted
    assert matched(Kind.GENERAL) == {Code.DIAL_FAILED}


def test_a_rate_for_each_route() -> None:
    assert rate(Kind.GENERAL, "5m", ",route='db'") == (
        "sum by (route) (rate(farshore_connections_total{code=~'egress[.]dial[.]failed',route='db'}[5m]))"
    )


@pytest.mark.parametrize(("seconds", "written"), [(60, "1m"), (1800, "30m"), (3600, "1h"), (259200, "72h")])
def test_windows_are_written_as_promql_reads_them(seconds: float, written: str) -> None:
    assert window(seconds) == written
