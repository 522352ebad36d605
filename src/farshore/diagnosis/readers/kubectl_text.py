"""What kubectl prints: the tables of `get events` and `get pods`, and `describe pod`.

Columns are where the table's head says. Ages (`5m`) are no times: nobody knows when the command ran.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from farshore.diagnosis.evidence import Instant, Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.hosts import ClusterEvent, ContainerEnded, PodStarted
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.rest import Rest, together

_COLUMN = re.compile(r"[A-Za-z]{1,20}(?: [A-Za-z]{1,20})?")
_EVENTS = {"LAST SEEN", "REASON", "OBJECT", "MESSAGE"}
_PODS = {"NAME", "READY", "STATUS", "RESTARTS"}
_DESCRIBED_EVENTS = {"Type", "Reason", "Age", "Message"}
_MEMBER = re.compile(r"(?P<indent> {0,8})(?P<name>[A-Z][A-Za-z ]{1,30}): {0,40}(?P<value>.{0,400})$")
_CONTAINER = re.compile(r"  (?P<name>[a-z0-9][\w.-]{0,80}):$")
_REPEATED = re.compile(r"\(x(\d{1,9}) over ")
_RESTARTS = re.compile(r"(\d{1,9})(?: |$)")
_COMMAND = re.compile(r"(?:^|[\s/$#>])(?:kubectl|oc) .{0,400}$")
_RULE = set("- ")
_FINE = {"Running", "Completed", "Succeeded", "Pending", "ContainerCreating", "PodInitializing", "Terminating"}
_FEWEST_SECTIONS = 3
_SECTIONS = ("Containers:", "Init Containers:", "Conditions:", "Volumes:", "Events:", "Labels:", "Annotations:",
             "Start Time:", "Namespace:", "QoS Class:")  # fmt: skip


class _KubectlText:
    name = "kubectl"

    def recognise(self, document: Document) -> Fit:
        lines = document.head.split("\n")
        if any(_table(line) for line in lines):
            return Fit.SHAPE
        sections = sum(any(line.startswith(section) for line in lines) for section in _SECTIONS)
        described = sections >= _FEWEST_SECTIONS and any(line.startswith("Name:") for line in lines)
        return Fit.SHAPE if described else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        facts: list[Fact] = []
        rest = Rest()
        table: dict[str, int] = {}
        pod = _Pod(origin)
        for number, line in enumerate(document.lines, 1):
            head = _table(line)
            if head:
                table = head
            elif table and line.strip() and not (set(line) <= _RULE) and not _COMMAND.search(line[:600]):
                facts += _row(_cells(line, table), line, number, pod.name, origin)
            elif not line.strip():
                table = {}
            elif not (set(line) <= _RULE):
                read = pod.take(line, number)
                if read is None and not _COMMAND.search(line[:600]) and not pod.name:
                    rest.add(number, line)
                facts += read or ()
        facts += pod.ended()
        return together((Reading(facts=tuple(facts)), rest.read(origin, inner)))


def _table(line: str) -> dict[str, int]:
    """Each column's name and where it begins, if the line is the head of a table that is known."""
    columns = {found[0]: found.start() for found in _COLUMN.finditer(line[:400])}
    known = any(each <= columns.keys() for each in (_EVENTS, _PODS, _DESCRIBED_EVENTS))
    return columns if known else {}


def _cells(line: str, table: dict[str, int]) -> dict[str, str]:
    starts = [*table.values(), len(line)]
    return {name: line[start : starts[place + 1]].strip() for place, (name, start) in enumerate(table.items())}


