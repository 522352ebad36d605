from collections import Counter

import pytest
from tests.unit.diagnosis.test_samples import SHARED

from farshore.diagnosis.evidence import Origin, Unread
from farshore.diagnosis.facts.flows import Section
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit
from farshore.diagnosis.readers.hubble import READER
from farshore.diagnosis.traffic.flow_documents import flow_rows
from farshore.diagnosis.traffic.packet_documents import hubble_packets
from farshore.diagnosis.traffic.rows import Kind, PacketRow

SAMPLES = SHARED / "samples"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")


def test_json_and_printed_lines_are_recognised_and_others_are_not() -> None:
    assert READER.recognise(Document(b'{"flow":{"verdict":"DROPPED","l4":{},"is_reply":false}}')) is Fit.CERTAIN
    assert READER.recognise(Document(b'{"flow":{"verdict":"DROPPED","l4":{}}}')) is Fit.SHAPE
    assert READER.recognise(Document(b"Mar  4 05:59:45.2: a/b:1 -> c/d:2 to-stack FORWARDED (UDP)")) is Fit.CERTAIN
    assert READER.recognise(Document(b'{"flow":"a river","verdict":"guilty"}')) is Fit.NO


@needs_samples
@pytest.mark.parametrize(
    ("name", "rows", "unread"),
    [
        ("cilium-cli-conntest.txt", {Kind.TRACE: 54}, 0),
        ("cilium-docs-export.jsonl", {Kind.OTHER: 1, Kind.DENIED: 1}, 0),
        ("compact-verdict-pairs.txt", {Kind.OTHER: 2, Kind.TRACE: 3, Kind.DENIED: 2, Kind.VERDICT: 2}, 0),
        ("cpg-mixed_tcp_icmp.jsonl", {Kind.OTHER: 4}, 0),
        ("cpg-small.jsonl", {Kind.OTHER: 3}, 0),
        ("hubble-printer-expected-outputs.txt", {Kind.DENIED: 8, Kind.VERDICT: 1, Kind.DROP: 2}, 12),
        ("otel-10-flows.jsonl", {Kind.TRACE: 10}, 0),
        ("otel-400-tcp-flows.jsonl", {Kind.TRACE: 308, Kind.VERDICT: 27, Kind.OTHER: 65}, 0),
        ("otel-5-dns-flows.jsonl", {Kind.OTHER: 5}, 0),
    ],
)
def test_hubble_samples_parse_wholly(name: str, rows: dict[Kind, int], unread: int) -> None:
    document = Document((SAMPLES / "03-hubble" / name).read_bytes())
    found = list(hubble_packets(document, Origin(source=name)))
    assert Counter(each.kind for each in found if isinstance(each, PacketRow)) == rows
    assert sum(isinstance(each, Unread) for each in found) == unread


@needs_samples
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        (
            "openapi-NetworkFlowLog-example.json",
            {Section.VIRTUAL: 1, Section.SUBNET: 1, Section.EXIT: 1, Section.PHYSICAL: 1},
        ),
        ("rknightion-api-network-response.json", {Section.VIRTUAL: 1, Section.EXIT: 1, Section.PHYSICAL: 1}),
        ("rknightion-captured-flow-record.json", {Section.VIRTUAL: 1, Section.PHYSICAL: 1}),
        ("rknightion-official-network-export.ndjson", {Section.VIRTUAL: 1}),
    ],
)
def test_flow_log_samples_parse_wholly(name: str, rows: dict[Section, int]) -> None:
    found = list(flow_rows(Document((SAMPLES / "02-flowlogs" / name).read_bytes()), Origin(source=name)))
    assert Counter("unread" if isinstance(each, Unread) else each.section for each in found) == rows
