import pytest

from farshore.diagnosis.dialects.freetds import DIALECT
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
                "DB-Lib error message 20009: Unable to connect: Adaptive Server is unavailable. Net-Lib "
                "error during Connection refused (111)"
            ),
            "not-reached-refused",
        ),
        ("DB-Lib error message 20009: Net-Lib error during Operation now in progress (115)", "not-reached-silent"),
        ("DB-Lib error message 20017, severity 9: Unexpected EOF from the server", "closed-before-reply"),
        ("DB-Lib error message 20003: Adaptive Server connection timed out", "silent-before-reply"),
        (
            (
                "DB-Lib error message 20002: Adaptive Server connection failed. Net-Lib error during "
                "Connection reset by peer (104)"
            ),
            "reset-before-reply",
        ),
        ("DB-Lib error message 20006: Write to the server failed", "died-established"),
        ("DBPROCESS is dead or not enabled", "stale"),
        ("FreeTDS: Msg 18456: Login failed for user 'ledger'", "login-declined"),
        ("DB-Lib error message 20009: Adaptive Server is unavailable or does not exist", "other"),
    ],
)
def test_what_each_text_proves(text: str, symptom: str) -> None:
    (failed,) = read(text)
    assert failed.symptom == symptom
    assert any(needle in text.lower() for needle in DIALECT.needles)


def test_it_keeps_the_number_and_the_address() -> None:
    (failed,) = read("DB-Lib error message 20017: Unexpected EOF from the server (192.0.2.5:1433)")
    assert (failed.number, failed.address) == ("20017", "192.0.2.5:1433")


def test_its_debug_lines_tell_no_failure() -> None:
    assert read("freetds: Sending packet") == []
