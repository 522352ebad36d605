"""What a router's netstack says of the targets behind it: dials on its LAN that failed, endpoints it could not make.

Sources: tailscale wgengine/netstack/netstack.go `forwardTCP` and `acceptTCP` at v1.102.3 (`local server` up to 1.66).
"""

import re
from collections.abc import Iterator

from farshore.diagnosis.facts.base import Fact, target_of
from farshore.diagnosis.facts.dials import RouterDialFailed, RouterEndpointError
from farshore.diagnosis.intake.records import Record
from farshore.diagnosis.intake.wordings import wording_of

_BACKEND = re.compile(
    r"could not connect to local (?:backend {1,4})?server at (\S{3,80}): (.{1,400})",
)
_ENDPOINT = re.compile(r"CreateEndpoint error for \S{3,80} -> (\S{3,80}): ")


class _TailscaledNetstack:
    name = "tailscaled (netstack)"
    needles = ("could not connect to local ", "createendpoint error for ")

    def read(self, record: Record) -> Iterator[Fact]:
        failed = _BACKEND.search(record.text)
        if failed is not None and (target := target_of(failed[1])) is not None:
            error = " ".join(failed[2].split())
            yield RouterDialFailed(evidence=record.evidence(), target=target, wording=wording_of(error))
        endpoint = _ENDPOINT.search(record.text)
        if endpoint is not None:
            yield RouterEndpointError(evidence=record.evidence(), target=target_of(endpoint[1]))


DIALECT = _TailscaledNetstack()
