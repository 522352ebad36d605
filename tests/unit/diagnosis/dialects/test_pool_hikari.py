import pytest

from farshore.diagnosis.dialects.pool_hikari import DIALECT
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
        ("HikariPool-1 - Connection is not available, request timed out after 30000ms.", "pool-exhausted"),
        ("Timeout failure stats (total=10, active=10, idle=0, waiting=5)", "pool-exhausted"),
        ("HikariPool-1 - Failed to validate connection (This connection has been closed.)", "stale"),
        ("HikariPool-1 - Connection X marked as broken because of SQLSTATE(08S01), ErrorCode(0)", "died-established"),
        (
            "Error in SQL connector configuration: Failed to initialize pool: Connection refused",
            "not-reached-refused",
        ),
        ("HikariPool-1 - Exception during pool initialization.", "other"),
    ],
)
def test_what_each_text_proves(text: str, symptom: str) -> None:
    (failed,) = read(text)
    assert failed.symptom == symptom
    assert any(needle in text.lower() for needle in DIALECT.needles)


@pytest.mark.parametrize(
    "text",
    [
        "HikariPool-1 - Pool stats (total=1, active=0, idle=1, waiting=0)",
        "HikariPool-1 - Pool stats (total=0, active=0, idle=0, waiting=7)",
        "Hikari - Add connection elided, waiting 0, queue 5",
    ],
)
def test_a_pool_at_work_tells_no_failure(text: str) -> None:
    assert read(text) == []


def test_who_speaks_and_how_long_it_waited() -> None:
    (waited,) = read("HikariPool-1 - Connection is not available, request timed out after 30000ms.")
    (ballerina,) = read("error: Error in SQL connector configuration: Failed to initialize pool: oops")
    assert (waited.driver, waited.elapsed_s, ballerina.driver) == ("hikari", 30.0, "ballerina")
