"""Flow logs as a table with a header: CSV of any dialect, columns known by their names.

No such export is documented; consoles, spreadsheets and warehouses make them, one row a flow. A column is known by the
words of its name: `txPkts`, `tx_packets`, `Tx Packets`, `Transmitted packets`.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from farshore.diagnosis.facts.flows import Section
from farshore.diagnosis.traffic.flow_messages import as_count, moment, protocol
from farshore.diagnosis.traffic.rows import FlowRow

DELIMITERS = (",", "\t", ";", "|")
_WORD = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|\d+")
_COLUMNS: dict[str, tuple[str, ...]] = {
    "reporter": ("node id", "reporter", "reporting node", "node", "reporter id", "src node node id", "src node id"),
    "reporter_name": ("node name", "reporter name", "src node name", "hostname", "host name"),
    "section": ("section", "traffic type", "type", "traffic", "kind", "flow type"),
    "proto": ("proto", "protocol", "ip proto"),
    "src": ("src", "source", "src addr", "source address", "src ip", "source ip", "from"),
    "src_port": ("src port", "source port"),
    "dst": ("dst", "destination", "dst addr", "destination address", "dst ip", "destination ip", "to"),
    "dst_port": ("dst port", "destination port"),
    "tx_packets": ("tx pkts", "tx packets", "packets sent", "sent packets", "transmitted packets"),
    "tx_bytes": ("tx bytes", "bytes sent", "sent bytes", "transmitted bytes"),
    "rx_packets": ("rx pkts", "rx packets", "packets received", "received packets"),
    "rx_bytes": ("rx bytes", "bytes received", "received bytes"),
    "start": ("start", "start time", "window start", "from time"),
    "end": ("end", "end time", "window end", "to time"),
    "logged": ("logged", "time", "timestamp", "logged at"),
}
_BY_NAME = {name: column for column, names in _COLUMNS.items() for name in names}
_COUNTS = ("tx_packets", "tx_bytes", "rx_packets", "rx_bytes")


@dataclass(frozen=True, slots=True)
class Header:
    """How a table is to be read: what separates its cells, which of them is which, and how many there are."""

    delimiter: str
    columns: dict[str, int]
    width: int


def header_of(line: str) -> Header | None:
    """What a table's first line says; None if it is not the header of a flow log."""
    for delimiter in DELIMITERS:
        try:
            cells = next(csv.reader([line[:8192]], delimiter=delimiter), [])
        except csv.Error:  # a carriage return within the line
            return None
        columns: dict[str, int] = {}
        for number, cell in enumerate(cells):
            column = _BY_NAME.get(" ".join(word.lower() for word in _WORD.findall(cell)))
            if column is not None:
                columns.setdefault(column, number)
        if {"src", "dst"} <= columns.keys() and any(count in columns for count in _COUNTS):
            return Header(delimiter, columns, len(cells))
    return None


def table_rows(lines: Sequence[str], header: Header, first: int) -> Iterator[FlowRow | tuple[int, str]]:
    """Every row below the header (`first` is the number of the line behind it); a row of no use with its line."""
    reader = csv.reader(chain(lines), delimiter=header.delimiter)
    line = first
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"no table row: {error}"
            line = first + reader.line_num
            continue
        if any(cell.strip() for cell in cells):
            row = _row(cells, header.columns, line)
            yield row if isinstance(row, FlowRow) else (line, row)
        line = first + reader.line_num


def _row(cells: list[str], columns: dict[str, int], line: int) -> FlowRow | str:
    def cell(column: str) -> str:
        at = columns.get(column)
        return cells[at].strip() if at is not None and at < len(cells) else ""

    src, dst = _joined(cell("src"), cell("src_port")), _joined(cell("dst"), cell("dst_port"))
    if not src or not dst:
        return "a row without source or destination"
    counts = {count: as_count(cell(count).replace(",", "")) for count in _COUNTS}
    wrong = next((count for count, value in counts.items() if value is None), None)
    if wrong is not None:
        return f"{wrong.replace('_', ' ')} is no count: {cell(wrong)!r}"
    return FlowRow(
        reporter=cell("reporter") or cell("reporter_name"),
        reporter_name=cell("reporter_name"),
        section=_section(cell("section")),
        proto=protocol(cell("proto")),
        src=src,
        dst=dst,
        at=moment(cell("start")) or moment(cell("logged")),
        end=moment(cell("end")),
        line=line,
        tx_packets=counts["tx_packets"] or 0,
        tx_bytes=counts["tx_bytes"] or 0,
        rx_packets=counts["rx_packets"] or 0,
        rx_bytes=counts["rx_bytes"] or 0,
    )


def _section(text: str) -> Section:
    lowered = text.lower()
    return next((section for section in Section if section.value in lowered), Section.UNKNOWN)


def _joined(address: str, port: str) -> str:
    if not address or not port:
        return address
    return f"[{address}]:{port}" if ":" in address and not address.startswith("[") else f"{address}:{port}"
