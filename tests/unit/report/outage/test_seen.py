"""What users saw; the dialects that read drivers' words are the judges of ours."""

from collections.abc import Iterator

import pytest
from tests.unit.diagnosis.making import said as read

from farshore.core.outcome import Code
from farshore.diagnosis.dialects import freetds, ftp, libpq, mssql_jdbc, mysql, oracle, pgjdbc, sqlclient
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.report.outage.seen import JDBC_CLOSED, TEXTS, client_sees, symptom_of, texts_for

DIALECTS = {
    each.DIALECT.name: each.DIALECT for each in (freetds, ftp, libpq, mssql_jdbc, mysql, oracle, pgjdbc, sqlclient)
}


def every() -> Iterator[tuple[str, Symptom, str]]:
    for drivers in TEXTS.values():
        for driver, words in drivers.items():
            for symptom, text in words.items():
                yield driver, symptom, text


@pytest.mark.parametrize(("driver", "symptom", "text"), [*every()])
def test_our_words_are_the_driver_s(driver: str, symptom: Symptom, text: str) -> None:
    found = [fact.symptom for fact in read(DIALECTS[driver], text) if isinstance(fact, DriverFailed)]
    assert found == [symptom]


def test_the_founding_outages_look_as_they_did() -> None:
    closed = {each.driver: each.text for each in texts_for(Code.UPSTREAM_CLOSED_SILENT, "172.16.20.88:1433")}
    assert closed["mssql-jdbc"] == JDBC_CLOSED
    reset = {each.driver: each.text for each in texts_for(Code.NO_ANSWER, "172.16.20.88:1433")}
    assert "Connection reset" in reset["mssql-jdbc"]
    assert set(reset) == {"mssql-jdbc", "sqlclient"}


def test_the_port_tells_the_protocol_and_another_one_does_not() -> None:
    assert {each.driver for each in texts_for(Code.NO_ANSWER, "10.0.0.1:5432")} == {"libpq", "pgjdbc"}
    assert {"mssql-jdbc", "libpq", "mysql"} <= {each.driver for each in texts_for(Code.NO_ANSWER, "10.0.0.1:4000")}
    assert {"mssql-jdbc", "libpq"} <= {each.driver for each in texts_for(Code.NO_ANSWER, "")}


def test_what_is_no_failure_of_the_connection_has_no_words() -> None:
    assert symptom_of(Code.CLIENT_CLOSED) is None
    assert symptom_of(Code.CLIENT_GONE_EARLY) is None
    assert texts_for(Code.CLIENT_GONE_EARLY, "10.0.0.1:5432") == ()
    assert symptom_of(Code.ROUTER_DEAD) is Symptom.DIED_ESTABLISHED
    assert "FIN" in client_sees(Code.UPSTREAM_CLOSED_SILENT)
    assert client_sees(Code.NO_ANSWER, 3, 5).startswith("the connection is reset (RST); 3 were told the reason")
    assert client_sees(Code.NO_ANSWER, 5, 5).startswith("the reason is told in its own protocol")
