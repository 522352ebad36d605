from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.flows import FlowSeen, Section
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading
from farshore.diagnosis.readers.flow_log import READER

TEXT = (
    b'{"logs":[{"nodeId":"n1","srcNode":{"name":"gate.ts.net"},"start":"2026-03-04T05:50:00Z","physicalTraffic":'
    b'[{"src":"100.64.0.21:0","dst":"127.3.3.40:9","txPkts":2,"txBytes":296}]}]}'
)


def test_a_row_is_seen_by_its_reporter() -> None:
    document = Document(TEXT)
    assert READER.recognise(document) is Fit.CERTAIN
    (fact,) = READER.read(document, Origin(source="f.json"), lambda _, __: Reading()).facts
    assert isinstance(fact, FlowSeen)
    assert (fact.observer, fact.section, fact.tx_bytes, fact.rx_bytes) == ("gate.ts.net", Section.PHYSICAL, 296, 0)
    assert fact.ref == "f.json#/logs/0/physicalTraffic/0"


def test_other_json_is_left_alone() -> None:
    assert READER.recognise(Document(b'{"devices":[{"nodeId":"n1","name":"gate"}]}')) is Fit.NO
    assert READER.recognise(Document(b"nodeId virtualTraffic in prose")) is Fit.NO
