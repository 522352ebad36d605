"""How long dials took, in buckets, with the last connection in each where exemplars are wanted."""

from bisect import bisect_left
from collections import defaultdict
from itertools import accumulate
from typing import NamedTuple

from prometheus_client.core import Exemplar, HistogramMetricFamily, Metric
from prometheus_client.utils import floatToGoString

from farshore.core.events import ConnectionEnded
from farshore.core.outcome import Code, Phase
from farshore.surface.described import DIAL, DIAL_BUCKETS_S
from farshore.surface.exemplars import Naming

_ESTABLISHED = frozenset(code for code in Code if code.phase in {Phase.FIRST_BYTE, Phase.TRANSFER})
_BUCKET_NAMES = [*map(floatToGoString, DIAL_BUCKETS_S), "+Inf"]


class DialTimes:
    """By route and egress, of dials that reached the target. `exemplar` names a connection, where one is wanted."""

    def __init__(self, exemplar: Naming | None = None) -> None:
        self.exemplar = exemplar
        self._dials: defaultdict[tuple[str, str], _Dials] = defaultdict(_Dials)

    def show_zeros(self, route: str, egress: str) -> None:
        """Show a route and its egress before anything was dialled."""
        _ = self._dials[route, egress]

    def observe(self, event: ConnectionEnded) -> None:
        """Count the dial of a connection, if it had one."""
        if event.dial_ms is None or event.code not in _ESTABLISHED:
            return
        seconds = ((event.connect_ms or 0.0) + (event.handshake_ms or 0.0) + event.dial_ms) / 1000
        dials = self._dials[event.route, event.egress]
        dials.sum_s += seconds
        bucket = bisect_left(DIAL_BUCKETS_S, seconds)
        dials.counts[bucket] += 1
        if self.exemplar is not None:
            dials.last[bucket] = _Last(event.connection, seconds, event.started_at_s)

    def family(self) -> Metric:
        """As it is now."""
        family = HistogramMetricFamily(DIAL.name, DIAL.help, labels=DIAL.labels)
        for labels, dials in self._dials.items():
            counts = zip(_BUCKET_NAMES, accumulate(dials.counts), strict=True)
            buckets = [(*counted, *self._named(dials.last.get(bucket))) for bucket, counted in enumerate(counts)]
            family.add_metric(labels, buckets, dials.sum_s)
        return family

    def _named(self, last: "_Last | None") -> tuple[()] | tuple[Exemplar]:
        if last is None or self.exemplar is None:
            return ()
        return (Exemplar(dict(self.exemplar(last.connection)), last.seconds, last.at_s),)


class _Last(NamedTuple):
    """The last connection that fell into a bucket, and when it began (Unix seconds)."""

    connection: int
    seconds: float
    at_s: float


class _Dials:
    def __init__(self) -> None:
        self.sum_s = 0.0
        self.counts = [0] * len(_BUCKET_NAMES)
        self.last: dict[int, _Last] = {}
