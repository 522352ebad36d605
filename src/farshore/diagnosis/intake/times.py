"""Times as logs write them: each layout, and how sure its zone and date are."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from farshore.diagnosis.evidence import Instant, Sureness

_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: n for n, name in enumerate(_MONTH_NAMES, 1)}
MAX_STAMP = 48
MAX_TEXT = 2000

# Every pattern is anchored and linear: no repetition stands beside one that could match the same characters.
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\d{0,9}"
    r" ?(?:(Z|UTC|[+-]\d\d:?\d\d)(?: UTC| [+-]\d{4}| [A-Z]{3,4}(?=:))?)?(?=\W|$)"
)
_GO = re.compile(r"(\d{4})/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?")
_SYSLOG = re.compile(r"([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: (\d{4}))?")
_DATE = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)")
_NAMED_DATE = re.compile(r"\b([A-Z][a-z]{2})[a-z]{0,6}\.? {1,2}(\d{1,2})(?:st|nd|rd|th)?(?:, ?(\d{4}))?")
_DAY_FIRST = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th|\.)? (?:of )?([A-Z][a-z]{2})[a-z]{0,6}\.?,? (\d{4})\b")
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?![\d.])")
_GO_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(h|ms|m|s|us|µs|ns)")
_GO_UNITS_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_TYPED = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d))?(Z|[+-]\d\d:?\d\d)?")
_CLOCK = re.compile(r"(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?=\W|$)")


def read_stamp(text: str, *, day: datetime | None = None) -> tuple[Instant, int] | None:
    """The time at the very beginning of a text and how many characters it takes; None if there is none.

    `day` supplies a date to a bare clock and a year to syslog's; without it the date is assumed.
    """
    head = text[:MAX_STAMP]
    for pattern, build in _LAYOUTS:
        matched = pattern.match(head)
        if matched is None:
            continue
        try:
            return build(matched, day), matched.end()
        except (ValueError, OverflowError):
            return None
    return None


def read_time(text: str) -> Instant | None:
    """A text that is a time and nothing else; Go's zero time is none."""
    stripped = text.strip()
    found = read_stamp(stripped)
    if found is None or found[1] != len(stripped) or found[0].at.year == 1:
        return None
    return found[0]


def read_moment(text: str) -> Instant | None:
    """A time as somebody types it, in UTC if it has no zone: the seconds, or the whole clock, may be left out."""
    matched = _TYPED.fullmatch(text.strip())
    if matched is None:
        return read_time(text)
    day, clock, zone = matched.groups()
    return read_time(f"{day}T{clock or '00:00'}:00{zone or ''}")


def time_in(text: str) -> Instant | None:
    """The first date with a time that stands anywhere in a text; None without one, or for Go's zero time."""
    matched = _ISO.search(text[:MAX_TEXT])
    if matched is None:
        return None
    try:
        instant = _iso(matched, None)
    except (ValueError, OverflowError):
        return None
    return None if instant.at.year == 1 else instant


def day_in(text: str, *, year_of: datetime | None = None) -> datetime | None:
    """The first date that a text names, None without one.

    `2025-10-21`, `21.10.2025`, `21 October 2025`, `Oct 21, 2025`, and `Oct 21` in a known year.
    """
    if (m := _DATE.search(text)) is not None and (iso := _date(int(m[1]), int(m[2]), int(m[3]))) is not None:
        return iso
    if (m := _DOTTED.search(text)) is not None and (dotted := _date(int(m[3]), int(m[2]), int(m[1]))) is not None:
        return dotted
    if (m := _DAY_FIRST.search(text)) is not None:
        named = _date(int(m[3]), _MONTHS.get(m[2], 0), int(m[1]))
        if named is not None:
            return named
    matched = _NAMED_DATE.search(text)
    if matched is None:
        return None
    year = int(matched[3]) if matched[3] else (year_of.year if year_of else 0)
    return _date(year, _MONTHS.get(matched[1], 0), int(matched[2]))


def _date(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def _iso(m: re.Match[str], _: datetime | None) -> Instant:
    moment = _moment(int(m[1]), int(m[2]), int(m[3]), m[4], m[5], m[6], m[7])
    zone = m[8]
    if zone is None:
        return Instant(moment, Sureness.ZONE_ASSUMED)
    if zone in {"Z", "UTC"}:
        return Instant(moment)
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return Instant(moment - offset if zone[0] == "+" else moment + offset)


def _go(m: re.Match[str], _: datetime | None) -> Instant:
    return Instant(_moment(int(m[1]), int(m[2]), int(m[3]), m[4], m[5], m[6], m[7]), Sureness.ZONE_ASSUMED)


def _syslog(m: re.Match[str], day: datetime | None) -> Instant:
    month = _MONTHS.get(m[1], 0)
    year = int(m[7]) if m[7] else (day.year if day else 1972)
    sure = Sureness.ZONE_ASSUMED if m[7] or day else Sureness.DATE_ASSUMED
    return Instant(_moment(year, month, int(m[2]), m[3], m[4], m[5], m[6]), sure)


def _clock(m: re.Match[str], day: datetime | None) -> Instant:
    date = day or datetime(1970, 1, 1, tzinfo=UTC)
    sure = Sureness.ZONE_ASSUMED if day else Sureness.DATE_ASSUMED
    return Instant(_moment(date.year, date.month, date.day, m[1], m[2], m[3], m[4]), sure)


def _moment(  # noqa: PLR0913, PLR0917 - the parts of a time
    year: int, month: int, day: int, hour: str, minute: str, second: str, fraction: str | None
) -> datetime:
    microseconds = int((fraction or "0")[:6].ljust(6, "0"))
    return datetime(year, month, day, int(hour), int(minute), int(second), microseconds, tzinfo=UTC)


_LAYOUTS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], datetime | None], Instant]], ...] = (
    (_ISO, _iso),
    (_GO, _go),
    (_SYSLOG, _syslog),
    (_CLOCK, _clock),
)


def go_duration_s(text: str) -> float | None:
    """A duration as Go prints it (`7h36m34.05s`, `250ms`, `0s`) in seconds; None for anything else (`never`)."""
    stripped = text.strip()
    parts = _GO_DURATION.findall(stripped)
    if not parts or "".join(number + unit for number, unit in parts) != stripped:
        return None
    return sum(float(number) * _GO_UNITS_S[unit] for number, unit in parts)
