"""F12: flows of a single packet are counted as failed connections."""

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.facts.flows import PeriodCounted
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import Misreading, Says

# Points between the periods below which an indicator says nothing about them.
_SAME = 2.0
_TWO = 2


def _share(row: PeriodCounted) -> float | None:
    """Flows of a single packet, in percent."""
    single = next((v for name, v in row.counts if "single" in name and not name.endswith("%")), None)
    total = next((v for name, v in row.counts if "flow" in name and "single" not in name), None)
    return 100 * single / total if single is not None and total else None


def _same_before_and_during(index: Index) -> Ground | None:
    """The share is about the same before, during and after."""
    shares = [(row, share) for row in index.of(PeriodCounted) if (share := _share(row)) is not None]
    values = [share for _, share in shares]
    if len({row.period for row, _ in shares}) < _TWO or max(values) - min(values) > _SAME:
        return None
    told = ", ".join(f"{share:.1f} % {row.period}" for row, share in shares)
    return ground(f"the share is the same in every period ({told}): it tells nothing apart", (row for row, _ in shares))


MISREADING = Misreading(
    id="F12",
    claim="Flows of a single packet are connection attempts that failed",
    truth=(
        "Rows are per 5-tuple and window of about 5 s: UDP, ICMP and keepalives make rows of one packet. An indicator "
        "that looks the same in a healthy window is discarded."
    ),
    claims=(
        Says(
            groups=(
                ("single-packet", "single packet", "one-packet", "one packet"),
                ("fail", "no response", "unanswered", "nobody answered", "no answer", "success", "syn"),
            ),
        ),
        Says(groups=(("connection attempts", "attempts"), ("failed", "unsuccessful"), ("derp", "flows", "%"))),
    ),
    refuted_by=(_same_before_and_during,),
)
