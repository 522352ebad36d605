"""What whoever writes a journal and whoever reads one have to agree on: its mark, and which event is in which table."""

from collections.abc import Mapping
from functools import cache

from farshore.core.events import (
    AttemptFailed,
    ConnectionEnded,
    Event,
    HealthChanged,
    OutageStarted,
    PathChanged,
    PathChecked,
    RemedyApplied,
    TailscaledChanged,
    TailscaledSaid,
    TargetProbed,
)

APPLICATION_ID = 0x46617253  # "FarS"; stands at byte 68 of the file (sqlite.org/fileformat.html, 1.3.12)

# A row has the event's fields by their names. `outages` has those of the end as well, `remedies` those of all three.
TABLES: Mapping[type[Event], str] = {
    ConnectionEnded: "connections",
    AttemptFailed: "attempts",
    PathChecked: "checks",
    TargetProbed: "probes",
    HealthChanged: "path_health",
    PathChanged: "path_states",
    OutageStarted: "outages",
    RemedyApplied: "remedies",
    TailscaledChanged: "tailscaled",
    TailscaledSaid: "tailscaled_lines",
}

# A probe of a health check (`farshore probe`) has no event: its row is read as this line of a log, with the subject of
# its check as the route.
PROBE_RESULTS = "probe_results"
PROBE_ENDED = "probe-ended"
# The gateway's own probes of a target, of which a log does not say the target.
PROBES = "probes"
TARGET_PROBED = "target-probed"


@cache
def event_name(kind: type[Event]) -> str:
    """`ListenerOpened` becomes `listener-opened`, as in the log."""
    return "".join(f"-{each.lower()}" if each.isupper() else each for each in kind.__name__).removeprefix("-")
