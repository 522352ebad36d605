import pytest
from tests.unit.diagnosis.reading import read_by

from farshore.diagnosis.facts.metrics import MetricSampled
from farshore.diagnosis.facts.peers import DropsCounted
from farshore.diagnosis.facts.statements import LinesGrouped

NAME = "Prometheus metrics"
DROPS = 'tailscaled_inbound_dropped_packets_total{reason="acl"} '


def test_a_sample_with_labels() -> None:
    head = "# TYPE farshore_held gauge\n# HELP farshore_held x\n"
    text = head + 'farshore_held{route="a\\"b",instance="gw:9"} 1e3 1772600767000'
    (held,) = read_by(NAME, text).facts
    assert isinstance(held, MetricSampled)
    assert (held.metric, held.label("route"), held.label("none")) == ("farshore_held", 'a\\"b', "")
    assert held.value == pytest.approx(1000)
    assert (held.observer, str(held.evidence.time)) == ("gw:9", "2026-03-04T05:06:07Z")


def test_drops_are_told_and_none_are_not() -> None:
    facts = read_by(NAME, f"{DROPS}7\n{DROPS.replace('acl', 'error')}0\n").facts
    dropped = [fact for fact in facts if isinstance(fact, DropsCounted)]
    assert [(each.direction, each.reason, each.packets) for each in dropped] == [("inbound", "acl", 7.0)]


def test_two_scrapes_under_their_times() -> None:
    text = f"2026-03-04T05:06:07Z\n{DROPS}7\n2026-03-04T05:07:07Z\n{DROPS}67\n"
    samples = [fact for fact in read_by(NAME, text).facts if isinstance(fact, MetricSampled)]
    assert [(each.scrape, str(each.evidence.time)) for each in samples] == [
        (1, "2026-03-04T05:06:07Z"),
        (2, "2026-03-04T05:07:07Z"),
    ]


def test_nothing_is_lost() -> None:
    reading = read_by(NAME, f"{DROPS}seven\n{DROPS}NaN\n{DROPS}7\nsome other line\n")
    assert [unread.position for unread in reading.unread] == ["line 1"]
    assert any(isinstance(fact, LinesGrouped) for fact in reading.facts)


def test_a_scrape_says_who_was_asked_and_when() -> None:
    text = f"# 2026-03-04T05:06:07Z observer r1\n{DROPS}7\n# 2026-03-04T05:07:07Z observer r1\n{DROPS}67\n"
    reading = read_by(NAME, text)
    drops = [fact for fact in reading.facts if isinstance(fact, DropsCounted)]
    assert [(each.observer, each.packets) for each in drops] == [("r1", 7.0), ("r1", 67.0)]
    assert (len(reading.facts), reading.unread) == (4, ())
