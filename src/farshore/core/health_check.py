"""A health check of a target: one probe, and what many of them say together. Also its published form.

`farshore.health-check/1` is stable: a key is never renamed or removed within a version.
"""

from typing import Literal

import msgspec

FORMAT = "farshore.health-check/1"
NOT_STARTED = "probe.not-started"


class ProbeDone(msgspec.Struct, frozen=True, kw_only=True):
    """One probe that has ended. Times are microseconds, `due_us` since 1970 UTC; `code` None: it went well.

    `stretch` tells the process that made it: a check that was resumed has several.
    """

    number: int
    path: str
    due_us: int
    late_us: int
    took_us: int
    code: str | None
    detail: str
    layers: dict[str, float]
    stretch: int = 0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a check is to do. `check` is its number: when it began, in microseconds since 1970 UTC.

    `query` is what it asks after a login, None where it hears the greeting.
    """

    check: int
    subject: str
    target: str
    kind: str
    every_us: int
    planned: int
    concurrency: int
    slo: float
    query: str | None = None


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Nearest-rank percentiles in milliseconds, of those that went well."""

    count: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float


class BurstFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Failures of which each is due at most 30 s after the one before; from the first due time to the last."""

    start: str
    end: str
    length_s: float
    failed: int
    good: int
    pattern: Literal["cold start", "total", "flapping", "partial"]
    codes: dict[str, int]


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """Between two stretches of one check nothing was probed; it is not counted, neither as good nor as bad."""

    start: str
    end: str
    length_s: float


class PathFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What came over one path."""

    probes: int
    failed: int
    success_percent: float | None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The whole check.

    `response` counts from when a probe was due, `service` from when it was started: the first is what a client that
    comes at a fixed time waits, the second hides what a stalled prober or target made others wait (coordinated
    omission). `layers` are of all probes that reached the layer. `query` is what was asked after a login.
    """

    format: Literal["farshore.health-check/1"] = "farshore.health-check/1"
    subject: str
    target: str
    kind: str
    start: str | None
    end: str | None
    every_s: float
    planned: int
    due: int
    finished: bool
    probes: int
    successful: int
    failed: int
    success_percent: float | None
    slo_percent: float
    met: bool
    codes: dict[str, int]
    not_started: int
    late: int
    response: Latency | None
    service: Latency | None
    layers: dict[str, Latency]
    paths: dict[str, PathFigures]
    bursts: list[BurstFigures]
    pauses: list[Pause]
    unwritten: int = 0
    query: str | None = None


def json_schema() -> dict[str, object]:
    """The JSON Schema of the published form."""
    schema = msgspec.json.schema(Figures)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": FORMAT, **schema}
