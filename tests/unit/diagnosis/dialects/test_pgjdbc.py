import pytest

from farshore.diagnosis.dialects.pgjdbc import DIALECT
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.clients import DriverFailed
from farshore.diagnosis.intake.records import Record


def read(text: str) -> list[DriverFailed]:
    facts = list(DIALECT.read(Record(origin=Origin(source="a.log"), line=1, text=text)))
    assert all(isinstance(fact, DriverFailed) for fact in facts)
    return facts  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("text", "symptom"),
    [
        (
            "PSQLException: The connection attempt failed. Caused by: java.io.EOFException: null",
            "closed-before-reply",
        ),
        (
            (
                "PSQLException: The connection attempt failed. Caused by: "
                "java.net.SocketTimeoutException: Read timed out"
            ),
            "silent-before-reply",
        ),
        (
            (
                "PSQLException: The connection attempt failed. Caused by: "
                "java.net.SocketTimeoutException: connect timed out"
            ),
            "not-reached-silent",
        ),
        (
            ("PSQLException: The connection attempt failed. Caused by: java.net.SocketException: Connection reset"),
            "reset-before-reply",
        ),
        ("PSQLException: The connection attempt failed. Caused by: java.net.UnknownHostException: gw", "other"),
        (
            ("PSQLException: Connection to gw:5432 refused. Check that the hostname and port are correct"),
            "not-reached-refused",
        ),
        ("PSQLException: An I/O error occurred while sending to the backend.", "died-established"),
        ("PSQLException: This connection has been closed.", "stale"),
        ("PSQLException: FATAL: sorry, too many clients already", "server-full"),
        ('PSQLException: FATAL: password authentication failed for user "ledger"', "login-declined"),
    ],
)
def test_what_each_text_proves(text: str, symptom: str) -> None:
    (failed,) = read(text)
    assert failed.symptom == symptom
    assert any(needle in text.lower() for needle in DIALECT.needles)


def test_it_names_the_gateways_address() -> None:
    told = "refused. Check that the hostname and port are correct"
    (failed,) = read(f"PSQLException: Connection to [2001:db8::5]:5432 {told}")
    assert failed.address == "[2001:db8::5]:5432"


def test_its_classes_alone_tell_no_failure() -> None:
    assert read("keepalive: connection org.postgresql.jdbc.PgConnection@2b18cf39 is alive") == []
