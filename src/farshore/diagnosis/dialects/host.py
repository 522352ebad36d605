"""What the kernel, the service manager and any server say when a limit is reached or a process is ended.

Sources: Linux mm/oom_kill.c and net/ipv4/tcp_input.c, systemd's service messages, Go's net (`accept4: …`).
"""

import re
from collections.abc import Iterator

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.hosts import ContainerEnded, LimitReached
from farshore.diagnosis.intake.records import Record

_KILLED = re.compile(r"[Kk]illed process \d{1,10} \(([\w.-]{1,64})\)")
_UNIT = re.compile(r"([\w@.-]{1,80})\.service: (?:Main process exited, code=(\w{1,12}), status=(\S{1,20})|Failed with)")
_LIMITS = (
    ("too many open files", "descriptors"),
    ("no file descriptors available", "descriptors"),
    ("possible syn flooding", "backlog"),
    ("nf_conntrack: table full", "connections"),
)


class _Host:
    name = "kernel and service manager"
    needles = ("killed process ", ".service: ", *(words for words, _ in _LIMITS))

    def read(self, record: Record) -> Iterator[Fact]:
        lowered = record.text.lower()
        for words, what in _LIMITS:
            if words in lowered:
                yield LimitReached(evidence=record.evidence(), what=what)
                return
        killed = _KILLED.search(record.text)
        if killed is not None:
            yield ContainerEnded(evidence=record.evidence(), pod="", container=killed[1], reason="OOMKilled")
            return
        unit = _UNIT.search(record.text)
        if unit is not None and unit[2] not in {None, "exited"}:
            yield ContainerEnded(evidence=record.evidence(), pod="", container=unit[1], reason=f"{unit[2]} {unit[3]}")


DIALECT = _Host()
