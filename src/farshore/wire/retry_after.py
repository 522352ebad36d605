"""The Retry-After field of an HTTP answer: RFC 9110 section 10.2.3."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MAX_DIGITS = 6


def retry_after_s(text: str, now_s: float) -> float | None:
    """How many seconds from now (since the Unix epoch) the field asks to wait; None where it says nothing readable."""
    if text.isascii() and text.isdigit():
        return float(text[:_MAX_DIGITS])
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.fromtimestamp(now_s, UTC)).total_seconds())
