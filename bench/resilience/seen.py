"""What was seen of one fault, as values, and what can be asked of it. Pure, so that it can be tested.

All times are seconds of the machine's monotonic clock, which every process on it shares.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

EVERY_S = 0.1
SLACK_S = 0.15
LET_GO_S = 0.5
_FOLDER = re.compile(r"/(?:[^/\s]+/)+(?=[^/\s]+/[^/\s]+)")
HELD_S = 1.5

OURS, PLAIN = "ours", "plain"
STREAMS = (OURS, PLAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client that opened a connection, asked one question and left. `error` is empty where it got its answer."""

    stream: str
    at_s: float
    took_s: float
    error: str = ""

    @property
    def ended_s(self) -> float:
        """When it had its answer or its error."""
        return self.at_s + self.took_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """The independent dialler's look at one router: whether its own address led to the target's host."""

    path: str
    at_s: float
    took_s: float
    is_through: bool

    @property
    def ended_s(self) -> float:
        """When it was through, or gave up."""
        return self.at_s + self.took_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One fault from beginning to end.

    The fault was set in motion at `began_s`, in force at `fault_s`, and its healing began at `healed_s`. `queries` went
    through pools. `asked` counts the connections that arrived at the target, by stream, without those of health checks,
    `pooled` those that the pools asked for. `owners` are the changes of who serves the shared prefix, as the gateway's
    tailscaled saw them. `endings` are the gateway's own log lines about connections, `changes` those about paths,
    outages and its tailscaled, all with their time `at_s`; `facts` is what a fault has to tell of itself.
    """

    clients: Sequence[Client]
    dials: Sequence[Dial]
    began_s: float
    fault_s: float
    healed_s: float
    queries: Sequence[Client] = ()
    asked: Mapping[str, int] = field(default_factory=dict)
    pooled: Mapping[str, int] = field(default_factory=dict)
    owners: Sequence[tuple[float, str]] = ()
    endings: Sequence[Mapping[str, object]] = ()
    changes: Sequence[Mapping[str, object]] = ()
    facts: Mapping[str, float] = field(default_factory=dict)

    def of(self, stream: str) -> list[Client]:
        """The clients of one stream."""
        return [client for client in self.clients if client.stream == stream]

    def before(self, stream: str) -> list[Client]:
        """Those who had come and gone before the fault."""
        return [client for client in self.of(stream) if client.ended_s < self.began_s]

    def caught(self, stream: str) -> list[Client]:
        """Those who were in the middle of it when the fault struck: what they had open cannot be moved."""
        return [client for client in self.of(stream) if client.at_s < self.fault_s and client.ended_s >= self.began_s]

    def during(self, stream: str) -> list[Client]:
        """Those who came while the fault was in force."""
        return [client for client in self.of(stream) if self.fault_s <= client.at_s < self.healed_s]

    def since(self, stream: str) -> list[Client]:
        """Those who came after the fault had struck, and after its healing as well."""
        return [client for client in self.of(stream) if client.at_s >= self.fault_s]

    def endings_since(self) -> list[Mapping[str, object]]:
        """The log lines of our clients who came after the fault: the last ones, in the order of coming.

        A pool's connections are in between; they are few.
        """
        count = len(self.since(OURS))
        in_order = sorted(self.endings, key=lambda line: int(str(line["connection"])))
        return in_order[-count:] if count else []

    def was_connected(self, line: Mapping[str, object]) -> bool:
        """Whether the log line is of somebody whom the target had accepted when the fault struck."""
        if line.get("reached_ms") is None:
            return False
        lasted_ms = float(str(line["duration_ms"])) - float(str(line["reached_ms"]))
        return float(str(line["at_s"])) - lasted_ms / 1000 < self.fault_s

    def stepped_back(self) -> list[tuple[float, str]]:
        """Which paths lost their place while the fault was in force: how long after it struck first, and why."""
        opened = (line for line in self.changes if line.get("event") == "path-changed" and line.get("state") == "open")
        timed = sorted((float(str(line["at_s"])), str(line["path"]), str(line["reason"])) for line in opened)
        first: dict[str, tuple[float, str]] = {}
        for at_s, path, why in timed:
            if self.began_s <= at_s < self.healed_s:
                first.setdefault(path, (at_s - self.fault_s, f"{path} {_FOLDER.sub('…/', why)}"))
        return list(first.values())

    def usual_s(self, stream: str) -> float:
        """What a client of this stream took before the fault, in the median."""
        return median([client.took_s for client in self.before(stream)] or [0.0])

    def added_s(self, stream: str, from_s: float, to_s: float) -> float | None:
        """The worst that a client who came then took beyond the usual, if any had an answer."""
        took = [c.took_s for c in self.of(stream) if from_s <= c.at_s < to_s and not c.error]
        return max(took) - self.usual_s(stream) if took else None

    def noise_s(self, stream: str) -> float | None:
        """The worst that a client took beyond the usual who had come and gone before the fault."""
        took = [client.took_s for client in self.before(stream) if not client.error]
        return max(took) - self.usual_s(stream) if took else None

    def wrongly_failed(self) -> list[Client]:
        """Our clients who failed although a path worked, by what the independent dialler saw."""
        return [client for client in self.since(OURS) if client.error and self.worked_for(client)]

    def worked_for(self, client: Client) -> bool:
        """Whether a router's own address led to the target while this client waited.

        Who was held and gave up within half a second of a path's return is not held against us: so long it may take
        until the held are let go.
        """
        since_s = max(client.at_s - SLACK_S, self.fault_s if client.at_s >= self.fault_s else 0.0)
        until_s = client.ended_s - LET_GO_S if client.took_s > HELD_S else client.ended_s + SLACK_S
        return any(dial.is_through and dial.at_s >= since_s and dial.ended_s <= until_s for dial in self.dials)

    @property
    def back_s(self) -> float | None:
        """When the independent dialler first got through after the fault had struck."""
        return min((dial.ended_s for dial in self.dials if dial.is_through and dial.at_s > self.fault_s), default=None)

    def first_success_s(self, stream: str, since_s: float) -> float | None:
        """When the first client who came after that had its answer."""
        return min((c.ended_s for c in self.of(stream) if c.at_s >= since_s and not c.error), default=None)

    def first_query_s(self, stream: str, since_s: float) -> float | None:
        """When the first query that was put to a pool after that was answered."""
        asked = (query for query in self.queries if query.stream == stream and query.at_s >= since_s)
        return min((query.ended_s for query in asked if not query.error), default=None)

    def let_go_s(self, back_s: float) -> list[float]:
        """How long after a path was back those were connected who had come before: the first one first."""
        connected = []
        for line in self.endings:
            if line.get("reached_ms") is not None:
                accepted_s = float(str(line["at_s"])) - float(str(line["duration_ms"])) / 1000
                reached_s = accepted_s + float(str(line["reached_ms"])) / 1000
                if accepted_s < back_s <= reached_s:
                    connected.append(reached_s - back_s)
        return sorted(connected)

    def waited(self, back_s: float) -> Iterator[Client]:
        """Our clients who had come before a path was back and were answered after."""
        return (c for c in self.since(OURS) if c.at_s < back_s <= c.ended_s and not c.error)

    def per_client(self, stream: str) -> float | None:
        """How many connections arrived at the target for each that was asked for."""
        asked_for = len(self.of(stream)) + self.pooled.get(stream, 0)
        return self.asked[stream] / asked_for if asked_for and stream in self.asked else None
