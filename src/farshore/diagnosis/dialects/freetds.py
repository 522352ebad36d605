"""FreeTDS and what is built on it: tsql, pymssql, its ODBC driver.

Source: FreeTDS src/dblib/dberr.c (20002 to 20047), src/tds/net.c.
"""

import re

from farshore.diagnosis.facts.clients import Symptom
from farshore.diagnosis.intake.driver_texts import DriverTable

DIALECT = DriverTable(
    name="freetds",
    needles=("freetds", "db-lib error", "net-lib error", "adaptive server", "dbprocess is dead", "pymssql"),
    texts=(
        (("login failed for user",), Symptom.LOGIN_DECLINED),
        (("net-lib error", "connection refused"), Symptom.NOT_REACHED_REFUSED),
        (("adaptive server", "connection refused"), Symptom.NOT_REACHED_REFUSED),
        (("net-lib error", "operation now in progress"), Symptom.NOT_REACHED_SILENT),
        (("adaptive server connection timed out",), Symptom.SILENT_BEFORE_REPLY),
        (("net-lib error", "timed out"), Symptom.NOT_REACHED_SILENT),
        (("write to the server failed",), Symptom.DIED_ESTABLISHED),
        (("adaptive server connection failed", "connection reset"), Symptom.RESET_BEFORE_REPLY),
        (("read from the server failed",), Symptom.DIED_ESTABLISHED),
        (("net-lib error", "connection reset"), Symptom.RESET_BEFORE_REPLY),
        (("unexpected eof from the server",), Symptom.CLOSED_BEFORE_REPLY),
        (("dbprocess is dead",), Symptom.STALE),
        (("bad token from the server",), Symptom.WRONG_PROTOCOL),
        (("adaptive server is unavailable",), Symptom.OTHER),
        (("adaptive server connection failed",), Symptom.OTHER),
    ),
    addresses=(re.compile(r"\((?P<host>[\w.-]{1,120}):(?P<port>\d{1,5})\)"),),
    numbers=(
        re.compile(r"\b(20\d{3}|18456)\b"),
        re.compile(r"[Mm]sg (\d{3,5})\b"),
    ),
)
