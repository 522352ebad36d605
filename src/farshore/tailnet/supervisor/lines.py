"""What the child says, as events: read, freed of secrets, and never more than a log can bear."""

import re
from dataclasses import dataclass

from farshore.core.clock import Clock
from farshore.core.events import TailscaledSaid
from farshore.wire.excerpt import one_line

BURST = 60.0
PER_SECOND = 10.0
HIDDEN = "[key]"
MAX_COMPONENT = 40

_STAMP = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d+)? ")
_VERBOSE = re.compile(r"\[v\d\] ")
_COMPONENT = re.compile(r"([A-Za-z][\w.-]*(?:\([^)]*\))?): ")
# Auth keys, API tokens and OAuth secrets of Tailscale and headscale begin so.
_KEY = re.compile(r"(?:tskey|hskey)-[\w-]*[\w?=&.:/%-]*")
_TROUBLE = re.compile(
    r"\berror|\bfail|\bcannot\b|\bcould not\b|\bunable\b|\brefused\b|\btimed? ?out\b|\bpanic\b|\bfatal\b"
    r"|open-conn-track|does not know about peer",
    re.IGNORECASE,
)
# What every tailscaled says at its start and at its end, in userspace, in a container; and what is well again.
_HARMLESS = re.compile(
    r"TPM: |tstun: error initializing tun dev stats|ipnext: work queue shutdown failed"
    r"|health\(warnable=(?:warming-up|wantrunning-false)\)"
    r"|health\([^)]*\): ok\b|\berror=<nil>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of tailscaled: `debug` for its verbose ones, `warning` for trouble, `info` for the rest."""

    level: str
    component: str
    text: str


def read_line(raw: bytes) -> Line | None:
    """What a line says; None of an empty one, and of tailscaled's notes about lines that it left out."""
    text = _STAMP.sub("", one_line(raw), count=1)
    verbose = _VERBOSE.search(text)
    text = _VERBOSE.sub("", text)
    if not text or text.startswith("[RATELIMIT]"):
        return None
    component = ""
    if matched := _COMPONENT.match(text):
        component, text = matched[1][:MAX_COMPONENT], text[matched.end() :]
    whole = f"{component}: {text}"
    troubled = _TROUBLE.search(whole) and not _HARMLESS.search(whole)
    level = "debug" if verbose else "warning" if troubled else "info"
    return Line(level=level, component=component, text=text)


class Lines:
    """Turns lines into events, and keeps the `last_words`.

    Trouble and chatter each have their bound, so that one cannot crowd out the other.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._bounds: dict[str, _Bound] = {}
        self._secrets: list[str] = []
        self.last_words = ""

    def hide(self, secret: str) -> None:
        """Never show this text."""
        if secret and secret not in self._secrets:
            self._secrets.append(secret)

    def clean(self, text: str) -> str:
        """The text without anything secret in it."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return _KEY.sub(HIDDEN, text)

    def event(self, raw: bytes) -> TailscaledSaid | None:
        """The event of one line; None where there is nothing to say, or too much is said."""
        line = read_line(self.clean(raw.decode("utf-8", "replace")).encode())
        if line is None:
            return None
        self.last_words = ": ".join(part for part in (line.component, line.text) if part)
        now_s = self._clock.monotonic_s()
        bound = self._bounds.setdefault(line.level, _Bound(refilled_s=now_s))
        left_out = bound.admit(now_s)
        if left_out is None:
            return None
        return TailscaledSaid(severity=line.level, component=line.component, text=line.text, left_out=left_out)


@dataclass(slots=True, kw_only=True)
class _Bound:
    """A token bucket: `BURST` lines at once, `PER_SECOND` in the long run."""

    refilled_s: float
    _allowed: float = BURST
    _left_out: int = 0

    def admit(self, now_s: float) -> int | None:
        """How many were left out before this one; None where this one is left out too."""
        self._allowed = min(BURST, self._allowed + (now_s - self.refilled_s) * PER_SECOND)
        self.refilled_s = now_s
        if self._allowed < 1:
            self._left_out += 1
            return None
        self._allowed -= 1
        left_out, self._left_out = self._left_out, 0
        return left_out
