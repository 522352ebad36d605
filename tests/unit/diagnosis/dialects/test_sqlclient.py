import pytest

from farshore.diagnosis.dialects.sqlclient import DIALECT
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
                "A connection was successfully established with the server, but then an error occurred "
                "during the pre-login handshake. (provider: TCP Provider, error: 0 - The handle is "
                "invalid.)"
            ),
            "closed-before-reply",
        ),
        (
            (
                "A connection was successfully established with the server, but then an error occurred "
                "during the pre-login handshake. (provider: TCP Provider, error: 0 - An existing "
                "connection was forcibly closed by the remote host.)"
            ),
            "reset-before-reply",
        ),
        (
            (
                "Connection Timeout Expired. The timeout period elapsed while attempting to consume the "
                "pre-login handshake acknowledgement."
            ),
            "silent-before-reply",
        ),
        ("TCP Provider: Error code 0x2746", "reset-before-reply"),
        (
            (
                "ODBC Driver 18 for SQL Server: TCP Provider: An existing connection was forcibly closed by the remote "
                "host. Client unable to establish connection"
            ),
            "reset-before-reply",
        ),
        (
            "ODBC Driver 18: TCP Provider: An existing connection was forcibly closed by the remote host.",
            "died-established",
        ),
        (
            (
                "(provider: TCP Provider, error: 0 - No connection could be made because the target "
                "machine actively refused it.)"
            ),
            "not-reached-refused",
        ),
        (
            ("(provider: SQL Server Network Interfaces, error: 26 - Error Locating Server/Instance Specified)"),
            "named-instance",
        ),
        (
            ("TCP Provider: A transport-level error has occurred when receiving results from the server"),
            "died-established",
        ),
        ("SqlClient: The timeout period elapsed prior to obtaining a connection from the pool.", "pool-exhausted"),
        ("SqlClient: Login failed for user 'ledger'.", "login-declined"),
    ],
)
def test_what_each_text_proves(text: str, symptom: str) -> None:
    (failed,) = read(text)
    assert failed.symptom == symptom
    assert any(needle in text.lower() for needle in DIALECT.needles)


def test_it_keeps_the_number() -> None:
    (failed,) = read("(provider: SQL Server Network Interfaces, error: 26 - Error Locating Server/Instance Specified)")
    assert failed.number == "26"


def test_the_jdbc_drivers_words_are_not_its_own() -> None:
    assert read("pre-login handshake ClientConnectionId:1") == []
