"""The dictionary of error texts as a page: from what a person reads in a log to the pages of the causes.

The causes are not written here: each text is given to the engine as the one thing that is known.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Protocol, cast, runtime_checkable

from farshore.diagnosis.engine import find
from farshore.diagnosis.evidence import Evidence, Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.index import Index
from farshore.diagnosis.intake.dialect import Dialect
from farshore.diagnosis.intake.driver_texts import Texts
from farshore.diagnosis.intake.records import Record
from farshore.diagnosis.readers.log import dialects
from farshore.diagnosis.verdict import Finding

PROVES = {
    Symptom.NOT_REACHED_REFUSED: "The address that the client dialled, the gateway's as a rule, refused it: nobody "
    "listens there. Nothing behind the gateway was asked.",
    Symptom.NOT_REACHED_SILENT: "The address that the client dialled did not answer. Nothing behind the "
    "gateway was asked.",
    Symptom.CLOSED_BEFORE_REPLY: "A connection came about and ended in order before the first reply.",
    Symptom.RESET_BEFORE_REPLY: "A connection came about and was reset before the first reply: mostly a "
    "forwarder whose own dial failed.",
    Symptom.SILENT_BEFORE_REPLY: "A connection came about, and nobody spoke.",
    Symptom.WRONG_PROTOCOL: "Something answered, in another protocol.",
    Symptom.DIED_ESTABLISHED: "A connection that had worked ended.",
    Symptom.STALE: "A connection from a pool was dead when it was used.",
    Symptom.LOGIN_DECLINED: "The server answered and declined: the whole way is healthy.",
    Symptom.SERVER_FULL: "The server answered and has no room: the whole way is healthy.",
    Symptom.TLS_FAILED: "TLS did not come about.",
    Symptom.TLS_CUT_OFF: "The server answered before TLS, and the stream ended in the handshake.",
    Symptom.CERTIFICATE_REFUSED: "The server answered; its certificate is not what the client wants.",
    Symptom.NAMED_INSTANCE: "The client asked SQL Server's browser service (UDP 1434) for a port.",
    Symptom.REDIRECTED: "The server sent the client to another address.",
    Symptom.DATA_CHANNEL: "FTP's control connection works, its data connection does not.",
    Symptom.TRUNCATED: "A transfer ended before all of it had come.",
    Symptom.POOL_EXHAUSTED: "Every connection of the pool is taken. Why, stands in the errors before it.",
    Symptom.SLOW: "The server was reached and is slow, or holds a lock.",
    Symptom.OTHER: "Only that it failed; the text that goes with it says more.",
}

# What the dialects without a table understand: one line for each kind of thing they tell.
SAMPLES = (
    "cannot reach 10.9.8.7:1433: circuit breaker is open",
    "socks connect tcp 127.0.0.1:1055->10.9.8.7:1433: unknown error general SOCKS server failure",
    "socks connect tcp 127.0.0.1:1055->10.9.8.7:1433: dial tcp 127.0.0.1:1055: connect: connection refused",
    "socks connect tcp 127.0.0.1:1055->10.9.8.7:1433: dial tcp 127.0.0.1:1055: i/o timeout",
    "readfrom tcp [::1]:6->[::1]:1055: use of closed network connection",
    "readfrom tcp 10.0.0.1:8082->10.0.0.2:5: read: connection reset by peer",
    "socks5: client connection failed: connect tcp 10.9.8.7:1433: connection was refused",
    "socks5: client connection failed: connect tcp 10.9.8.7:1433: context deadline exceeded",
    "socks5: client connection failed: dial tcp 10.9.8.7:1433: connect: connection refused",
    "socks5: client connection failed: dial tcp 10.9.8.7:1433: i/o timeout",
    (
        "netstack: could not connect to local backend server at 10.9.8.7:1433: dial tcp 10.9.8.7:1433: connect: "
        "connection refused"
    ),
    (
        "netstack: could not connect to local backend server at 10.9.8.7:1433: dial tcp 10.9.8.7:1433: connect: "
        "no route to host"
    ),
    "netstack: could not connect to local backend server at 10.9.8.7:1433: dial tcp 10.9.8.7:1433: i/o timeout",
    "netstack: CreateEndpoint error for 100.64.0.1:33558 -> 10.9.8.7:1433: network is unreachable",
    (
        "netstack: ignoring a new TCP connection from 10.9.8.7 to 100.64.0.1 because the client already has 1365 "
        "in-flight connections"
    ),
    "Drop: TCP{100.64.0.1:59749 > 10.9.8.7:1433} 60 no rules matched",
    "open-conn-track: timeout opening (TCP 100.64.0.1:5 => 10.9.8.7:1433); no associated peer node",
    "open-conn-track: timeout opening (TCP 100.64.0.1:5 => 10.9.8.7:1433) to node [aBc1D]; online=yes, lastRecv=12m3s",
    "health(warnable=no-derp-home): error: Tailscale could not connect to any relay.",
    "health(warnable=not-in-map-poll): error: Unable to connect to the Tailscale coordination server.",
    "Switching ipn state Running -> NeedsLogin (WantRunning=true, nm=true)",
    "control: server reports new node key [o5klC] has expired",
    "Received error: invalid key: API key does not exist",
    "This node is LOCKED OUT by Tailnet Lock, and action is required to establish connectivity.",
    "Out of memory: Killed process 4711 (tailscaled) total-vm:1994232kB",
    "tailscaled.service: Main process exited, code=killed, status=9/KILL",
    "accept tcp 0.0.0.0:8082: accept4: too many open files; retrying in 5ms",
    "TCP: request_sock_TCP: Possible SYN flooding on port 8082. Sending cookies.",
    "nf_conntrack: table full, dropping packet",
    (
        "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time "
        "2026-03-03T09:14:02+01:00 is before 2026-03-04T08:14:02Z"
    ),
)

A_FAILURE = "socks5: client connection failed: connect tcp 10.9.8.7:1433: context deadline exceeded"

HEAD = """\
Search this page for words of the error that somebody sees; upper and lower case are the same, and every piece of a row
stands in the text. A text proves what is written beside it, and no more. The causes are those that it makes possible
when nothing else is known, by their numbers; what tells them apart stands on their pages.

