"""F15: an inbound rule of the router's firewall is blamed."""

from farshore.diagnosis.misread import Misreading, Says
from farshore.diagnosis.refutations import faster_than_silence, received

MISREADING = Misreading(
    id="F15",
    claim="The router's firewall blocks inbound traffic",
    truth=(
        "Relayed WireGuard comes over the router's own outbound TLS connection, which an inbound rule does not touch. "
        "A Windows router dials the target outbound from tailscaled: outbound rules and the LAN adapter matter."
    ),
    claims=(Says(groups=(("firewall",), ("inbound", "incoming", "ingress", "comes in", "coming in", "from outside"))),),
    refuted_by=(received, faster_than_silence),
)
