"""What drivers, pools and health checks of the application say."""

from enum import StrEnum

from farshore.diagnosis.facts.base import Fact


class Symptom(StrEnum):
    """What a driver's text proves about the connection that it had (failure-modes.md §7)."""

    NOT_REACHED_REFUSED = "not-reached-refused"  # no TCP to the gateway: refused
    NOT_REACHED_SILENT = "not-reached-silent"  # no TCP to the gateway: timed out
    CLOSED_BEFORE_REPLY = "closed-before-reply"  # an end (FIN), zero or non-protocol bytes before the first reply
    RESET_BEFORE_REPLY = "reset-before-reply"  # a reset before the first reply
    SILENT_BEFORE_REPLY = "silent-before-reply"
    WRONG_PROTOCOL = "wrong-protocol"  # bytes came, of another protocol
    DIED_ESTABLISHED = "died-established"
    STALE = "stale"  # a pooled connection was dead when it was used
    LOGIN_DECLINED = "login-declined"  # the server answered: the path is healthy
    SERVER_FULL = "server-full"  # the server answered: a limit of its own
    TLS_FAILED = "tls-failed"
    TLS_CUT_OFF = "tls-cut-off"  # the stream ended in the handshake, and nobody said why
    CERTIFICATE_REFUSED = "certificate-refused"  # the server answered: its certificate is not what the client wants
    NAMED_INSTANCE = "named-instance"
    REDIRECTED = "redirected"  # the server sent the client elsewhere
    DATA_CHANNEL = "data-channel"  # FTP 425, or nothing after 227
    TRUNCATED = "truncated"  # a transfer ended before all of it had come
    POOL_EXHAUSTED = "pool-exhausted"
    SLOW = "slow"
    OTHER = "other"


class DriverFailed(Fact, frozen=True, kw_only=True):
    """An application's driver or pool gave an error.

    `driver` is mssql-jdbc, freetds, libpq, pgjdbc, mysql, oracle, ftp, hikari, ballerina, …; `address` is the
    `host:port` it names, which usually is the gateway's, not the target's. `number` is the vendor's error number.
    """

    driver: str
    symptom: Symptom
    address: str = ""
    number: str = ""
    elapsed_s: float | None = None
    redirect: str = ""


class PassiveNamed(Fact, frozen=True, kw_only=True):
    """An FTP server named an address and a port for the next transfer's data (its 227 reply)."""

    address: str
    port: int


class ChecksCounted(Fact, frozen=True, kw_only=True):
    """A summary of health checks or queries; None where it does not say."""

    total: float
    failed: float | None = None
    succeeded: float | None = None
    duration_s: float | None = None
