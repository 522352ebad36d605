"""For how long nothing has moved."""


class Quiet:
    """Watches something that changes whenever anything moves. Does no I/O; times are monotonic seconds."""

    __slots__ = ("_mark", "_since_s")

    def __init__(self, now_s: float) -> None:
        self._mark = -1
        self._since_s = now_s

    def begin(self, mark: int, now_s: float) -> None:
        """From now on it is quiet, until the mark is another one."""
        self._mark, self._since_s = mark, now_s

    def for_s(self, mark: int, now_s: float) -> float | None:
        """Seconds without a change; None where there has been one since the last time."""
        if mark != self._mark:
            self.begin(mark, now_s)
            return None
        return now_s - self._since_s
