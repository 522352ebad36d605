import pytest
from tests.unit.diagnosis.reading import read_by

from farshore.diagnosis.facts.peers import NetworkChecked
from farshore.diagnosis.facts.statements import LinesGrouped

NAME = "tailscale netcheck"
REPORT = """
Report:
\t* Time: 2026-03-04T05:50:01.3Z
\t* UDP: false
\t* IPv4: (no addr found)
\t* MappingVariesByDestIP: true
\t* Nearest DERP: Frankfurt
\t* DERP latency:
\t\t- fra: 17.6ms  (Frankfurt)
\t\t- ams: 1.2s    (Amsterdam)
\t\t- syd:         (Sydney)
"""


def test_a_report() -> None:
    (checked,) = read_by(NAME, REPORT).facts
    assert isinstance(checked, NetworkChecked)
    assert (checked.udp, checked.nearest_derp, checked.ipv4, checked.mapping_varies) == (False, "fra", "", True)
    assert dict(checked.derp_latencies_s) == pytest.approx({"fra": 0.0176, "ams": 1.2})
    assert (checked.derp_silent, checked.captive_portal) == (("syd",), None)
    assert str(checked.evidence.time) == "2026-03-04T05:50:01.300000Z"


def test_two_reports_and_a_line_of_a_log() -> None:
    facts = read_by(NAME, f"2026/03/04 05:49:00 portmap: something\n{REPORT}{REPORT}").facts
    assert sum(isinstance(fact, NetworkChecked) for fact in facts) == 2
    assert sum(isinstance(fact, LinesGrouped) for fact in facts) == 1


def test_no_region_answered() -> None:
    (checked,) = read_by(NAME, "* UDP: false\n* Nearest DERP: unknown (no response to latency probes)\n").facts
    assert isinstance(checked, NetworkChecked)
    assert checked.nearest_derp == ""


def test_json_behind_its_warning() -> None:
    text = '# Warning: no stable interface\n{"UDP": true, "PreferredDERP": 4, "RegionLatency": {"4": 7600000}}'
    (checked,) = read_by(NAME, text).facts
    assert isinstance(checked, NetworkChecked)
    assert (checked.udp, checked.nearest_derp, checked.evidence.line) == (True, "4", 2)
    assert dict(checked.derp_latencies_s) == pytest.approx({"4": 0.0076})


def test_cut_json_is_said() -> None:
    reading = read_by(NAME, '{"UDP": true, "PreferredDERP": 4, "RegionLatency": {')
    assert reading.facts == ()
    assert len(reading.unread) == 1
