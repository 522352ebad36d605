"""Microsoft's other clients for SQL Server: .NET SqlClient, the ODBC drivers, sqlcmd, go-mssqldb.

Source: .NET SqlClient's provider errors (TCP Provider, error: N), Windows Sockets error codes.
"""

import re

from farshore.diagnosis.facts.clients import Symptom
from farshore.diagnosis.intake.driver_texts import DriverTable

_PRELOGIN = "pre-login handshake"

DIALECT = DriverTable(
    name="sqlclient",
    needles=(_PRELOGIN, "tcp provider", "sqlclient", "sql server network interfaces", "mssql: ", "odbc driver 1"),
    texts=(
        (("login failed for user",), Symptom.LOGIN_DECLINED),
        (("error locating server/instance",), Symptom.NAMED_INSTANCE),
        ((_PRELOGIN, "forcibly closed"), Symptom.RESET_BEFORE_REPLY),
        ((_PRELOGIN, "connection reset"), Symptom.RESET_BEFORE_REPLY),
        ((_PRELOGIN, "timeout"), Symptom.SILENT_BEFORE_REPLY),
        ((_PRELOGIN,), Symptom.CLOSED_BEFORE_REPLY),
        (("delay in prelogin response",), Symptom.SILENT_BEFORE_REPLY),
        (("tcp provider: error code 0x2746",), Symptom.RESET_BEFORE_REPLY),
        (("tcp provider: error code 0x68",), Symptom.RESET_BEFORE_REPLY),
        (("tcp provider: error code 0x274d",), Symptom.NOT_REACHED_REFUSED),
        (("tcp provider: error code 0x6f",), Symptom.NOT_REACHED_REFUSED),
        (("actively refused",), Symptom.NOT_REACHED_REFUSED),
        (("connection refused",), Symptom.NOT_REACHED_REFUSED),
        (("tcp provider", "did not properly respond"), Symptom.NOT_REACHED_SILENT),
        (("tcp provider", "timeout"), Symptom.NOT_REACHED_SILENT),
        (("tcp provider", "wait operation timed out"), Symptom.NOT_REACHED_SILENT),
        (("transport-level error",), Symptom.DIED_ESTABLISHED),
        (("communication link failure",), Symptom.DIED_ESTABLISHED),
        (("unable to establish connection", "forcibly closed"), Symptom.RESET_BEFORE_REPLY),
        (("tcp provider", "forcibly closed"), Symptom.DIED_ESTABLISHED),
        (("obtaining a connection from the pool",), Symptom.POOL_EXHAUSTED),
        (("certificate chain was issued",), Symptom.TLS_FAILED),
        (("ssl provider",), Symptom.TLS_FAILED),
    ),
    numbers=(re.compile(r"error: ?(\d{1,5})\b"), re.compile(r"Error code (0x[0-9A-Fa-f]{1,8})")),
    foreign=("clientconnectionid:", "freetds"),
)
