"""`headscale nodes list` and `nodes list-routes` as tables; `routes list` of headscale up to 0.25.

Source: headscale cmd/headscale/cli/nodes.go at v0.29.2. A cell with several lines continues in rows that have no ID.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from farshore.core.address import IPNetwork
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import DeviceListed
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.members import networks
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.rest import Rest, together
from farshore.diagnosis.intake.times import read_time

_COLOUR = re.compile(r"\x1b\[[\d;]{0,12}m")
_COMMAND = re.compile(r"(?:^|[\s/])headscale .{0,200}$")
_NODES = {"Hostname", "IP addresses"}
_NODE_ROUTES = {"Hostname", "Available"}
_ROUTES = {"Prefix", "Advertised", "Enabled"}
_YES = {"true": True, "yes": True, "online": True, "false": False, "no": False, "offline": False}


@dataclass(slots=True)
class _Row:
    """The cells under each column's name, and the line on which the row begins."""

    line: int
    text: str
    cells: dict[str, list[str]] = field(default_factory=dict)

    def one(self, *names: str) -> str:
        return next((cell[0] for name in names if (cell := self.cells.get(name)) and cell[0]), "")

    def all(self, name: str) -> tuple[str, ...]:
        told = [part.strip() for cell in self.cells.get(name, []) for part in cell.split(",")]
        return tuple(part for part in told if part)


class _HeadscaleTable:
    name = "headscale table"

    def recognise(self, document: Document) -> Fit:
        if document.looks_like_json:
            return Fit.NO
        return Fit.SHAPE if any(_is_head(_cells(line)) for line in document.head.split("\n")) else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        rows: list[_Row] = []
        rest = Rest()
        head: list[str] = []
        for number, line in enumerate(document.lines, 1):
            cells = _cells(line)
            if _is_head(cells):
                head = cells
            elif head and len(cells) == len(head):
                _take(rows, _Row(number, line), head, cells)
            elif not _COMMAND.search(line[:400]):
                rest.add(number, line)
        lost: list[tuple[int, str]] = []
        facts = tuple(_facts(rows, origin, lost))
        unread = tuple(origin.unread(reason, line=line) for line, reason in lost)
        return together((Reading(facts=facts, unread=unread), rest.read(origin, inner)))


def _cells(line: str) -> list[str]:
    plain = _COLOUR.sub("", line).rstrip()
    return [] if plain.startswith("|") else [cell.strip() for cell in plain.split("|")]


def _is_head(cells: list[str]) -> bool:
    return cells[:1] == ["ID"] and any(each <= set(cells) for each in (_NODES, _NODE_ROUTES, _ROUTES))


def _take(rows: list[_Row], row: _Row, head: list[str], cells: list[str]) -> None:
    """A row of its own, or more lines of the one before."""
    if cells[0] or not rows:
        rows.append(row)
        row.text = " | ".join(cells)
    for name, cell in zip(head, cells, strict=True):
        rows[-1].cells.setdefault(name, []).append(cell)


def _facts(rows: list[_Row], origin: Origin, lost: list[tuple[int, str]]) -> Iterator[Fact]:
    by_node: dict[str, list[_Row]] = {}
    for row in rows:
        if "Prefix" in row.cells:
            by_node.setdefault(row.one("Node", "Machine"), []).append(row)
        else:
            yield _node(row, origin, lost)
    for node, routes in by_node.items():
        yield DeviceListed(
            evidence=origin.evidence(routes[0].text, line=routes[0].line, observer="control plane"),
            node=node,
            addresses=(),
            online=None,
            advertised=_having(routes, "Advertised", lost),
            enabled=_having(routes, "Enabled", lost),
            primary=_having(routes, "Primary", lost),
        )


def _node(row: _Row, origin: Origin, lost: list[tuple[int, str]]) -> DeviceListed:
    expiry = row.one("Expiration")
    return DeviceListed(
        evidence=origin.evidence(row.text, line=row.line, observer="control plane"),
        node=row.one("Hostname", "Name"),
        addresses=row.all("IP addresses"),
        online=_YES.get(row.one("Connected", "Online")),
        advertised=_prefixes(row, "Available", lost),
        enabled=_prefixes(row, "Approved", lost),
        primary=_prefixes(row, "Serving (Primary)", lost),
        expires=_time(expiry),
        expired=_YES.get(row.one("Expired")),
        last_seen=_time(row.one("Last seen")),
    )


def _prefixes(row: _Row, name: str, lost: list[tuple[int, str]]) -> tuple[IPNetwork, ...] | None:
    if name not in row.cells:
        return None
    reasons: list[str] = []
    found = networks(list(row.all(name)), reasons)
    lost += [(row.line, reason) for reason in reasons]
    return found


def _having(routes: list[_Row], name: str, lost: list[tuple[int, str]]) -> tuple[IPNetwork, ...]:
    kept = (row for row in routes if _YES.get(row.one(name)))
    return tuple(prefix for row in kept for prefix in _prefixes(row, "Prefix", lost) or ())


def _time(text: str) -> datetime | None:
    instant = read_time(text)
    return None if instant is None else instant.at


READER = _HeadscaleTable()
