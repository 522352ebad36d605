"""Sees to it that a password which is not taken locks no account: after a few denied logins in a row there are no more.

Servers and directories lock an account after so many denied logins, often five. A check that logs in every second
would have locked it before anybody looks.
"""

from collections.abc import Awaitable, Callable

from farshore.core.health_check import NOT_STARTED
from farshore.core.outcome import Code
from farshore.watch.probes.result import Layer, ProbeResult

MOST_DENIED = 3


class Denials:
    """Counts the logins that were denied since the last one that was taken.

    From the first one on there is one login at a time; those that were under way by then are not called back.
    """

    def __init__(self) -> None:
        self._in_a_row = 0
        self._under_way = 0

    @property
    def is_enough(self) -> bool:
        """Whether nobody may log in any more."""
        return self._in_a_row >= MOST_DENIED

    async def guard(self, path: str, probe: Callable[[], Awaitable[ProbeResult]]) -> ProbeResult:
        """Make a probe, unless its login is not to be risked: then it is one that was not started."""
        if self.is_enough or (self._in_a_row and self._under_way):
            detail = f"{self._in_a_row} logins in a row were denied"
            return ProbeResult(kind="", path=path, layers=(), ok=False, code=NOT_STARTED, detail=detail, server="")
        self._under_way += 1
        try:
            result = await probe()
        finally:
            self._under_way -= 1
        if result.code == Code.LOGIN_DENIED:
            self._in_a_row += 1
        elif any(passed.layer is Layer.QUERY for passed in result.layers):
            self._in_a_row = 0
        return result
