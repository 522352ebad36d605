"""What users saw: the words of their drivers for the way in which a connection ended.

The words are the drivers' own, as `diagnosis.dialects` reads them back (the tests do); which of them a route's users
may have read depends on the protocol, and that is guessed from the target's port.
"""

from farshore.core.outcome import MEANINGS, ClientEnd, Code, Phase
from farshore.diagnosis.facts.clients import Symptom
from farshore.report.outage.model import DriverText

JDBC_CLOSED = (
    "The driver received an unexpected pre-login response. Verify the connection properties and check that an instance "
    "of SQL Server is running on the host and accepting TCP/IP connections at the port. ClientConnectionId:…"
)
_PG = 'connection to server at "HOST", port PORT failed: '

# Protocol, driver, and its words for each symptom.
TEXTS: dict[str, dict[str, dict[Symptom, str]]] = {
    "tds": {
        "mssql-jdbc": {
            Symptom.CLOSED_BEFORE_REPLY: JDBC_CLOSED,
            Symptom.RESET_BEFORE_REPLY: "Failed to initialize pool: Connection reset ClientConnectionId:…",
            Symptom.DIED_ESTABLISHED: "Connection reset ClientConnectionId:…",
        },
        "sqlclient": {
            Symptom.CLOSED_BEFORE_REPLY: (
                "A connection was successfully established with the server, but then an error occurred during the "
                "pre-login handshake. (provider: TCP Provider, error: 0)"
            ),
            Symptom.RESET_BEFORE_REPLY: (
                "A connection was successfully established with the server, but then an error occurred during the "
                "pre-login handshake. (provider: TCP Provider, error: 0 - An existing connection was forcibly closed "
                "by the remote host.)"
            ),
            Symptom.DIED_ESTABLISHED: (
                "A transport-level error has occurred when receiving results from the server. (provider: TCP Provider)"
            ),
        },
    },
    "postgres": {
        "libpq": {
            Symptom.CLOSED_BEFORE_REPLY: f"{_PG}server closed the connection unexpectedly",
            Symptom.RESET_BEFORE_REPLY: f"{_PG}could not receive data from server: Connection reset by peer",
            Symptom.DIED_ESTABLISHED: "server closed the connection unexpectedly: lost connection during query",
        },
        "pgjdbc": {
            Symptom.CLOSED_BEFORE_REPLY: (
                "org.postgresql.util.PSQLException: The connection attempt failed. Caused by: java.io.EOFException"
            ),
            Symptom.RESET_BEFORE_REPLY: (
                "org.postgresql.util.PSQLException: The connection attempt failed. Caused by: "
                "java.net.SocketException: Connection reset"
            ),
            Symptom.DIED_ESTABLISHED: (
                "org.postgresql.util.PSQLException: An I/O error occurred while sending to the backend."
            ),
        },
    },
    "mysql": {
        "mysql": {
            Symptom.CLOSED_BEFORE_REPLY: (
                "ERROR 2013 (HY000): Lost connection to MySQL server at 'reading initial communication packet', "
                "system error: 0"
            ),
            Symptom.RESET_BEFORE_REPLY: (
                "ERROR 2013 (HY000): Lost connection to MySQL server at 'reading initial communication packet', "
                "system error: 104"
            ),
            Symptom.DIED_ESTABLISHED: "ERROR 2013 (HY000): Lost connection to MySQL server during query",
        },
    },
    "oracle": {
        "oracle": {
            Symptom.CLOSED_BEFORE_REPLY: "ORA-12537: TNS:connection closed",
            Symptom.DIED_ESTABLISHED: "ORA-03113: end-of-file on communication channel",
        },
    },
    "ftp": {
        "ftp": {
            Symptom.CLOSED_BEFORE_REPLY: (
                "org.apache.commons.net.ftp.FTPConnectionClosedException: Connection closed without indication."
            ),
        },
    },
}
_PORTS = {1433: "tds", 5432: "postgres", 3306: "mysql", 1521: "oracle", 21: "ftp"}
_USUAL = ("tds", "postgres", "mysql")
_CLIENT_SEES = {
    ClientEnd.FIN: "the connection ends (FIN)",
    ClientEnd.RST: "the connection is reset (RST)",
    ClientEnd.TOLD: "the reason is told in its own protocol",
    ClientEnd.NONE: "the client left by itself, or waits until its own time-out",
}


def symptom_of(code: Code) -> Symptom | None:
    """What a connection that ends so looks like to its client; None where that says nothing of the connection."""
    meaning = MEANINGS[code]
    if not meaning.is_failure or meaning.client_end is ClientEnd.NONE:
        return None
    if code.phase is Phase.TRANSFER:
        return Symptom.DIED_ESTABLISHED
    return Symptom.CLOSED_BEFORE_REPLY if meaning.client_end is ClientEnd.FIN else Symptom.RESET_BEFORE_REPLY


def client_sees(code: Code, told: int = 0, count: int | None = None) -> str:
    """How the client's connection ended, in a few words; of `count`, so many were told the reason by their protocol."""
    if told and told == count:
        return _CLIENT_SEES[ClientEnd.TOLD]
    others = _CLIENT_SEES[MEANINGS[code].client_end]
    return f"{others}; {told:,} were told the reason in their own protocol instead" if told else others


def texts_for(code: Code, target: str) -> tuple[DriverText, ...]:
    """What drivers say of it; of the target's usual protocol, or of the most usual ones where its port says nothing."""
    symptom = symptom_of(code)
    if symptom is None:
        return ()
    port = target.rpartition(":")[2]
    protocol = _PORTS.get(int(port)) if port.isdecimal() and len(port) <= len("65535") else None
    told = []
    for name in (protocol,) if protocol else _USUAL:
        drivers = TEXTS[name]
        told += [
            DriverText(driver=driver, text=words[symptom]) for driver, words in drivers.items() if symptom in words
        ]
    return tuple(told)
