import pytest
from tests.unit.diagnosis.arguing import read
from tests.unit.diagnosis.texts import (
    CLOSED,
    CUT_OFF,
    DECLINED,
    DIED,
    NO_ANSWER,
    NO_TLS,
    REFUSED,
    SILENT,
    SLOW,
    STALE,
    driver,
    note,
)

from farshore.diagnosis.facts.clients import ChecksCounted, DriverFailed, Symptom

WORDS = {
    Symptom.NOT_REACHED_REFUSED: REFUSED,
    Symptom.NOT_REACHED_SILENT: NO_ANSWER,
    Symptom.CLOSED_BEFORE_REPLY: CLOSED,
    Symptom.RESET_BEFORE_REPLY: "SQLServerException: Error reading prelogin response: Connection reset",
    Symptom.SILENT_BEFORE_REPLY: SILENT,
    Symptom.WRONG_PROTOCOL: "ERROR 2007 (HY000): Protocol mismatch; server version = 11, client version = 10 (mysql)",
    Symptom.DIED_ESTABLISHED: DIED,
    Symptom.STALE: STALE,
    Symptom.LOGIN_DECLINED: DECLINED,
    Symptom.SERVER_FULL: "FATAL: sorry, too many clients already",
    Symptom.TLS_FAILED: NO_TLS,
    Symptom.TLS_CUT_OFF: CUT_OFF,
    Symptom.CERTIFICATE_REFUSED: "PKIX path building failed: unable to find valid certification path",
    Symptom.NAMED_INSTANCE: "The connection to the host gw, named instance ledger failed",
    Symptom.REDIRECTED: "The connection was routed to replica.internal, port 1433",
    Symptom.DATA_CHANNEL: "ftp: 425 Can't open data connection.",
    Symptom.TRUNCATED: "curl: (18) transfer closed with 81920 bytes remaining to read",
    Symptom.POOL_EXHAUSTED: "HikariPool-1 - Connection is not available, request timed out after 30000ms.",
    Symptom.SLOW: SLOW,
    Symptom.OTHER: "ORA-12154: TNS:could not resolve the connect identifier specified",
}


@pytest.mark.parametrize("symptom", Symptom)
def test_a_client_s_words_for_every_symptom(symptom: Symptom) -> None:
    told = [fact.symptom for fact in read(driver(WORDS[symptom])) if isinstance(fact, DriverFailed)]
    assert told == [symptom]


def test_a_run_of_checks_says_only_what_was_counted() -> None:
    (counted,) = (fact for fact in read(note("Total checks: 8,640", "Failed: 12")) if isinstance(fact, ChecksCounted))
    assert (counted.total, counted.failed, counted.succeeded, counted.duration_s) == (8640, 12, None, None)
