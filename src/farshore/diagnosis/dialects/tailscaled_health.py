"""Health warnings as tailscaled logs them, and their ends.

Sources: tailscale ipn/ipnlocal/local.go:1228-1230 at v1.102.3; up to 1.70 `health("overall"): error: …`.
"""

import re
from collections.abc import Iterator

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import HealthWarned
from farshore.diagnosis.intake.records import Record

_HEALTH = re.compile(r"health\((?:warnable=|\")([\w.-]{1,80})\"?\): (ok|error)(?:: ?(.{0,400}))?")
# What the former `overall` meant, by the codes of today.
_OLD = (
    ("not in map poll", "not-in-map-poll"),
    ("no derp home", "no-derp-home"),
    ("not connected to derp", "no-derp-home"),
)


class _TailscaledHealth:
    name = "tailscaled (health)"
    needles = ("health(warnable=", 'health("')

    def read(self, record: Record) -> Iterator[Fact]:
        said = _HEALTH.search(record.text)
        if said is None or record.text.startswith("[RATELIMIT]"):
            return
        text = (said[3] or "").strip()
        code = next((code for words, code in _OLD if words in text.lower()), said[1])
        yield HealthWarned(evidence=record.evidence(), warnable=code, text=text, cleared=said[2] == "ok")


DIALECT = _TailscaledHealth()
