"""A Go forwarder in front of a SOCKS server: dials that failed, and copies that ended.

Sources: golang/net internal/socks/socks.go (`socks connect tcp PROXY->TARGET: …`), Go net (`readfrom`, `writeto`).
"""

import re
from collections.abc import Iterator

from farshore.diagnosis.facts.base import Fact, target_of
from farshore.diagnosis.facts.dials import DialFailed, Egress, RelayBroke, Wording
from farshore.diagnosis.intake.records import Record
from farshore.diagnosis.intake.wordings import dialled, wording_of

_THROUGH = re.compile(r"socks connect tcp ([^\s>]{3,80})->([^\s>]{3,80}): ?(.{0,400})")
_COPIED = re.compile(r"\b(?:readfrom|writeto|read|write|splice) (?:tcp|unix) ([^\s>]{3,80})->([^\s>]{1,80}):")
# Windows' socket calls, and messages that keep nothing but the error.
_CLOSED_HERE = "use of closed network connection"
_BROKE = (
    "connection reset by peer",
    "broken pipe",
    "forcibly closed by the remote host",
    "i/o timeout",
)
_COPYING = ("copying", "copy error", "while copy", "forward traffic", "wsarecv", "wsasend", "proxy connection closed")
_REACHING = ("connect: connection refused", "i/o timeout", "cannot assign requested address")
_SOCKS_REPLIES = "unknown error "


class _GoForwarder:
    name = "Go forwarder"
    needles = ("socks connect tcp ", _CLOSED_HERE, "readfrom tcp", "writeto tcp", "read tcp ", "write tcp ", *_COPYING)

    def read(self, record: Record) -> Iterator[Fact]:
        through = _THROUGH.search(record.text)
        if through is not None:
            yield _failed(record, through[1], through[2].removesuffix(":"), through[3])
            return
        lowered = record.text.lower()
        copied = _COPIED.findall(record.text)
        broke = any(words in lowered for words in _BROKE) and any(words in lowered for words in _COPYING)
        if copied or broke or _CLOSED_HERE in lowered:
            yield RelayBroke(
                evidence=record.evidence(),
                closed_here=_CLOSED_HERE in lowered,
                addresses=tuple(address for pair in copied[:4] for address in pair),
                text=record.text[:200],
            )


def _failed(record: Record, proxy: str, target: str, error: str) -> DialFailed:
    """The target's failure, or the proxy's own where `dial` names the proxy."""
    inner = dialled(error)
    reached = not (inner is not None and str(inner) == proxy) and not error.startswith("dial tcp")
    wording = wording_of(error) if reached else _unreached(error)
    if reached and error.startswith(_SOCKS_REPLIES) and wording is Wording.OTHER:
        wording = Wording.SOCKS_GENERAL
    return DialFailed(
        evidence=record.evidence(),
        target=target_of(target),
        wording=wording,
        egress=Egress.SOCKS5,
        # A proxy that was not reached is named by the address that was tried, not by the name that was configured.
        egress_address=proxy if reached or inner is None else str(inner),
    )


def _unreached(error: str) -> Wording:
    if "no such host" in error:
        return Wording.NAME_UNKNOWN
    return Wording.EGRESS_SILENT if _REACHING[1] in error else Wording.EGRESS_REFUSED


DIALECT = _GoForwarder()
