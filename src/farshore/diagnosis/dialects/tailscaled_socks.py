"""What tailscaled says of the SOCKS dials it could not make: the cause that reply 1 hides.

Source: tailscale net/socks5/socks5.go:136, 245-260 at v1.102.3.
"""

from collections.abc import Iterator

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import DialFailed, Egress, RelayBroke
from farshore.diagnosis.intake.records import Record
from farshore.diagnosis.intake.wordings import dialled, wording_of

_FAILED = "socks5: client connection failed: "
# A client that went away, or spoke something else: a port that is looked at, and no dial.
_NO_REQUEST = ("could not read ", "incompatible SOCKS version")
_RELAYS = ("from backend to client:", "from client to backend:")


class _TailscaledSocks:
    name = "tailscaled (SOCKS)"
    needles = (_FAILED,)

    def read(self, record: Record) -> Iterator[Fact]:
        error = record.text.partition(_FAILED)[2]
        if not error or error.startswith(_NO_REQUEST):
            return
        evidence = record.evidence()
        if error.startswith(_RELAYS):
            closed = "use of closed network connection" in error
            yield RelayBroke(evidence=evidence, closed_here=closed, text=error[:200])
            return
        yield DialFailed(evidence=evidence, target=dialled(error), wording=wording_of(error), egress=Egress.SOCKS5)


DIALECT = _TailscaledSocks()
