"""Names the connection behind a figure: what a dashboard leads from a slow dial to its trace and its line in the log.

https://prometheus.io/docs/specs/om/open_metrics_spec/#exemplars
"""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from secrets import token_bytes

Naming = Callable[[int], Mapping[str, str]]


class TraceIds:
    """The trace of each of one process's connections, known before anybody sends it.

    128 bits that nobody else has, as W3C Trace Context (3.2.2.3) wants them, and the same each time they are asked for.
    """

    def __init__(self) -> None:
        self._key = token_bytes(32)

    def of(self, connection: int) -> int:
        """The trace of the connection with this number."""
        return int.from_bytes(blake2b(str(connection).encode(), key=self._key, digest_size=16).digest())


def exemplar(traces: TraceIds | None) -> Naming:
    """What names a connection: its number in the log, and its trace where there are any."""

    def labels(connection: int) -> Mapping[str, str]:
        trace = {} if traces is None else {"trace_id": f"{traces.of(connection):032x}"}
        return {"connection": str(connection), **trace}

    return labels
