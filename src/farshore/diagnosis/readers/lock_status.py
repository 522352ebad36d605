"""`tailscale lock status`: whether tailnet lock is on, and whom it keeps out.

Source: tailscale cmd/tailscale/cli/tailnet-lock.go at v1.102.3.
"""

import re

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.peers import LockSeen
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.rest import Rest, together

_ENABLED = re.compile(r"Tailnet [Ll]ock is (?P<on>ENABLED|NOT enabled)")
_LOCKED_OUT = "This node is LOCKED OUT"
_ACCESSIBLE = "This node is accessible under"
_OTHERS = "The following nodes are locked out"
# What else the command prints: keys, signatures, what to run.
_PARTS = ("This node's tailnet-lock key", "Trusted signing keys", "Run the following command", "SigKind:", "Pubkey:",
          "KeyID:", "WrappingPubkey:", "Nested:", "tailscale lock sign", "tlpub:", "nlpub:")  # fmt: skip
_COMMAND = re.compile(r"(?:^|[\s/])tailscale(?:\.exe)? (?:--?[\w.=/-]{1,80} ){0,3}lock\b")


class _LockStatus:
    name = "tailscale lock status"

    def recognise(self, document: Document) -> Fit:
        return Fit.SHAPE if _ENABLED.search(document.head) else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        rest = Rest()
        at, enabled, accessible = 0, False, None
        others: list[str] | None = None
        for number, line in enumerate(document.lines, 1):
            stripped = line.strip()
            found = _ENABLED.match(stripped)
            if found is not None:
                at, enabled = number, found["on"] == "ENABLED"
            elif stripped.startswith((_LOCKED_OUT, _ACCESSIBLE)):
                accessible = stripped.startswith(_ACCESSIBLE)
            elif stripped.startswith(_OTHERS):
                others = []
            elif others is not None and line.startswith(("\t", " ")) and stripped:
                others.append(stripped.split()[0])
            elif stripped and not stripped.startswith(_PARTS) and not _COMMAND.search(line[:400]):
                rest.add(number, line)
        said = f"tailnet lock {'on' if enabled else 'off'}" + (
            "" if accessible is None else f", this node {'signed' if accessible else 'locked out'}"
        )
        left = rest.read(origin, inner)
        if not at:
            return left
        evidence = origin.evidence(f"{said}, {len(others or ())} others locked out", line=at)
        seen = LockSeen(evidence=evidence, enabled=enabled, accessible=accessible, kept_out=tuple(others or ()))
        return together((Reading(facts=(seen,)), left))


READER = _LockStatus()
