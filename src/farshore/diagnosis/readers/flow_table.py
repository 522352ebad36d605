"""Tailscale network flow logs as a table with a header (CSV), as consoles, spreadsheets and warehouses export them."""

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.traffic.flow_documents import flow_reading, flow_table_rows, table_header


class _FlowTable:
    name = "Tailscale flow table"

    def recognise(self, document: Document) -> Fit:
        return Fit.NO if document.looks_like_json or table_header(document) is None else Fit.CERTAIN

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        return flow_reading(flow_table_rows(document, origin), origin)


READER = _FlowTable()
