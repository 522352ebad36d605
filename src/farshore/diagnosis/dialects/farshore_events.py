"""Farshore's own log beside its connections: paths, outages and the tailscaled that it keeps.

Source: core.events and surface.logs. What that tailscaled said itself (`tailscaled-said`) is for its own dialects.
"""

from collections.abc import Callable, Iterator, Mapping

from farshore.diagnosis.evidence import Evidence
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.facts.gateway import KeptDaemonChanged, OutageToldOf, PathShifted, RedundancyChanged
from farshore.diagnosis.intake.own_lines import own_event
from farshore.diagnosis.intake.records import Record

Fields = Mapping[str, object]
_MOST = 1e15


class _FarshoreEvents:
    name = "Farshore (events)"

    @property
    def needles(self) -> tuple[str, ...]:
        return tuple(_MAKERS)

    def read(self, record: Record) -> Iterator[Fact]:
        name, fields = own_event(record.text, record.fields)
        make = _MAKERS.get(name)
        if make is not None:
            yield make(record.evidence(), fields)


def _path(evidence: Evidence, fields: Fields) -> Fact:
    now = _text(fields, "state") or _text(fields, "health")
    route, path, was, reason = (_text(fields, key) for key in ("route", "path", "was", "reason"))
    return PathShifted(evidence=evidence, route=route, path=path, now=now, was=was, reason=reason)


def _outage_started(evidence: Evidence, fields: Fields) -> Fact:
    route, code, detail = (_text(fields, key) for key in ("route", "code", "detail"))
    return OutageToldOf(evidence=evidence, route=route, ended=False, code=code, detail=detail)


def _outage_ended(evidence: Evidence, fields: Fields) -> Fact:
    return OutageToldOf(
        evidence=evidence,
        route=_text(fields, "route"),
        ended=True,
        duration_s=_number(fields, "duration_s"),
        served=int(_number(fields, "served") or 0),
        refused=int(_number(fields, "refused") or 0),
        proven=_text(fields, "proven").lower() != "false",
    )


def _redundancy_lost(evidence: Evidence, fields: Fields) -> Fact:
    return RedundancyChanged(evidence=evidence, route=_text(fields, "route"), lost=True, left=_text(fields, "left"))


def _redundancy_regained(evidence: Evidence, fields: Fields) -> Fact:
    return RedundancyChanged(evidence=evidence, route=_text(fields, "route"), lost=False)


def _daemon(evidence: Evidence, fields: Fields) -> Fact:
    return KeptDaemonChanged(
        evidence=evidence,
        phase=_text(fields, "phase"),
        reason=_text(fields, "reason"),
        starts=int(_number(fields, "starts") or 0),
    )


def _redirected(evidence: Evidence, fields: Fields) -> Fact:
    """A gateway saw what a driver would have told: the server sent the client on."""
    driver = "oracle" if _text(fields, "protocol") == "oracle" else "mssql"
    return DriverFailed(evidence=evidence, driver=driver, symptom=Symptom.REDIRECTED, redirect=_text(fields, "to"))


_MAKERS: dict[str, Callable[[Evidence, Fields], Fact]] = {
    "path-changed": _path,
    "health-changed": _path,
    "outage-started": _outage_started,
    "outage-ended": _outage_ended,
    "redundancy-lost": _redundancy_lost,
    "redundancy-regained": _redundancy_regained,
    "tailscaled-changed": _daemon,
    "client-redirected": _redirected,
}


def _text(fields: Fields, key: str) -> str:
    value = fields.get(key)
    return "" if value is None else str(value)[:400]


def _number(fields: Fields, key: str) -> float | None:
    try:
        number = float(_text(fields, key))
    except ValueError:
        return None
    return number if 0 <= number < _MOST else None


DIALECT = _FarshoreEvents()
