"""F16: `tailscale up --reset` is proposed as a remedy."""

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.facts.statements import StatementMade
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import Misreading, Says


def _resets_settings(index: Index) -> Ground | None:
    """The command line drops every setting that it does not name."""
    lines = [s for s in index.of(StatementMade) if "tailscale up" in s.text and "--reset" in s.text]
    return ground("this command drops every setting that it does not name: tags, host name, SNAT, SSH", lines)


MISREADING = Misreading(
    id="F16",
    claim="`--reset` makes Tailscale set up its connections anew",
    truth=(
        "It returns unnamed preferences to their defaults (cmd/tailscale/cli/up.go). --accept-routes on one of two "
        "routers of a subnet makes it route its own LAN through the other. Rather `tailscale set` and a restart."
    ),
    claims=(Says(groups=(("--reset",),)),),
    refuted_by=(_resets_settings,),
)
