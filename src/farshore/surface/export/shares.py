"""Shares of connections in PromQL, counted as the gateway's own alerts count them."""

from enum import StrEnum

from farshore.core.outcome import MEANINGS, UNCOUNTED, ClientEnd, Code
from farshore.surface.described import CONNECTIONS

# `sample_of` counts those who had waited; a metric does not tell for how long.
_COUNTED = frozenset(code for code in Code if MEANINGS[code].client_end is not ClientEnd.NO_CLIENT) - (
    UNCOUNTED | {Code.CLIENT_GONE_EARLY}
)
_FAILED = frozenset(code for code in _COUNTED if MEANINGS[code].is_failure)


class Kind(StrEnum):
    """Which connections are counted."""

    COUNTED = "counted"
    FAILED = "failed"
    RESET = "reset"
    GENERAL = "general"


_CODES = {
    Kind.COUNTED: _COUNTED,
    Kind.FAILED: _FAILED,
    Kind.RESET: frozenset(code for code in _FAILED if MEANINGS[code].client_end is ClientEnd.RST),
    Kind.GENERAL: frozenset({Code.DIAL_FAILED}),
}


def matcher(kind: Kind) -> str:
    """The label matcher for these endings; the vocabulary is closed, so the shorter list will do."""
    codes = _CODES[kind]
    others = frozenset(Code) - codes
    sign, listed = ("=~", codes) if len(codes) <= len(others) else ("!~", others)
    return "code{}'{}'".format(sign, "|".join(sorted(code.value.replace(".", "[.]") for code in listed)))


def rate(kind: Kind, window: str, more: str = "") -> str:
    """Connections of each route a second that ended so within the window; `more` are further matchers."""
    selector = f"{CONNECTIONS.name}{{{matcher(kind)}{more}}}"
    return f"sum by (route) (rate({selector}[{window}]))"


def window(seconds: float) -> str:
    """A duration as PromQL writes it."""
    minutes = round(seconds / 60)
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"
