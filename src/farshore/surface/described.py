"""Every metric by its name, kind, labels and help: what the exposition shows and `docs/metrics.md` lists.

Every label comes from the configuration or from a closed vocabulary, never from a client.
"""

from dataclasses import dataclass
from enum import StrEnum

DIAL_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 7.5, 15.0)


class Kind(StrEnum):
    """How Prometheus counts."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One metric, for the code, the exposition and `docs/metrics.md`."""

    name: str
    kind: Kind
    labels: tuple[str, ...] = ()
    help: str


CONNECTIONS = Described(
    name="farshore_connections_total",
    kind=Kind.COUNTER,
    labels=("route", "egress", "code"),
    help="Client connections that ended, by how they ended.",
)
ACTIVE = Described(
    name="farshore_connections_active", kind=Kind.GAUGE, labels=("route",), help="Client connections open now."
)
HELD = Described(
    name="farshore_held",
    kind=Kind.GAUGE,
    labels=("route",),
    help="Open client connections that wait for a path, because none works.",
)
BYTES = Described(
    name="farshore_bytes_total",
    kind=Kind.COUNTER,
    labels=("route", "direction"),
    help="Bytes carried, open connections included; direction is from_client or from_target.",
)
DIAL = Described(
    name="farshore_dial_seconds",
    kind=Kind.HISTOGRAM,
    labels=("route", "egress"),
    help="Seconds from reaching for the egress to a connection with the target; failed dials are not in it.",
)
LEAKS = Described(
    name="farshore_leaks_total",
    kind=Kind.COUNTER,
    labels=("route", "egress", "connected"),
    help="Dials refused because they would leave, or (connected=true) had left, through this host's own network.",
)
PATHS = Described(
    name="farshore_path_state",
    kind=Kind.GAUGE,
    labels=("route", "path", "state"),
    help="1 for the state that a path is in, 0 for the others; of routes with several paths.",
)
PATH_CONNECTIONS = Described(
    name="farshore_path_connections",
    kind=Kind.GAUGE,
    labels=("route", "path"),
    help="Connections that a path carries, and those that are dialled on it; of routes with several paths.",
)
PATH_CHANGES = Described(
    name="farshore_path_changes_total",
    kind=Kind.COUNTER,
    labels=("route", "path", "state"),
    help="Times that a path came into a state.",
)
OUTAGES = Described(
    name="farshore_outages_total",
    kind=Kind.COUNTER,
    labels=("route",),
    help="Times that clients of a route began to be held, because no path works.",
)
REPLAYS = Described(
    name="farshore_first_flights_replayed_total",
    kind=Kind.COUNTER,
    labels=("route",),
    help="Connections whose path died before the target answered, and whose first message was said again on another.",
)
OUTAGE = Described(
    name="farshore_outage",
    kind=Kind.GAUGE,
    labels=("route",),
    help="1 from the first client that is held until a path has answered and nobody waits any more.",
)
REMEDIES = Described(
    name="farshore_remedies_total",
    kind=Kind.COUNTER,
    labels=("remedy", "result"),
    help="Remedies applied, suggested or withheld in outages, by what came of it.",
)
HEALTH = Described(
    name="farshore_path_health",
    kind=Kind.GAUGE,
    labels=("route", "path", "health"),
    help="1 for what is known of a path without any client, 0 for the others.",
)
CHECKS = Described(
    name="farshore_path_checks_total",
    kind=Kind.COUNTER,
    labels=("route", "path", "result"),
    help="Checks of a path without any client, by result: answered, failed, doubtful, nothing.",
)
PROBES = Described(
    name="farshore_target_probes_total",
    kind=Kind.COUNTER,
    labels=("route", "path", "result"),
    help="Connections tried to a target without any client; connected and refused ones have reached it.",
)
REDUNDANCY = Described(
    name="farshore_redundancy_lost",
    kind=Kind.GAUGE,
    labels=("route",),
    help="1 while a route that has several paths has none to spare.",
)
INCIDENTS = Described(
    name="farshore_incidents_total",
    kind=Kind.COUNTER,
    labels=("route",),
    help="Incidents that were opened, by the route whose clients failed first.",
)
INCIDENT = Described(
    name="farshore_incident_open",
    kind=Kind.GAUGE,
    labels=("cause",),
    help="Open incidents by the cause that was concluded: a code of the catalogue, `undecided`, or `none` as yet.",
)
ALERTS = Described(
    name="farshore_alerts_firing",
    kind=Kind.GAUGE,
    labels=("rule", "severity"),
    help="Alerts that people have been told of and that are not over.",
)
NOTIFICATIONS = Described(
    name="farshore_notifications_total",
    kind=Kind.COUNTER,
    labels=("channel", "result"),
    help="Messages about alerts: sent, retried (a try that failed and is made again), or failed for good.",
)
EXPORTS = Described(
    name="farshore_otel_exports_total",
    kind=Kind.COUNTER,
    labels=("signal", "result"),
    help="Traces of connections and exports of metrics: sent, failed, or dropped unsent. Only with `otel:`.",
)
TAILSCALED = Described(
    name="farshore_tailscaled_phase",
    kind=Kind.GAUGE,
    labels=("phase",),
    help="1 for the phase that a tailscaled started by Farshore is in, 0 for the others; absent without one.",
)
TAILSCALED_STARTS = Described(
    name="farshore_tailscaled_starts_total",
    kind=Kind.COUNTER,
    help="How often Farshore has started its tailscaled; absent without one.",
)
RELOADS = Described(
    name="farshore_reloads_total",
    kind=Kind.COUNTER,
    labels=("result",),
    help="Times the configuration was read again; result is applied or refused.",
)
CONFIGURATION_CURRENT = Described(
    name="farshore_configuration_current",
    kind=Kind.GAUGE,
    help="1 while what is carried is what the file says; 0 where it was refused, or some of it needs a restart.",
)
READY = Described(name="farshore_ready", kind=Kind.GAUGE, help="1 while /readyz answers 200.")
DRAINING = Described(name="farshore_draining", kind=Kind.GAUGE, help="1 after SIGTERM.")
LOG_LINES_DROPPED = Described(
    name="farshore_log_lines_dropped_total",
    kind=Kind.COUNTER,
    help="Log lines lost because nobody read standard output.",
)
JOURNAL_UP = Described(
    name="farshore_journal_up",
    kind=Kind.GAUGE,
    help="1 while the journal is written, 0 while it cannot be; absent without one.",
)
JOURNAL_ROWS = Described(
    name="farshore_journal_rows_total",
    kind=Kind.COUNTER,
    labels=("result",),
    help="Rows of the journal: written, or lost because the disk took none for too long.",
)
JOURNAL_BYTES = Described(
    name="farshore_journal_bytes",
    kind=Kind.GAUGE,
    help="What the journal takes on the disk; absent without one.",
)
BUILD = Described(
    name="farshore_build_info", kind=Kind.GAUGE, labels=("version", "python", "loop"), help="Always 1; what runs."
)
METRICS = (
    CONNECTIONS,
    ACTIVE,
    HELD,
    BYTES,
    DIAL,
    LEAKS,
    PATHS,
    PATH_CONNECTIONS,
    PATH_CHANGES,
    OUTAGES,
    REPLAYS,
    OUTAGE,
    REMEDIES,
    HEALTH,
    CHECKS,
    PROBES,
    REDUNDANCY,
    INCIDENTS,
    INCIDENT,
    ALERTS,
    NOTIFICATIONS,
    EXPORTS,
    TAILSCALED,
    TAILSCALED_STARTS,
    RELOADS,
    CONFIGURATION_CURRENT,
    READY,
    DRAINING,
    LOG_LINES_DROPPED,
    JOURNAL_UP,
    JOURNAL_ROWS,
    JOURNAL_BYTES,
    BUILD,
)
