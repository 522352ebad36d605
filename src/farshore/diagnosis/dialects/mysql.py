"""MySQL's and MariaDB's clients: the C client and what is built on it, PyMySQL, Connector/J, MariaDB Connector/J.

The server speaks first, so an end before its greeting shows at once. Source: MySQL include/errmsg.h,
sql-common/client.cc, Connector/J com.mysql.cj.exceptions.ExceptionFactory.
"""

import re

from farshore.diagnosis.facts.clients import Symptom
from farshore.diagnosis.intake.driver_texts import DriverTable, Texts

_GREETING = "reading initial communication packet"
_CANT = "can't connect to "
_LINK = "communications link failure"
_MARIADB = "could not connect to address="

_GREETED: Texts = tuple(
    ((_GREETING, error), symptom)
    for error, symptom in (
        ("system error: 104", Symptom.RESET_BEFORE_REPLY),
        ("system error: 10054", Symptom.RESET_BEFORE_REPLY),
        ("system error: 110", Symptom.SILENT_BEFORE_REPLY),
        ("system error: 10060", Symptom.SILENT_BEFORE_REPLY),
        ("system error: 11", Symptom.SILENT_BEFORE_REPLY),
        ("system error: 60", Symptom.SILENT_BEFORE_REPLY),
        ("", Symptom.CLOSED_BEFORE_REPLY),
    )
)
_REACHED: Texts = tuple(
    ((beginning, error), symptom)
    for beginning in (_CANT, _LINK, _MARIADB, "socket fail to connect to host")
    for error, symptom in (
        ("connection refused", Symptom.NOT_REACHED_REFUSED),
        ("(111", Symptom.NOT_REACHED_REFUSED),
        ("(10061", Symptom.NOT_REACHED_REFUSED),
        ("connect timed out", Symptom.NOT_REACHED_SILENT),
        ("connection timed out", Symptom.NOT_REACHED_SILENT),
        ("(timed out", Symptom.NOT_REACHED_SILENT),
        ("(110", Symptom.NOT_REACHED_SILENT),
        ("(10060", Symptom.NOT_REACHED_SILENT),
        ("no route to host", Symptom.NOT_REACHED_SILENT),
        ("(113", Symptom.NOT_REACHED_SILENT),
    )
)

DIALECT = DriverTable(
    name="mysql",
    needles=(
        _GREETING,
        _LINK,
        _MARIADB,
        "socket fail to connect to host",
        "mysql",
        "mariadb",
        "lost connection to server",
        "server has gone away",
        "access denied for user",
        "is not allowed to connect to this",
        "max_connect_errors",
        "unblock with 'mysqladmin",
    ),
    texts=(
        (("access denied for user",), Symptom.LOGIN_DECLINED),
        (("unknown database",), Symptom.LOGIN_DECLINED),
        (("is not allowed to connect to this",), Symptom.LOGIN_DECLINED),
        (("too many connections",), Symptom.SERVER_FULL),
        (("max_user_connections",), Symptom.SERVER_FULL),
        (("is blocked because of many connection errors",), Symptom.SERVER_FULL),
        (("ssl connection error",), Symptom.TLS_FAILED),
        (("protocol mismatch",), Symptom.WRONG_PROTOCOL),
        (("malformed packet",), Symptom.WRONG_PROTOCOL),
        (("packets out of order",), Symptom.WRONG_PROTOCOL),
        *_GREETED,
        *_REACHED,
        ((_LINK, "connection reset", "has not received any packets"), Symptom.RESET_BEFORE_REPLY),
        ((_LINK, "read timed out", "has not received any packets"), Symptom.SILENT_BEFORE_REPLY),
        ((_LINK, "has not received any packets"), Symptom.CLOSED_BEFORE_REPLY),
        ((_LINK, "read 0 bytes"), Symptom.CLOSED_BEFORE_REPLY),
        (("unexpected end of stream, read 0 bytes",), Symptom.CLOSED_BEFORE_REPLY),
        (("server has gone away",), Symptom.STALE),
        (("disconnected by the server because of inactivity",), Symptom.STALE),
        (("no operations allowed after connection closed",), Symptom.STALE),
        (("lost connection to ",), Symptom.DIED_ESTABLISHED),
        ((_LINK, "last packet successfully received"), Symptom.DIED_ESTABLISHED),
        ((_LINK,), Symptom.OTHER),
        ((_CANT,), Symptom.OTHER),
        ((_MARIADB,), Symptom.OTHER),
    ),
    addresses=(
        re.compile(r"server on '(?P<host>[\w.-]{1,120}):(?P<port>\d{1,5})'"),
        re.compile(r"address=\(host=(?P<host>[\w.-]{1,120})\)\(port=(?P<port>\d{1,5})\)"),
        re.compile(r"jdbc:(?:mysql|mariadb)://(?P<host>[\w.-]{1,120}):(?P<port>\d{1,5})"),
    ),
    numbers=(
        re.compile(r"\bERROR (\d{4}) \("),
        re.compile(r"\((\d{4}), ?[\"']"),
        re.compile(r"Error(?: Code| number)?:? (\d{4})\b"),
    ),
    foreign=("no matching",),
)
