"""Times, sizes and shares as the page says them. Pure."""

from datetime import UTC, datetime

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
SECOND_MS = 1000
KIB = 1024


def age(seconds: float) -> str:
    """How long something lasts, in at most two units; never negative."""
    whole = max(0, int(seconds))
    if whole < MINUTE_S:
        return f"{whole} s"
    if whole < HOUR_S:
        return f"{whole // MINUTE_S} min {whole % MINUTE_S} s"
    if whole < DAY_S:
        return f"{whole // HOUR_S} h {whole % HOUR_S // MINUTE_S} min"
    return f"{whole // DAY_S} d {whole % DAY_S // HOUR_S} h"


def stamp(wall_s: float) -> str:
    """A Unix time as HTML's `datetime` takes it."""
    return datetime.fromtimestamp(wall_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock_time(wall_s: float) -> str:
    """The time of day in UTC."""
    return datetime.fromtimestamp(wall_s, UTC).strftime("%H:%M:%S")


def moment(wall_s: float) -> str:
    """Date and time in UTC."""
    return datetime.fromtimestamp(wall_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def millis(value_ms: float) -> str:
    """Milliseconds with as many digits as matter."""
    if value_ms < 10:  # noqa: PLR2004 - two digits
        return f"{value_ms:.1f} ms"
    return f"{value_ms:.0f} ms" if value_ms < SECOND_MS else f"{value_ms / SECOND_MS:.1f} s"


def size(count: int) -> str:
    """Bytes in the largest unit that leaves a whole number before the point."""
    value, units = float(count), ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= KIB and len(units) > 1:
        value /= KIB
        units.pop(0)
    return f"{count} B" if units[0] == "B" else f"{value:.1f} {units[0]}"


def plural(count: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
