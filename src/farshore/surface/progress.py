"""How a health check stands, in one line: for a terminal that is drawn anew, or for a log, a line each minute."""

from collections import deque
from math import inf

from farshore.core.health_check import ProbeDone
from farshore.watch.windows.rolling import Rolling
from farshore.watch.windows.sample import Sample

CELL_S = 10.0
CELLS = 30
LAST_S = 60.0


class Progress:
    """Counts what has ended since this process began, in bounded memory."""

    def __init__(self, planned: int, done: int) -> None:
        self._planned = planned
        self._done = done
        self._counted = self._failed = 0
        self._rolling = Rolling()
        self._begun_s = inf
        self._cells: deque[tuple[int, int, int]] = deque(maxlen=CELLS)

    def note(self, probe: ProbeDone) -> None:
        """Count one more."""
        at_s = probe.due_us / 1e6
        self._begun_s = min(self._begun_s, at_s)
        is_failure = probe.code is not None
        latency_s = None if is_failure else (probe.late_us + probe.took_us) / 1e6
        sample = Sample(
            at_s=at_s,
            route="",
            path="",
            cause=probe.code or "",
            is_failure=is_failure,
            is_reset=False,
            latency_s=latency_s,
        )
        self._done = max(self._done, probe.number + 1)
        self._counted += 1
        self._failed += is_failure
        self._rolling.note(sample)
        self._mark(int(at_s // CELL_S), int(is_failure))

    def line(self, now_s: float, under_way: int) -> str:
        """How it stands; `now_s` in seconds since the Unix epoch."""
        last = self._rolling.last(LAST_S, now_s)
        p50_s, p99_s = last.latency_s(0.5), last.latency_s(0.99)
        latency = "" if p50_s is None or p99_s is None else f", p50 {p50_s * 1000:.0f} ms, p99 {p99_s * 1000:.0f} ms"
        success = "" if not self._counted else f", {100 * (1 - self._failed / self._counted):.2f}% good"
        recent = f"last minute: {self._rate(now_s):.2f}/s, {last.failed:,} failed{latency}"
        return f"{self._done:,} of {self._planned:,}{success}, {under_way} under way; {recent}"

    def strip(self, now_s: float) -> str:
        """The last five minutes, ten seconds a mark: `.` nothing, `-` all good, `+` some failed, `#` all failed."""
        cells = {number: (total, failed) for number, total, failed in self._cells}
        last = int(now_s // CELL_S)
        return "".join(_sign(*cells.get(number, (0, 0))) for number in range(last - CELLS + 1, last + 1))

    def _rate(self, now_s: float) -> float:
        """A second, in the last minute: over whole cells, neither the one under way nor the one in which it began."""
        last, known = int(now_s // CELL_S), {number: total for number, total, _ in self._cells}
        if not known:
            return 0.0
        whole = range(max(last - int(LAST_S // CELL_S), self._begun + 1), last)
        if not whole:
            return sum(known.values()) / max(now_s - self._begun_s, 1.0)
        return sum(known.get(number, 0) for number in whole) / (len(whole) * CELL_S)

    @property
    def _begun(self) -> int:
        return int(self._begun_s // CELL_S)

    def _mark(self, number: int, failed: int) -> None:
        for place, (known, total, bad) in enumerate(self._cells):
            if known == number:
                self._cells[place] = number, total + 1, bad + failed
                return
        self._cells.append((number, 1, failed))


def _sign(total: int, failed: int) -> str:
    if not total:
        return "."
    if not failed:
        return "-"
    return "#" if failed == total else "+"
