"""What the kernel, the service manager and any server say of limits, of processes that ended, of a clock that is off.

Sources: Linux mm/oom_kill.c and net/ipv4/tcp_input.c, systemd's service messages, Go's net (`accept4: …`) and
crypto/x509/verify.go (`CertificateInvalidError`, Expired).
"""

import re
from collections.abc import Iterator
from datetime import datetime

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.hosts import ClockSkewed, ContainerEnded, LimitReached
from farshore.diagnosis.intake.records import Record

_KILLED = re.compile(r"[Kk]illed process \d{1,10} \(([\w.-]{1,64})\)")
_UNIT = re.compile(r"([\w@.-]{1,80})\.service: (?:Main process exited, code=(\w{1,12}), status=(\S{1,20})|Failed with)")
# How systemd writes the exit code of a Go program that panicked.
_PANICKED = "2/INVALIDARGUMENT"
_NOT_YET = re.compile(r"is not yet valid: current time (\S{20,35}) is before (\S{20,35})")
_LIMITS = (
    ("too many open files", "descriptors"),
    ("no file descriptors available", "descriptors"),
    ("possible syn flooding", "backlog"),
    ("nf_conntrack: table full", "connections"),
)


class _Host:
    name = "kernel and service manager"
    needles = ("killed process ", ".service: ", "is not yet valid: current time ", *(words for words, _ in _LIMITS))

    def read(self, record: Record) -> Iterator[Fact]:
        lowered = record.text.lower()
        for words, what in _LIMITS:
            if words in lowered:
                yield LimitReached(evidence=record.evidence(), what=what)
                return
        behind_s = _behind_s(record.text)
        if behind_s is not None:
            yield ClockSkewed(evidence=record.evidence(), behind_s=behind_s)
            return
        killed = _KILLED.search(record.text)
        if killed is not None:
            yield ContainerEnded(evidence=record.evidence(), pod="", container=killed[1], reason="OOMKilled")
            return
        unit = _UNIT.search(record.text)
        if unit is not None and (unit[2] not in {None, "exited"} or unit[3] == _PANICKED):
            yield ContainerEnded(evidence=record.evidence(), pod="", container=unit[1], reason=f"{unit[2]} {unit[3]}")


def _behind_s(text: str) -> float | None:
    """How far a clock is behind the beginning of a certificate that somebody uses already."""
    told = _NOT_YET.search(text)
    try:
        now, begins = (datetime.fromisoformat(each) for each in told.groups()) if told else (None, None)
        behind_s = 0.0 if now is None or begins is None else (begins - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return behind_s if behind_s > 0 else None


DIALECT = _Host()
