"""F17: writing 127.0.0.1 for the name is taken for the cure."""

from farshore.diagnosis.misread import Misreading, Says
from farshore.diagnosis.refutations import came_about_over_ipv6, closed_itself

MISREADING = Misreading(
    id="F17",
    claim="127.0.0.1 instead of localhost cures the outage",
    truth="It is right for determinism. It cures only a dial that fails over one family, which is another message.",
    claims=(
        Says(
            groups=(
                ("127.0.0.1", "ipv4 loopback", "force ipv4", "forces ipv4"),
                (
                    "fix",
                    "force",
                    "instead",
                    "avoid",
                    "swap",
                    "replace",
                    "cure",
                    "settle",
                ),
            )
        ),
    ),
    refuted_by=(came_about_over_ipv6, closed_itself),
)
