"""F2: `unexpected pre-login response` is taken for damaged data."""

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import Misreading, Says


def _closed_before_reply(index: Index) -> Ground | None:
    """The driver says this of a connection that ended before its first reply."""
    closed = [each for each in index.of(DriverFailed) if each.symptom is Symptom.CLOSED_BEFORE_REPLY]
    return ground("the driver says the same of a connection that was closed without a single byte", closed)


MISREADING = Misreading(
    id="F2",
    claim="`unexpected pre-login response` means that corrupted or partial data arrived",
    truth=(
        "mssql-jdbc throws it on a plain end of the stream as well, after zero bytes too. Its own logger tells which: "
        "`Unexpected end of prelogin response after N bytes read`, or `Unexpected response type`."
    ),
    claims=(
        Says(
            groups=(
                (
                    "pre-login",
                    "prelogin",
                    "sql client",
                    "sql driver",
                    "driver",
                    "tds",
                    "database client",
                ),
                (
                    "corrupt",
                    "partial",
                    "garbl",
                    "damaged",
                    "malformed",
                    "invalid tds",
                    "truncated",
                    "mangled",
                    "incomplete",
                ),
            ),
        ),
    ),
    refuted_by=(_closed_before_reply,),
)