Sooner than by reading: give the whole log, and whatever else is at hand, to `farshore diagnose`, or walk the way now
with `farshore doctor` ([how](diagnosis.md)).

- **`farshore: no way to …`** is Farshore's own. The code in brackets is an [outcome](outcomes.md), and `(M05)` is a
  [cause](causes/README.md); [refusals](refusals.md) shows what each client makes of it.
- **A command of Farshore ended with a number**: [exit codes](exit-codes.md).
- **An alert came**: [alerts](alerts.md). **The page shows an incident**: [incidents](incidents.md)."""


@runtime_checkable
class HasTexts(Protocol):
    """A dialect that is a table from words to what they prove."""

    name: str
    texts: Texts


def tables() -> tuple[HasTexts, ...]:
    """Every speaker of the dictionary: drivers, pools, clients, servers."""
    return tuple(cast("HasTexts", dialect) for dialect in dialects() if isinstance(dialect, HasTexts))


def when_it_breaks_markdown() -> str:
    """The body of the page."""
    parts = ["# When it breaks", HEAD, "## What a text proves", _meanings()]
    for table in tables():
        rows = "\n".join(f"| {_pieces(words)} | {symptom} | {_causes(symptom)} |" for words, symptom in table.texts)
        parts += [
            f"## {_title(table.name)}",
            f"| words in the text | it proves | may be |\n| --- | --- | --- |\n{rows}",
        ]
    rows = "\n".join(f"| {_code(sample)} | {_links(_sampled(sample))} |" for sample in SAMPLES)
    parts += ["## Forwarders, tailscaled, kernel", SAMPLES_HEAD, f"| a line like | may be |\n| --- | --- |\n{rows}"]
    return "\n\n".join(parts) + "\n"


SAMPLES_HEAD = (
    "In the log of a gateway, of tailscaled on its host or on a router, or of the kernel; names and numbers differ."
)


def understood(line: str) -> tuple[str, list[Fact]]:
    """The dialect that understands a line, and what it says; an empty name where none does."""
    record = Record(origin=Origin(source="log"), line=1, text=line)
    for dialect in dialects():
        if _offered(dialect, line.lower()) and (facts := list(dialect.read(record))):
            return dialect.name, facts
    return "", []


def _offered(dialect: Dialect, lowered: str) -> bool:
    return any(needle in lowered for needle in dialect.needles)


def _meanings() -> str:
    rows = "\n".join(f"| {symptom} | {says} | {_causes(symptom)} |" for symptom, says in PROVES.items())
    return f"| short | what it proves | may be |\n| --- | --- | --- |\n{rows}"


@cache
def _causes(symptom: Symptom) -> str:
    redirect = "10.9.8.8:1433" if symptom is Symptom.REDIRECTED else ""
    evidence = Evidence(source="log", text=symptom.value)
    return _links([DriverFailed(evidence=evidence, driver="mssql-jdbc", symptom=symptom, redirect=redirect)])


def _sampled(line: str) -> list[Fact]:
    return understood(line)[1]


def _links(facts: Sequence[Fact]) -> str:
    causes = {finding.cause.code: finding.cause.title for finding in find(Index(facts)) or _beside_a_failure(facts)}
    return ", ".join(f"[{code}](causes/{code}.md) {_short(causes[code])}" for code in sorted(causes)) or "many things"


def _beside_a_failure(facts: Sequence[Fact]) -> list[Finding]:
    """What rests on these facts where clients are known to fail: some lines alone harm nobody."""
    found = find(Index([*_sampled(A_FAILURE), *facts]))
    mine = {id(fact) for fact in facts}
    return [each for each in found if any(id(fact) in mine for g in (*each.decides, *each.points) for fact in g.facts)]


def _short(title: str) -> str:
    head = title.partition(":")[0]
    return head if head[1:2].isupper() else head[:1].lower() + head[1:]


def _title(name: str) -> str:
    return TITLES.get(name, name)


TITLES = {
    "freetds": "SQL Server: FreeTDS, pymssql",
    "ftp": "FTP",
    "hikari": "Pools: HikariCP, Spring, Ballerina",
    "libpq": "PostgreSQL: libpq, psql, psycopg",
    "mssql-jdbc": "SQL Server: JDBC",
    "mysql": "MySQL, MariaDB",
    "oracle": "Oracle",
    "pgjdbc": "PostgreSQL: JDBC",
    "server or its certificate": "Any client: locks, certificates, redirects",
    "sqlclient": "SQL Server: .NET, ODBC, sqlcmd, Go",
}


def _pieces(words: Iterable[str]) -> str:
    return " … ".join(_code(word.strip()) for word in words if word.strip())


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"
