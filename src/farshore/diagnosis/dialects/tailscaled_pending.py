"""Connections that a TUN-mode tailscaled saw begin and not come about (`open-conn-track`); never those of SOCKS.

Source: tailscale wgengine/pendopen.go at v1.102.3; older versions leave out `TCP` and give `lastSeen` for `online`.
"""

import re
from collections.abc import Iterator
from math import inf

from farshore.diagnosis.facts.base import Fact, target_of
from farshore.diagnosis.facts.dials import PendingOpen
from farshore.diagnosis.intake.records import Record
from farshore.diagnosis.intake.times import go_duration_s

_TRACKED = re.compile(
    r"open-conn-track: (?:timeout opening \((?:\w{1,8} )?\S{3,80} => (?P<target>[^\s)]{3,80})\)"
    r"|flow \w{1,8} \S{3,80} > (?P<flow>\S{3,80}))(?P<rest>.{0,300})"
)
_NODE = re.compile(r"\bnode (\[[\w+/=*]{1,64}\]|[\w.-]{1,80})")
_ONLINE = re.compile(r"online=(yes|no)")
_LAST_RECEIVED = re.compile(r"lastRecv=([\w.]{1,24})")
_VERDICTS = (
    ("no associated peer node", "no-peer"),
    ("not connected to any derp", "no-derp"),
    ("unknown to wireguard", "unknown-to-wireguard"),
    ("got rst by peer", "reset"),
    ("rejected due to acl", "acl"),
    ("rejected due to shields", "shields"),
    ("rejected due to", "other"),
    ("lastrecv=", "unanswered"),
)


class _TailscaledPending:
    name = "tailscaled (open-conn-track)"
    needles = ("open-conn-track: ",)

    def read(self, record: Record) -> Iterator[Fact]:
        tracked = _TRACKED.search(record.text)
        if tracked is None:
            return
        rest = tracked["rest"]
        lowered = rest.lower()
        node, online, received = _NODE.search(rest), _ONLINE.search(rest), _LAST_RECEIVED.search(rest)
        yield PendingOpen(
            evidence=record.evidence(),
            target=target_of(tracked["target"] or tracked["flow"]),
            verdict=next((verdict for words, verdict in _VERDICTS if words in lowered), "other"),
            node="" if node is None or "no associated" in lowered else node[1].strip("[]"),
            online=None if online is None else online[1] == "yes",
            last_received_s=None if received is None else _since(received[1]),
        )


def _since(text: str) -> float | None:
    return inf if text == "never" else go_duration_s(text)


DIALECT = _TailscaledPending()
