"""Errors in which a database or FTP server itself speaks: the way to it is healthy, or it sends the client elsewhere.

Sources: SQL Server's and MySQL's error numbers, PostgreSQL's SQLSTATE appendix, Oracle's error messages, RFC 959.
Each text is the server's own or the driver's fixed wording, so that one line suffices whatever stands around it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.intake.records import Record


@dataclass(frozen=True, slots=True)
class _Entry:
    """Words in lower case, who says them, what they prove, and the number they stand for."""

    words: str
    driver: str
    symptom: Symptom
    number: str = ""


_ENTRIES = (
    _Entry("password authentication failed for user", "libpq", Symptom.LOGIN_DECLINED, "28P01"),
    _Entry("no pg_hba.conf entry for host", "libpq", Symptom.LOGIN_DECLINED, "28000"),
    _Entry("sorry, too many clients already", "libpq", Symptom.SERVER_FULL, "53300"),
    _Entry("remaining connection slots are reserved", "libpq", Symptom.SERVER_FULL, "53300"),
    _Entry("access denied for user", "mysql", Symptom.LOGIN_DECLINED, "1045"),
    _Entry("is blocked because of many connection errors", "mysql", Symptom.SERVER_FULL, "1129"),
    _Entry("mysql server has gone away", "mysql", Symptom.STALE, "2006"),
    _Entry("ora-01017", "oracle", Symptom.LOGIN_DECLINED, "ORA-01017"),
    _Entry("ora-28000", "oracle", Symptom.LOGIN_DECLINED, "ORA-28000"),
    _Entry("ora-12514", "oracle", Symptom.LOGIN_DECLINED, "ORA-12514"),
    _Entry("dpy-6001", "oracle", Symptom.LOGIN_DECLINED, "DPY-6001"),
    _Entry("ora-12516", "oracle", Symptom.SERVER_FULL, "ORA-12516"),
    _Entry("ora-12519", "oracle", Symptom.SERVER_FULL, "ORA-12519"),
    _Entry("ora-12520", "oracle", Symptom.SERVER_FULL, "ORA-12520"),
    _Entry("530 login incorrect", "ftp", Symptom.LOGIN_DECLINED, "530"),
    _Entry("530 login authentication failed", "ftp", Symptom.LOGIN_DECLINED, "530"),
    _Entry("425 can't open data connection", "ftp", Symptom.DATA_CHANNEL, "425"),
    _Entry("425 can't build data connection", "ftp", Symptom.DATA_CHANNEL, "425"),
    _Entry("425 could not open data connection", "ftp", Symptom.DATA_CHANNEL, "425"),
    _Entry("can't open data connection in passive mode", "ftp", Symptom.DATA_CHANNEL),
    _Entry("426 connection closed; transfer aborted", "ftp", Symptom.TRUNCATED, "426"),
    _Entry("transfer closed with outstanding read data remaining", "ftp", Symptom.TRUNCATED),
    _Entry("bytes remaining to read", "ftp", Symptom.TRUNCATED),
    _Entry("end of response with", "ftp", Symptom.TRUNCATED),
    _Entry("lock wait timeout exceeded", "mysql", Symptom.SLOW, "1205"),
    _Entry("lock request time out period exceeded", "mssql", Symptom.SLOW, "1222"),
    _Entry("was deadlocked on lock resources", "mssql", Symptom.SLOW, "1205"),
    _Entry("canceling statement due to", "libpq", Symptom.SLOW, "57014"),
    _Entry("ora-00054", "oracle", Symptom.SLOW, "ORA-00054"),
    _Entry("the query has timed out", "mssql", Symptom.SLOW),
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
_PASSIVE = re.compile(
    r"227 entering passive mode ?\(?(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})\)?[^\n]{0,200}"
    r"(?:timed out|timeout|refused|unreachable|no route)"
)


class _DatabaseErrors:
    name = "database or FTP server"
    needles = (
        *(entry.words for entry in _ENTRIES),
        *_BROWSER,
        "named instance",
        "routed to",
        "routing ",
        "redirect",
        "nsc2addr",
        "227 entering passive mode",
        "login failed for user",
    )

    def read(self, record: Record) -> Iterator[Fact]:
        lowered = record.text.lower()
        fact = _sent_elsewhere(record, lowered)
        if fact is not None:
            yield fact
            return
        if "login failed for user" in lowered:
            yield _failed(record, "mssql", Symptom.LOGIN_DECLINED, number="18456")
            return
        entry = next((entry for entry in _ENTRIES if entry.words in lowered), None)
        if entry is not None:
            yield _failed(record, entry.driver, entry.symptom, number=entry.number)


def _sent_elsewhere(record: Record, lowered: str) -> DriverFailed | None:
    if _INSTANCE.search(lowered) is not None:
        return _failed(record, "mssql-jdbc", Symptom.NAMED_INSTANCE)
    if any(words in lowered for words in _BROWSER):
        return _failed(record, "mssql", Symptom.NAMED_INSTANCE)
    if (found := _PASSIVE.search(lowered)) is not None:
        port = int(found[5]) * 256 + int(found[6])
        return _failed(record, "ftp", Symptom.DATA_CHANNEL, redirect=f"{'.'.join(found.group(1, 2, 3, 4))}:{port}")
    if (found := _TNS_REDIRECT.search(lowered)) is not None:
        return _failed(record, "oracle", Symptom.REDIRECTED, redirect=f"{found[1]}:{found[2]}")
    if (found := _ROUTED.search(lowered)) is not None:
        return _failed(record, "mssql", Symptom.REDIRECTED, redirect=f"{found[1]}:{found[2]}")
    return None


def _failed(record: Record, driver: str, symptom: Symptom, *, number: str = "", redirect: str = "") -> DriverFailed:
    return DriverFailed(evidence=record.evidence(), driver=driver, symptom=symptom, number=number, redirect=redirect)


DIALECT = _DatabaseErrors()
