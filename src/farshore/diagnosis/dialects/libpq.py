"""libpq, and all that are built on it: psql, psycopg and its pool, pgAdmin, Ruby's pg, node-libpq.

Source: PostgreSQL src/interfaces/libpq/fe-connect.c, fe-misc.c, fe-secure.c. From 14 on a failure to connect begins
with `connection to server at …`; without it, and without a word of a request, the same texts don't say when.
"""

import re

from farshore.diagnosis.facts.clients import Symptom
from farshore.diagnosis.intake.driver_texts import DriverTable, Texts

_CLOSED = "server closed the connection unexpectedly"
_RECEIVE = "could not receive data from server: "
_SEND = "could not send data to server: "
_ENDED = (_CLOSED, _RECEIVE, _SEND)
_CONNECTING = ("connection to server at ", "could not connect to server", "connection to server on ")

_REQUESTS = (
    *("execute", "on receive from", "during query", "lost connection", "fetch"),
    *("consuming input failed", "sending query failed"),
)
# psycopg's pool, which tests a connection before it lends it, and looks at it when it comes back.
_TESTED = ("connection failed check: ", "discarding broken connection: ")
_CAME_BACK = "discarding closed connection: "

_BEFORE_REPLY: Texts = tuple(
    ((connecting, words), symptom)
    for connecting in _CONNECTING
    for words, symptom in (
        (_CLOSED, Symptom.CLOSED_BEFORE_REPLY),
        (f"{_RECEIVE}connection reset", Symptom.RESET_BEFORE_REPLY),
        (f"{_SEND}connection reset", Symptom.RESET_BEFORE_REPLY),
        ("connection reset by peer", Symptom.RESET_BEFORE_REPLY),
        ("connection refused", Symptom.NOT_REACHED_REFUSED),
        ("timeout expired", Symptom.SILENT_BEFORE_REPLY),
        ("connection timed out", Symptom.NOT_REACHED_SILENT),
        ("operation timed out", Symptom.NOT_REACHED_SILENT),
        ("no route to host", Symptom.NOT_REACHED_SILENT),
        ("network is unreachable", Symptom.NOT_REACHED_SILENT),
    )
)

DIALECT = DriverTable(
    name="libpq",
    needles=(
        *_CONNECTING,
        _CLOSED,
        _RECEIVE,
        _SEND,
        "ssl syscall error",
        "ssl connection has been closed unexpectedly",
        "password authentication failed for user",
        "no pg_hba.conf entry",
        "too many clients already",
        "remaining connection slots are reserved",
        "response to ssl negotiation",
        "expected authentication request from server",
        "server does not support ssl",
        "terminating connection due to administrator command",
        "operationalerror: timeout expired",
        *_TESTED,
        _CAME_BACK,
    ),
    texts=(
        (("password authentication failed",), Symptom.LOGIN_DECLINED),
        (("no pg_hba.conf entry",), Symptom.LOGIN_DECLINED),
        (("fatal:", "does not exist"), Symptom.LOGIN_DECLINED),
        (("too many clients already",), Symptom.SERVER_FULL),
        (("remaining connection slots are reserved",), Symptom.SERVER_FULL),
        (("too many connections",), Symptom.SERVER_FULL),
        (("response to ssl negotiation",), Symptom.WRONG_PROTOCOL),
        (("expected authentication request from server",), Symptom.WRONG_PROTOCOL),
        (("server does not support ssl",), Symptom.TLS_FAILED),
        (("ssl syscall error: eof",), Symptom.DIED_ESTABLISHED),
        (("ssl connection has been closed unexpectedly",), Symptom.DIED_ESTABLISHED),
        (("terminating connection due to administrator command",), Symptom.DIED_ESTABLISHED),
        *(((tested,), Symptom.STALE) for tested in _TESTED),
        ((_CAME_BACK,), Symptom.DIED_ESTABLISHED),
        *_BEFORE_REPLY,
        (("timeout expired",), Symptom.SILENT_BEFORE_REPLY),
        *(((ended, request), Symptom.DIED_ESTABLISHED) for ended in _ENDED for request in _REQUESTS),
        *(((ended,), Symptom.OTHER) for ended in _ENDED),
        (("connection to server at ",), Symptom.OTHER),
    ),
    addresses=(
        re.compile(r'connection to server at "(?P<host>[^"\s]{1,120})"(?: \([^)]{1,60}\))?, port (?P<port>\d{1,5})'),
        re.compile(
            r'running on host "(?P<host>[^"\s]{1,120})"(?: \([^)]{1,60}\))? and accepting TCP/IP connections on port '
            r"(?P<port>\d{1,5})"
        ),
        re.compile(r"from seg\d{1,6} (?P<host>[\w.-]{1,120}):(?P<port>\d{1,5})"),
    ),
    foreign=("psqlexception", "org.postgresql"),
)
