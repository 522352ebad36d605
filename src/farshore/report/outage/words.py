"""Times, spans and counts as a report says them, and texts of others made harmless."""

from collections.abc import Iterable
from datetime import UTC, datetime

LONGEST = 4000
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400


def moment(at_s: float) -> str:
    """RFC 3339 in UTC, to the millisecond; what no calendar has is its number."""
    try:
        at = datetime.fromtimestamp(at_s, UTC)
    except (OverflowError, ValueError, OSError):
        return f"{at_s:g}"
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clock(time: str) -> str:
    """A moment for people: date and time to the second, in UTC."""
    return f"{time[:10]} {time[11:19]}Z" if time.endswith("Z") and "T" in time else time


def hour(time: str) -> str:
    """A moment's time of day alone, to the second, in UTC."""
    return f"{time[11:19]}Z" if time.endswith("Z") and "T" in time else time


def lasted(seconds: float) -> str:
    """A span: the two largest units that are in it."""
    if seconds < MINUTE_S:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    days, rest = divmod(whole, DAY_S)
    hours, rest = divmod(rest, HOUR_S)
    minutes, left = divmod(rest, MINUTE_S)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (left, "s")]
    first = next(at for at, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)


def counted(count: int, one: str, many: str = "") -> str:
    """A number and its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def often(times: int) -> str:
    """How many times."""
    return "once" if times == 1 else f"{times:,} times"


def listed(words: Iterable[str]) -> str:
    """Words as a person lists them; "none" where there are none."""
    all_ = list(words)
    if len(all_) <= 1:
        return all_[0] if all_ else "none"
    return f"{', '.join(all_[:-1])} and {all_[-1]}"


def share(part: int, whole: int) -> str:
    """A share in percent, to a tenth: 100 % and 0 % only where that is all or none."""
    percent = 100 * part / whole
    shown = f"{percent:.1f}"
    if shown == "100.0" and part < whole:
        shown = "99.9"
    if shown == "0.0" and part:
        shown = "0.1"
    return f"{shown} %"


def foreign(text: str) -> str:
    """Somebody else's text on one line, with nothing in it that a terminal or a renderer would act on."""
    return one_line(text).replace("`", "'")


def printable(text: str) -> str:
    """The same where a terminal would show it as it is, and else on one line."""
    return text if text.isprintable() else one_line(text)


def one_line(text: str) -> str:
    """The same on one line; what a terminal could act on is shown as it is written in Python."""
    words = " ".join(text[:LONGEST].split())
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in words)


def sentence(text: str) -> str:
    """With its first letter large and one full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
