"""A DERP map (`tailscale debug derp-map`, LocalAPI `derpmap`, a control plane's own): region numbers and their names.

Source: tailscale tailcfg/derpmap.go at v1.102.3.
"""

from collections.abc import Iterator

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import DerpRegionListed
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.members import count, decoded, items, members, text
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner


class _DerpMap:
    name = "DERP map"

    def recognise(self, document: Document) -> Fit:
        head = document.head
        sure = document.looks_like_json and '"Regions"' in head and '"RegionCode"' in head and '"DERPMap"' not in head
        return Fit.CERTAIN if sure else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        value, unread = decoded(document, origin)
        facts = tuple(_regions(members(value).get("Regions"), origin))
        if not facts and not unread:
            unread = [origin.unread("no region in it")]
        return Reading(facts=facts, unread=tuple(unread))


def _regions(value: object, origin: Origin) -> Iterator[Fact]:
    for key, member in members(value).items():
        region = members(member)
        code, name = text(region.get("RegionCode")), text(region.get("RegionName"))
        nodes = [members(node) for node in items(region.get("Nodes"))]
        hosts = tuple(host for node in nodes if (host := text(node.get("HostName"))))
        yield DerpRegionListed(
            evidence=origin.evidence(f"DERP region {key} is {code} ({name})", pointer=f"/Regions/{key}"),
            region_id=count(region.get("RegionID")) or count(key),
            code=code,
            region_name=name,
            hosts=hosts,
        )


READER = _DerpMap()
