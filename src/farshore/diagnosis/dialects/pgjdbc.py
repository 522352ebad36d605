"""PostgreSQL's JDBC driver. What its `The connection attempt failed.` means stands in its nested cause.

Source: pgjdbc org.postgresql.core.v3.ConnectionFactoryImpl, QueryExecutorImpl.
"""

import re

from farshore.diagnosis.facts.clients import Symptom
from farshore.diagnosis.intake.driver_texts import DriverTable

_ATTEMPT = "the connection attempt failed"

DIALECT = DriverTable(
    name="pgjdbc",
    needles=("psqlexception", "org.postgresql.", _ATTEMPT),
    texts=(
        (("password authentication failed",), Symptom.LOGIN_DECLINED),
        (("no pg_hba.conf entry",), Symptom.LOGIN_DECLINED),
        (("fatal:", "does not exist"), Symptom.LOGIN_DECLINED),
        (("too many clients already",), Symptom.SERVER_FULL),
        (("remaining connection slots are reserved",), Symptom.SERVER_FULL),
        (("refused. check that the hostname and port are correct",), Symptom.NOT_REACHED_REFUSED),
        ((_ATTEMPT, "connect timed out"), Symptom.NOT_REACHED_SILENT),
        ((_ATTEMPT, "noroutetohost"), Symptom.NOT_REACHED_SILENT),
        ((_ATTEMPT, "no route to host"), Symptom.NOT_REACHED_SILENT),
        ((_ATTEMPT, "eofexception"), Symptom.CLOSED_BEFORE_REPLY),
        ((_ATTEMPT, "connection reset"), Symptom.RESET_BEFORE_REPLY),
        ((_ATTEMPT, "sockettimeout"), Symptom.SILENT_BEFORE_REPLY),
        ((_ATTEMPT, "read timed out"), Symptom.SILENT_BEFORE_REPLY),
        (("protocol error. session setup failed",), Symptom.WRONG_PROTOCOL),
        (("server does not support ssl",), Symptom.TLS_FAILED),
        (("ssl error",), Symptom.TLS_FAILED),
        (("i/o error occurred while sending to the backend",), Symptom.DIED_ESTABLISHED),
        (("terminating connection due to administrator command",), Symptom.DIED_ESTABLISHED),
        (("this connection has been closed",), Symptom.STALE),
        ((_ATTEMPT,), Symptom.OTHER),
    ),
    addresses=(re.compile(r"Connection to \[?(?P<host>[\w.:-]{1,120}?)\]?:(?P<port>\d{1,5}) refused"),),
    numbers=(re.compile(r"SQL ?State:? ?\[?(\w{5})\b"),),
)
