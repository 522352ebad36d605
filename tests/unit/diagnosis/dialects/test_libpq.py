import pytest

from farshore.diagnosis.dialects.libpq import DIALECT
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
            (
                'connection to server at "gw" (192.0.2.5), port 5432 failed: server closed the connection '
                "unexpectedly This probably means the server terminated abnormally before or while "
                "processing the request."
            ),
            "closed-before-reply",
        ),
        (
            "psql: error: could not connect to server: server closed the connection unexpectedly",
            "closed-before-reply",
        ),
        (
            (
                'connection to server at "gw" (192.0.2.5), port 5432 failed: could not receive data from '
                "server: Connection reset by peer"
            ),
            "reset-before-reply",
        ),
        ('connection to server at "gw" (192.0.2.5), port 5432 failed: timeout expired', "silent-before-reply"),
        (
            (
                'connection to server at "gw" (192.0.2.5), port 5432 failed: Connection refused Is the '
                "server running on that host and accepting TCP/IP connections?"
            ),
            "not-reached-refused",
        ),
        ('connection to server at "gw" (192.0.2.5), port 5432 failed: Connection timed out', "not-reached-silent"),
        (
            (
                'connection to server at "gw" (192.0.2.5), port 5432 failed: FATAL:  password '
                'authentication failed for user "ledger"'
            ),
            "login-declined",
        ),
        (
            ('connection to server at "gw" (192.0.2.5), port 5432 failed: FATAL:  database "ledger" does not exist'),
            "login-declined",
        ),
        (
            ('connection to server at "gw" (192.0.2.5), port 5432 failed: FATAL:  sorry, too many clients already'),
            "server-full",
        ),
        (
            (
                'connection to server at "gw" (192.0.2.5), port 5432 failed: received invalid response to '
                "SSL negotiation: H"
            ),
            "wrong-protocol",
        ),
        ('connection to server at "gw" (192.0.2.5), port 5432 failed: could not translate', "other"),
        ("psycopg2.OperationalError: server closed the connection unexpectedly", "other"),
        ("Failed to execute query: server closed the connection unexpectedly", "died-established"),
        ("SSL SYSCALL error: EOF detected", "died-established"),
        ("OperationalError: consuming input failed: server closed the connection unexpectedly", "died-established"),
        ("psycopg.pool: connection failed check: server closed the connection unexpectedly", "stale"),
        ("psycopg.pool: discarding broken connection: <psycopg.Connection [BAD] at 0x7f>", "stale"),
        ("psycopg.pool: discarding closed connection: <psycopg.Connection [BAD] at 0x7f>", "died-established"),
        ("OperationalError: timeout expired", "silent-before-reply"),
    ],
)
def test_what_each_text_proves(text: str, symptom: str) -> None:
    (failed,) = read(text)
    assert failed.symptom == symptom
    assert any(needle in text.lower() for needle in DIALECT.needles)


def test_it_names_the_address_that_it_was_told() -> None:
    (new,) = read('connection to server at "gw" (192.0.2.5), port 5432 failed: timeout expired')
    (old,) = read(
        "could not connect to server: Connection refused Is the server running on host "
        '"2001:db8::5" and accepting TCP/IP connections on port 5433?'
    )
    assert (new.address, old.address) == ("gw:5432", "[2001:db8::5]:5433")


def test_the_jdbc_drivers_words_are_not_its_own() -> None:
    assert read("org.postgresql.util.PSQLException: FATAL: password authentication failed for user") == []
    assert read("timeout expired") == []