def _row(cells: dict[str, str], line: str, number: int, described: str, origin: Origin) -> Iterator[Fact]:
    evidence = origin.evidence(line, line=number)
    if "RESTARTS" in cells:
        restarts, status = _RESTARTS.match(cells["RESTARTS"]), cells.get("STATUS", "")
        times = 0 if restarts is None else int(restarts[1])
        bad = status not in _FINE and not status.startswith("Init:")
        if times or bad:
            reason = status if bad else ""
            yield ContainerEnded(evidence=evidence, pod=cells["NAME"], container="", reason=reason, restarts=times)
        return
    kind, _, name = cells.get("OBJECT", f"pod/{described}").partition("/")
    repeated = _REPEATED.search(cells.get("LAST SEEN") or cells.get("Age") or "")
    told = cells.get("COUNT", "")
    yield ClusterEvent(
        evidence=evidence,
        kind=kind.capitalize(),
        name=name,
        reason=cells.get("REASON") or cells.get("Reason") or "",
        message=cells.get("MESSAGE") or cells.get("Message") or "",
        count=int(repeated[1]) if repeated else int(told) if told.isdecimal() and len(told) < 10 else 1,  # noqa: PLR2004
    )


@dataclass(slots=True)
class _Pod:
    """What `describe pod` has said so far of the pod and container that it is at."""

    origin: Origin
    name: str = ""
    node: str = ""
    container: str = ""
    section: str = ""
    state: str = ""
    told: dict[str, tuple[int, str]] = field(default_factory=dict)

    def take(self, line: str, number: int) -> list[Fact] | None:
        """The facts that a line completes; None if it is no line of a description."""
        container = _CONTAINER.match(line)
        if container is not None and self.section in {"Containers", "Init Containers"}:
            facts = list(self.ended())
            self.container = container["name"]
            return facts
        member = _MEMBER.match(line)
        if member is None:
            return [] if line.startswith("  ") and self.name else None
        name, value = member["name"], member["value"].strip()
        if not member["indent"]:
            return self._of_pod(name, value, line, number)
        if name in {"State", "Last State"}:
            self.state = name
            self.told[name] = (number, value)
        elif name in {"Reason", "Exit Code", "Finished"}:
            self.told[f"{self.state} {name}"] = (number, value)
        elif name == "Restart Count":
            self.told[name] = (number, value)
        return []

    def _of_pod(self, name: str, value: str, line: str, number: int) -> list[Fact]:
        facts = list(self.ended())
        self.section = name if not value else ""
        if name == "Name":
            self.name, self.node = value, ""
        elif name == "Node":
            self.node = value.partition("/")[0]
        elif name == "Start Time" and (started := _moment(value)) is not None:
            evidence = self.origin.evidence(line, line=number, observer=self.node, time=Instant(started))
            facts.append(PodStarted(evidence=evidence, pod=self.name, started=started))
        return facts

    def ended(self) -> Iterator[Fact]:
        """How the container ended that was described, if it did; then it is forgotten."""
        told, container, init = self.told, self.container, self.section == "Init Containers"
        self.told, self.container, self.state = {}, "", ""
        which = next((name for name in ("State", "Last State") if told.get(name, (0, ""))[1] == "Terminated"), "")
        waits = told.get("State Reason", (0, ""))[1] if told.get("State", (0, ""))[1] == "Waiting" else ""
        count = _number(told.get("Restart Count", (0, ""))[1]) or 0
        code = _number(told.get(f"{which} Exit Code", (0, ""))[1]) if which else None
        reason = told.get(f"{which} Reason", (0, ""))[1] if which else waits
        if not container or (init and not code) or not (which or count or waits not in _FINE | {""}):
            return
        ended = _moment(told.get(f"{which} Finished", (0, ""))[1])
        line = (told.get(which) or told.get("Restart Count") or told.get("State") or (1, ""))[0]
        said = f"{self.name}/{container}: {reason or 'restarted'}" + ("" if code is None else f", exit code {code}")
        evidence = self.origin.evidence(
            f"{said}, {count} restarts", line=line, observer=self.node, time=None if ended is None else Instant(ended)
        )
        yield ContainerEnded(
            evidence=evidence,
            pod=self.name,
            container=container,
            reason=reason,
            restarts=count,
            exit_code=code,
            ended=ended,
        )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004


def _moment(text: str) -> datetime | None:
    """Kubectl writes times as RFC 1123 does: `Wed, 04 Mar 2026 05:50:00 +0000`."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


READER = _KubectlText()
