"""Tailscale network flow logs as JSON: the API's response, lines of an object store, envelopes of log sinks."""

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.traffic.flow_documents import flow_reading, flow_rows
from farshore.diagnosis.traffic.flow_messages import SECTIONS

_REPORTER = "nodeId"


class _FlowLog:
    name = "Tailscale flow logs"

    def recognise(self, document: Document) -> Fit:
        head = document.head
        mine = document.looks_like_json and _REPORTER in head and any(section in head for section in SECTIONS)
        return Fit.CERTAIN if mine else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        return flow_reading(flow_rows(document, origin), origin)


READER = _FlowLog()
