"""Microsoft's JDBC driver, and pools that pass its words on (Hikari, Ballerina, Spring).

Source: mssql-jdbc SQLServerConnection.prelogin, SQLServerException; what each text proves: its first reply never came,
came as something else, or the connection died later. `Connection reset` alone counts only beside the driver's own mark.
"""

import re
from collections.abc import Iterator

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.intake.driver_texts import Texts, symptom_in
from farshore.diagnosis.intake.records import Record

# In this order: the driver's own log line is more precise than the message that it throws.
_TEXTS: Texts = (
    (("unexpected response type",), Symptom.WRONG_PROTOCOL),
    (("unexpected end of prelogin response",), Symptom.CLOSED_BEFORE_REPLY),
    (("reading prelogin response: connection reset",), Symptom.RESET_BEFORE_REPLY),
    (("reading prelogin response: read timed out",), Symptom.SILENT_BEFORE_REPLY),
    (("unexpected pre-login response",), Symptom.CLOSED_BEFORE_REPLY),
    (("login failed for user",), Symptom.LOGIN_DECLINED),
    (("requested by the login",), Symptom.LOGIN_DECLINED),
    (("maximum number of",), Symptom.SERVER_FULL),
    (("connection to the named instance",), Symptom.NAMED_INSTANCE),
    (("redirections have occurred",), Symptom.REDIRECTED),
    (("failed to validate the server name",), Symptom.CERTIFICATE_REFUSED),
    (("pkix path building failed",), Symptom.CERTIFICATE_REFUSED),
    (("could not establish a secure connection", "did not return a response"), Symptom.TLS_CUT_OFF),
    (("could not establish a secure connection",), Symptom.TLS_FAILED),
    (("connection refused",), Symptom.NOT_REACHED_REFUSED),
    (("connect timed out",), Symptom.NOT_REACHED_SILENT),
    (("connection timed out",), Symptom.NOT_REACHED_SILENT),
    (("no route to host",), Symptom.NOT_REACHED_SILENT),
    (("network is unreachable",), Symptom.NOT_REACHED_SILENT),
    (("sql server did not return a response",), Symptom.DIED_ESTABLISHED),
    (("incomplete response",), Symptom.DIED_ESTABLISHED),
    (("connection is closed",), Symptom.DIED_ESTABLISHED),
    (("failed to initialize pool: connection reset",), Symptom.RESET_BEFORE_REPLY),
    (("connection reset",), Symptom.DIED_ESTABLISHED),
    (("read timed out",), Symptom.SLOW),
)
# Which of them mean the driver by themselves; the others only beside one of its marks.
_OWN = ("pre-login response", "prelogin response", "failed to initialize pool: connection reset")
_MARKS = ("clientconnectionid", "sqlserverexception", "the tcp/ip connection to the host", "connectionid:")
_ADDRESS = re.compile(r"(?:to the host|: host) ([\w.-]{1,120}),? port (\d{1,5})")


class _MssqlJdbc:
    name = "mssql-jdbc"
    needles = (*_OWN, *_MARKS)
    texts = _TEXTS

    def read(self, record: Record) -> Iterator[Fact]:
        lowered = record.text.lower()
        symptom = symptom_in(lowered, _TEXTS)
        if symptom is None:
            return
        address = _ADDRESS.search(record.text)
        yield DriverFailed(
            evidence=record.evidence(),
            driver=self.name,
            symptom=symptom,
            address="" if address is None else f"{address[1]}:{address[2]}",
        )


DIALECT = _MssqlJdbc()
