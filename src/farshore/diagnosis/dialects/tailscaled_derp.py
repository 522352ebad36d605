"""tailscaled's own connections to relays, and peers that a relay does not know.

Source: tailscale wgengine/magicsock/derp.go:611, 658, 954 at v1.102.3.
"""

import re
from collections.abc import Iterator

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import DerpChanged, DerpLostPeer
from farshore.diagnosis.intake.records import Record

_CONNECTED = re.compile(r"magicsock: derp-(\d{1,6}) connected")
_CLOSING = re.compile(r"magicsock: closing connection to derp-(\d{1,6}) \(([\w .:-]{1,80})\)")
_UNKNOWN = re.compile(r"magicsock: derp-(\d{1,6}) does not know about peer (\[?[\w+/=]{1,64}\]?)")


class _TailscaledDerp:
    name = "tailscaled (relays)"
    needles = ("magicsock: derp-", "magicsock: closing connection to derp-")

    def read(self, record: Record) -> Iterator[Fact]:
        text, evidence = record.text, record.evidence()
        if (lost := _UNKNOWN.search(text)) is not None:
            yield DerpLostPeer(evidence=evidence, node=lost[2], region=lost[1])
        elif (closing := _CLOSING.search(text)) is not None:
            yield DerpChanged(evidence=evidence, region=closing[1], connected=False, reason=closing[2])
        elif (connected := _CONNECTED.search(text)) is not None:
            yield DerpChanged(evidence=evidence, region=connected[1], connected=True)


DIALECT = _TailscaledDerp()
