"""What a server itself says through any driver: locks, limits, its certificate, and where it sends the client instead.

Drivers' own dialects come first; these words stand in many programs' lines. Sources: SQL Server's and MySQL's error
numbers, PostgreSQL's SQLSTATE appendix, Oracle's messages and SQL*Net trace (nsc2addr), curl's error 18, OpenSSL.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.intake.driver_texts import Texts
from farshore.diagnosis.intake.records import Record


@dataclass(frozen=True, slots=True)
class _Entry:
    """Words in lower case, who says them, what they prove, and the number they stand for."""

    words: str
    driver: str
    symptom: Symptom
    number: str = ""


_ENTRIES = (
    _Entry("is blocked because of many connection errors", "mysql", Symptom.SERVER_FULL, "1129"),
    _Entry("transfer closed with outstanding read data remaining", "curl", Symptom.TRUNCATED),
    _Entry("bytes remaining to read", "curl", Symptom.TRUNCATED),
    _Entry("end of response with", "curl", Symptom.TRUNCATED),
    _Entry("lock wait timeout exceeded", "mysql", Symptom.SLOW, "1205"),
    _Entry("lock request time out period exceeded", "mssql", Symptom.SLOW, "1222"),
    _Entry("was deadlocked on lock resources", "mssql", Symptom.SLOW, "1205"),
    _Entry("canceling statement due to", "libpq", Symptom.SLOW, "57014"),
    _Entry("ora-00054", "oracle", Symptom.SLOW, "ORA-00054"),
    _Entry("failed to validate the server name", "mssql-jdbc", Symptom.CERTIFICATE_REFUSED),
    _Entry("pkix path building failed", "jdbc", Symptom.CERTIFICATE_REFUSED),
    _Entry("certificate verify failed", "openssl", Symptom.CERTIFICATE_REFUSED),
    _Entry("does not match host name", "libpq", Symptom.CERTIFICATE_REFUSED),
    _Entry("certificate chain was issued by an authority that is not trusted", "mssql", Symptom.CERTIFICATE_REFUSED),
)
_INSTANCE = re.compile(r"the connection to the host [\w.-]{1,120}, named instance ")
_BROWSER = ("unable to get instances from sql server browser", "no response from sql browser service")
_ROUTED = re.compile(
    r"rout(?:ed|ing)[^:]{0,60}(?:server|to)(?: ?name)?[:=]? ?([\w.-]{1,120})(?:,|;)? port[:=]? ?(\d{1,5})"
)
_TNS_REDIRECT = re.compile(r"(?:nsc2addr|redirect)[^\n]{0,200}\(host=([\w.-]{1,120})\)\(port=(\d{1,5})\)")


class _Servers:
    name = "server or its certificate"
    needles = (
        *(entry.words for entry in _ENTRIES),
        *_BROWSER,
        "named instance",
        "routed to",
        "routing ",
        "redirect",
        "nsc2addr",
    )
    texts: Texts = (
        *(((entry.words,), entry.symptom) for entry in _ENTRIES),
        *(((words,), Symptom.NAMED_INSTANCE) for words in (", named instance ", *_BROWSER)),
        *(((words,), Symptom.REDIRECTED) for words in ("routed to", "nsc2addr")),
    )

    def read(self, record: Record) -> Iterator[Fact]:
        lowered = record.text.lower()
        fact = _sent_elsewhere(record, lowered)
        if fact is not None:
            yield fact
            return
        entry = next((entry for entry in _ENTRIES if entry.words in lowered), None)
        if entry is not None:
            yield _failed(record, entry.driver, entry.symptom, number=entry.number)


def _sent_elsewhere(record: Record, lowered: str) -> DriverFailed | None:
    if _INSTANCE.search(lowered) is not None:
        return _failed(record, "mssql-jdbc", Symptom.NAMED_INSTANCE)
    if any(words in lowered for words in _BROWSER):
        return _failed(record, "mssql", Symptom.NAMED_INSTANCE)
    if (found := _TNS_REDIRECT.search(lowered)) is not None:
        return _failed(record, "oracle", Symptom.REDIRECTED, redirect=f"{found[1]}:{found[2]}")
    if (found := _ROUTED.search(lowered)) is not None:
        return _failed(record, "mssql", Symptom.REDIRECTED, redirect=f"{found[1]}:{found[2]}")
    return None


def _failed(record: Record, driver: str, symptom: Symptom, *, number: str = "", redirect: str = "") -> DriverFailed:
    return DriverFailed(evidence=record.evidence(), driver=driver, symptom=symptom, number=number, redirect=redirect)


DIALECT = _Servers()
