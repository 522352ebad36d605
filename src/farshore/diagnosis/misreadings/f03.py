"""F3: two outages are taken for different faults because the clients' texts differ."""

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import Misreading, Says


def _both_ends(index: Index) -> Ground | None:
    """Clients saw both an orderly end and a reset before the first reply."""
    closed = [each for each in index.of(DriverFailed) if each.symptom is Symptom.CLOSED_BEFORE_REPLY]
    reset = [each for each in index.of(DriverFailed) if each.symptom is Symptom.RESET_BEFORE_REPLY]
    if not closed or not reset:
        return None
    return ground(
        "one text comes from an end (the dial had succeeded, the far side closed without a byte), the other from a "
        "reset (the dial failed): they tell where the relay stood, not what was broken",
        [closed[0], reset[0]],
    )


MISREADING = Misreading(
    id="F3",
    claim="Different client texts prove two different faults",
    truth=(
        "A relay that has read the client's first bytes and closes gives an end; one that closes with them unread "
        "gives a reset (measured). The text tells where in the relay the connection ended."
    ),
    claims=(
        Says(
            groups=(
                ("different", "distinct", "separate", "unlike"),
                ("outage", "fault", "failure", "pattern", "incident", "client error", "cause", "root"),
            ),
        ),
    ),
    refuted_by=(_both_ends,),
)
