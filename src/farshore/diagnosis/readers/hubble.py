"""Hubble's flows: JSON lines whole or masked, with an envelope or without, and what its command line prints."""

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.traffic.packet_documents import hubble_packets, packet_reading
from farshore.diagnosis.traffic.packet_lines import is_packet_line
from farshore.diagnosis.traffic.packet_messages import flow_of

_SEARCHED_LINES = 200
_MARKS = ("traffic_direction", "is_reply", "event_type", "trace_observation_point", "drop_reason_desc", "node_name")
_DICT = ("TIMESTAMP: ", "SOURCE: ", "DESTINATION: ", "VERDICT: ")


class _Hubble:
    name = "Hubble flows"

    def recognise(self, document: Document) -> Fit:
        head = document.head
        flows = [flow for record in document.sampled_records if (flow := flow_of(record)) is not None]
        if any("verdict" in flow for flow in flows):
            return Fit.CERTAIN if any(mark in head for mark in _MARKS) else Fit.SHAPE
        if all(key in head for key in _DICT) or any(map(is_packet_line, head.split("\n")[:_SEARCHED_LINES])):
            return Fit.CERTAIN
        return Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        return packet_reading(hubble_packets(document, origin), origin)


READER = _Hubble()
