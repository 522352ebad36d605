import pytest
from tests.unit.diagnosis.arguing import read
from tests.unit.diagnosis.texts import event

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.gateway import KeptDaemonChanged, OutageToldOf, PathShifted, RedundancyChanged
from farshore.diagnosis.index import Index
from farshore.diagnosis.unexplained import unexplained

LINES: dict[type[Fact], str] = {
    PathShifted: event("path-changed", route="ledger", path="plain", state="open", was="closed"),
    OutageToldOf: event("outage-started", route="ledger", code="tailnet.dial.no-answer"),
    RedundancyChanged: event("redundancy-lost", route="ledger", left="plain"),
    KeptDaemonChanged: event("tailscaled-changed", phase="running", reason="started"),
}
STANDING = {OutageToldOf, RedundancyChanged}


@pytest.mark.parametrize("kind", LINES)
def test_what_farshore_says_of_itself_is_kept_with_its_time_and_stands_only_where_clients_lack_something(
    kind: type[Fact],
) -> None:
    (told,) = read(LINES[kind])
    assert type(told) is kind
    assert str(told.at) == "2026-03-04 09:14:02+00:00"
    assert unexplained(Index([told])) == ((told,) if kind in STANDING else ())
