"""Kubernetes objects as JSON (`kubectl get pods,events -o json`, one object, a list, a watch): pods and events.

Source: Kubernetes API v1 (Pod, Event) and events.k8s.io/v1. Other kinds are named once as not read.
"""

from collections.abc import Iterator

from farshore.diagnosis.evidence import Evidence, Instant, Origin, Unread
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.hosts import ClusterEvent, ContainerEnded, PodStarted
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.members import Members, count, decoded, items, json_values, members, number, text, time
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.times import read_time


class _KubernetesObjects:
    name = "Kubernetes objects"

    def recognise(self, document: Document) -> Fit:
        sure = document.looks_like_json and '"apiVersion"' in document.head and '"kind"' in document.head
        return Fit.CERTAIN if sure else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        values = [] if document.json is not None else [value for _, value in json_values(document.text)]
        unread: list[Unread] = []
        if not values:
            value, unread = decoded(document, origin)
            values = [value]
        facts: list[Fact] = []
        others: dict[str, int] = {}
        for place, value in enumerate(values):
            at = f"/{place}" if len(values) > 1 else ""
            for pointer, record in _objects(value, at):
                kind = text(record.get("kind"))
                if kind == "Pod":
                    facts += _pod(record, pointer, origin)
                elif kind == "Event":
                    facts.append(_event(record, pointer, origin))
                else:
                    others[kind] = others.get(kind, 0) + 1
        unread += [origin.unread(f"{held} of kind {kind or 'not told'}") for kind, held in others.items()]
        return Reading(facts=tuple(facts), unread=tuple(unread))


def _objects(value: object, pointer: str) -> Iterator[tuple[str, Members]]:
    record = members(value)
    listed = record.get("items")
    if not isinstance(listed, list):
        if record:
            yield pointer, record
        return
    kind = text(record.get("kind")).removesuffix("List")
    for place, item in enumerate(listed):
        # The items of a `PodList` from the API bear no kind of their own.
        yield f"{pointer}/items/{place}", {"kind": kind, **members(item)}


def _pod(record: Members, pointer: str, origin: Origin) -> Iterator[Fact]:
    name = text(members(record.get("metadata")).get("name"))
    status, node = members(record.get("status")), text(members(record.get("spec")).get("nodeName"))
    started = time(status.get("startTime"))
    if started is not None:
        evidence = origin.evidence(
            f"pod {name} started", pointer=f"{pointer}/status/startTime", observer=node, time=Instant(started)
        )
        yield PodStarted(evidence=evidence, pod=name, started=started)
    for place, each in enumerate(items(status.get("containerStatuses"))):
        yield from _container(name, members(each), f"{pointer}/status/containerStatuses/{place}", node, origin)


def _container(pod: str, container: Members, pointer: str, node: str, origin: Origin) -> Iterator[Fact]:
    name, restarts = text(container.get("name")), count(container.get("restartCount"))
    now, before = members(container.get("state")), members(container.get("lastState"))
    waits = text(members(now.get("waiting")).get("reason"))
    ended = members(now.get("terminated")) or members(before.get("terminated"))
    reason = text(ended.get("reason")) or waits
    if not (ended or restarts) and waits in {"", "ContainerCreating", "PodInitializing"}:
        return
    code, at = number(ended.get("exitCode")), time(ended.get("finishedAt"))
    said = f"{pod}/{name}: {reason or 'restarted'}" + (f", now {waits}" if waits and waits != reason else "")
    said += "" if code is None else f", exit code {code:.0f}"
    yield ContainerEnded(
        evidence=_evidence(f"{said}, {restarts} restarts", pointer, node, None if at is None else Instant(at), origin),
        pod=pod,
        container=name,
        reason=reason,
        restarts=restarts,
        exit_code=None if code is None else int(code),
        ended=at,
    )


def _event(record: Members, pointer: str, origin: Origin) -> ClusterEvent:
    about = members(record.get("involvedObject")) or members(record.get("regarding"))
    series, source = members(record.get("series")), members(record.get("source"))
    reason, message = text(record.get("reason")), text(record.get("message")) or text(record.get("note"))
    stamps = (record.get("lastTimestamp"), series.get("lastObservedTime"), record.get("eventTime"),
              record.get("deprecatedLastTimestamp"), record.get("firstTimestamp"))  # fmt: skip
    at = next((instant for stamp in stamps if (instant := read_time(text(stamp))) is not None), None)
    kind, name = text(about.get("kind")), text(about.get("name"))
    said = f"{reason} {kind.lower()}/{name}: {message}"
    return ClusterEvent(
        evidence=_evidence(said, pointer, text(source.get("host")), at, origin),
        kind=kind,
        name=name,
        reason=reason,
        message=message[:2000],
        count=count(record.get("count")) or count(series.get("count")) or 1,
    )


def _evidence(said: str, pointer: str, observer: str, at: Instant | None, origin: Origin) -> Evidence:
    return origin.evidence(said, pointer=pointer, observer=observer, time=at)


READER = _KubernetesObjects()
