"""F14: an outage is said to last for hours while the health checks count minutes."""

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.facts.clients import ChecksCounted
from farshore.diagnosis.grounds import duration, ground
from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import Misreading, Says

_SHORT = 0.25


def _minutes_of_failure(index: Index) -> Ground | None:
    """Failed checks at the checks' own rate amount to less than a quarter of the time."""
    for checks in index.of(ChecksCounted):
        if not checks.total or checks.failed is None or checks.duration_s is None:
            continue
        share = checks.failed / checks.total
        if share < _SHORT:
            failing, whole = duration(share * checks.duration_s), duration(checks.duration_s)
            return ground(
                f"{checks.failed:,.0f} of {checks.total:,.0f} checks failed ({100 * (1 - share):.1f} % passed): at "
                f"their own rate {failing} of total failure in {whole}",
                [checks],
            )
    return None


MISREADING = Misreading(
    id="F14",
    claim="The outage lasts for hours and does not recover",
    truth="Counted failures times the time between checks is the time without service.",
    claims=(
        Says(
            groups=(
                ("ongoing", "multiple hours", "no recovery", "does not recover", "doesn't auto-recover"),
                ("outage", "failure", "duration", "recover", "status", "down", "unreachable", "lost"),
            ),
        ),
        Says(groups=(("has not recovered", "has not come back", "never came back", "is still down", "not recovered"),)),
        # How long something lasted is no claim by itself: checks and captures last for hours, too.
        Says(
            groups=(("hours",), ("outage", "failure", "recover", "down", "unreachable", "lost")),
            never=("business hours", "office hours", "opening hours", "working hours"),
        ),
    ),
    refuted_by=(_minutes_of_failure,),
)
