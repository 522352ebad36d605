import pytest

from farshore.diagnosis.dialects.mssql_jdbc import DIALECT
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.intake.records import Record

NOT_REACHED = "The TCP/IP connection to the host gw, port 8082 has failed."
PRELOGIN = "Prelogin error: host gw port 8082"


def read(text: str) -> list[Fact]:
    return list(DIALECT.read(Record(origin=Origin(source="a.log"), line=1, text=text)))


@pytest.mark.parametrize(
    ("text", "symptom"),
    [
        (
            'The TCP/IP connection to the host gw, port 8082 has failed. Error: "Connection refused',
            Symptom.NOT_REACHED_REFUSED,
        ),
        (
            'The TCP/IP connection to the host gw, port 8082 has failed. Error: "connect timed out',
            Symptom.NOT_REACHED_SILENT,
        ),
        ('Error: "The driver received an unexpected pre-login response. Verify', Symptom.CLOSED_BEFORE_REPLY),
        (
            "Prelogin error: host gw port 8082 Unexpected end of prelogin response after 0 bytes",
            Symptom.CLOSED_BEFORE_REPLY,
        ),
        (f"{PRELOGIN} Unexpected response type:72", Symptom.WRONG_PROTOCOL),
        (
            "Prelogin error: host gw port 8082 Error reading prelogin response: Connection reset",
            Symptom.RESET_BEFORE_REPLY,
        ),
        ("Failed to initialize pool: Connection reset ClientConnectionId:0a1b", Symptom.RESET_BEFORE_REPLY),
        ("SQLServerException: Connection reset ClientConnectionId:0a1b", Symptom.DIED_ESTABLISHED),
        ("SQLServerException: Login failed for user 'app'. ClientConnectionId:0a1b", Symptom.LOGIN_DECLINED),
    ],
)
def test_what_a_text_proves(text: str, symptom: Symptom) -> None:
    (failed,) = read(text)
    assert isinstance(failed, DriverFailed)
    assert failed.symptom is symptom
    assert failed.address in {"gw:8082", ""}
    assert bool(failed.address) is ("port 8082" in text)


def test_a_connection_that_goes_well_says_nothing() -> None:
    assert read("Added connection ConnectionID:31408 ClientConnectionId: b7ab2258") == []
