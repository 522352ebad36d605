"""F13: failed attempts are summarised as resets, and the bigger part is left out."""

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.facts.flows import HandshakesCounted
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import Misreading, Says


def _denied_more(index: Index) -> Ground | None:
    """More attempts were denied by policy than were reset, or attempts remain that nobody explains."""
    for counted in index.of(HandshakesCounted):
        attempts, completed, denied = counted.attempts, counted.completed, counted.denied
        if not attempts or completed is None or not denied or denied <= (counted.resets or 0):
            continue
        left = attempts - completed - denied
        says = f"of {attempts:,} attempts {denied:,} ({100 * denied / attempts:.1f} %) were denied by policy"
        if counted.resets is not None and completed:
            says += f"; {counted.resets:,} resets are {100 * counted.resets / completed:.1f} % of the handshakes"
        return ground(f"{says}; {max(left, 0):,} attempts remain unexplained", [counted])
    return None


MISREADING = Misreading(
    id="F13",
    claim="The failed attempts are resets by the proxy",
    truth=(
        "The counts have to add up: attempts are handshakes, denials and a rest. A denial by policy is silence to the "
        "client, not a reset, and is a problem of its own."
    ),
    claims=(
        Says(
            groups=(
                ("every connection", "all connections", "each connection", "failure pattern"),
                ("pattern", "like this", "looks", "the same", "reset", "rst", "fail"),
            ),
            never=("--reset",),
        ),
        Says(groups=(("proxy", "forwarder", "gateway"), ("resets", "rst", "reset connection", "resets connection"))),
    ),
    refuted_by=(_denied_more,),
)
