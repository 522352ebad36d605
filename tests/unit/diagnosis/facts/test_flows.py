import json

import pytest
from tests.unit.diagnosis.arguing import read

from farshore.diagnosis.facts.flows import FlowSeen, PolicyDenied, Section, TooLargeDropped

ROW = {"proto": 6, "src": "100.64.0.11:40001", "dst": "100.64.0.2:41641", "txPkts": 3, "txBytes": 180}


@pytest.mark.parametrize("section", [each for each in Section if each is not Section.UNKNOWN])
def test_a_row_keeps_the_section_that_says_what_its_ends_mean(section: Section) -> None:
    message = {"nodeId": "n1", "start": "2026-03-04T09:14:00Z", "end": "2026-03-04T09:14:05Z"}
    seen = [
        fact for fact in read(json.dumps({**message, f"{section.value}Traffic": [ROW]})) if isinstance(fact, FlowSeen)
    ]
    assert [(each.section, each.tx_packets, each.rx_packets) for each in seen] == [(section, 3, 0)]


def test_a_drop_is_a_denial_or_too_large_and_never_both() -> None:
    line = "Mar  4 09:14:02.100: apps/a:43006 -> edge/gw:8082 {} DROPPED (TCP Flags: ACK)"
    kinds = {PolicyDenied: "Policy denied", TooLargeDropped: "Fragmentation needed"}
    for kind, words in kinds.items():
        found = {type(fact) for fact in read(line.format(words))} & set(kinds)
        assert found == {kind}
