"""F11: rows of physical traffic are counted as if a node could stand on either side."""

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.facts.flows import DirectionCounted, FlowSeen, Section
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import Misreading, Says
from farshore.diagnosis.refutations import received, received_by_a_reporter


def _one_sided(index: Index) -> Ground | None:
    """All counted flows have the address as their source and none as their destination."""
    counted = index.of(DirectionCounted)
    sources = {each.address for each in counted if each.direction == "from" and each.flows > 0}
    none_back = [each for each in counted if each.direction == "to" and not each.flows and each.address in sources]
    return ground(
        "none at all in one direction is how physical rows are written: the remote peer's Tailscale address is always "
        "the source, a physical address always the destination",
        none_back,
    )


def _always_so(index: Index) -> Ground | None:
    """Rows of physical traffic: the source is a Tailscale address in each, the destination in none."""
    rows = [row for row in index.of(FlowSeen) if row.section is Section.PHYSICAL]
    return ground(
        "all {n} physical rows of the flow log have the remote peer's Tailscale address as their source and where it "
        "was reached as their destination (127.3.3.40 is DERP), whichever way packets went",
        rows,
    )


MISREADING = Misreading(
    id="F11",
    claim="Flows from the router and none to it are asymmetric routing; its public UDP port is DERP",
    truth=(
        "In physicalTraffic the source is always the peer's Tailscale address and the destination always a physical "
        "one. DERP appears as 127.3.3.40:REGION; another address is a direct path (tailscale types/netlogtype)."
    ),
    claims=(
        Says(groups=(("asymmetric", "one-sided", "one-way"), ("routing", "flow", "traffic", "failure"))),
        Says(groups=(("flows", "traffic"), ("0 flows", "zero inbound", "no inbound", "zero flows", "none to"))),
        Says(groups=(("derp", "relay"), (":41641",))),
    ),
    refuted_by=(_one_sided, _always_so, received, received_by_a_reporter),
)
