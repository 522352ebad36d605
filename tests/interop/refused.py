"""Every client that a refusal may reach, and what it prints when a gateway in front of nobody sends it away.

`Refused.told` is one attempt: the client's own text, made equal for every machine, and how long it took.
"""

import ipaddress
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from tests.interop.clients import CLIENTS, ENVIRONMENT, jdbc
from tests.interop.gate import Gate, gate
from tests.interop.parts import ROOT, program
from tests.interop.servers import LOOPBACK
from tests.interop.service import USER
from tests.ports import free_port

ATTEMPT_S = 90.0
# Protocol and the port that stands in the texts, whatever ports there were.
PORTS = {"postgres": 5432, "mysql": 3306, "sqlserver": 1433, "oracle": 1521, "ftp": 21, "sftp": 22, "http": 80}
MODES = ("reset", "close", "protocol")
TRUST_PASSWORD = "changeit"
OURS = ("farshore: ", "[target.dial.refused]")
_LINES = 4
# What programs say besides: of locales, with -v, and java.util.logging's lines with their time.
_NOISE = re.compile(
    r"locale is |locale charset is |using default charset |\* |> |[{}] |paramiko\.transport: (?:Traceback|\s)"
    r"|\w{3} \d+, \d{4} .* (?:AM|PM) |WARNING: |\[ WARN\] |java\.|\s+at "
)
_IDS = re.compile(r"\s*(?:ClientConnectionId:|\(CONNECTION_ID=)[^\s)]*\)?")
_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d{4,5}|(?<=port )\d{4,5}")
Command = Callable[[str, int, Path], Sequence[str]]


class Shown(StrEnum):
    """Which certificate the gateway shows: one that it has made, or a configured one, of which clients can know."""

    MADE = "made"
    KNOWN = "known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of one attempt."""

    lines: tuple[str, ...]
    took_s: float

    @property
    def text(self) -> str:
        """All of it in one line."""
        return " ".join(self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A client, and what has to stand in what it prints; `cannot` says why that is not our text, if it isn't."""

    name: str
    protocol: str
    command: Command
    script: str = ""
    says: tuple[str, ...] = OURS
    cannot: str = ""
    remark: str = ""
    shown: Shown = Shown.MADE

    def told(self, gateways: Mapping[Shown, Gate], mode: str, folder: Path) -> Told:
        """Let it try once. Skips the test, by name, where its program is missing."""
        gateway = gateways[self.shown]
        port = gateway.ports[f"{self.protocol}-{mode}"]
        command = self.command(gateway.host, port, folder)
        start_s = time.monotonic()
        done = subprocess.run(
            command,
            input=self.script,
            capture_output=True,
            text=True,
            check=False,
            timeout=ATTEMPT_S,
            cwd=ROOT,
            env=ENVIRONMENT,
            errors="replace",
        )
        took_s = time.monotonic() - start_s
        return Told(lines=_equal(done.stdout, done.stderr, PORTS[self.protocol], Path(command[0])), took_s=took_s)


@contextmanager
def refusing(folder: Path) -> Iterator[Mapping[Shown, Gate]]:
    """Gateways with a route to nobody for each protocol and each way to refuse: `PROTOCOL-MODE`.

    The folder gets what clients need to know the certificate of one of them.
    """
    routes = [(protocol, mode) for protocol in PORTS for mode in MODES]
    targets = {f"{protocol}-{mode}": f"{LOOPBACK.host}:{free_port()}" for protocol, mode in routes}
    own: Mapping[str, Mapping[str, str]] = {
        f"{protocol}-{mode}": {"protocol": protocol, "refuse": mode} for protocol, mode in routes
    }
    direct = {"kind": "direct"}
    tls = _certified(folder)
    with (
        gate(egress=direct, targets=targets, own=own) as made,
        gate(egress=direct, targets=targets, own=own, top={"refuse_tls": tls}) as known,
    ):
        yield {Shown.MADE: made, Shown.KNOWN: known}


def _certified(folder: Path) -> Mapping[str, str]:
    """A certificate for the loopback address, with its key, and for Java as a file of what it trusts."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, LOOPBACK.host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK.host))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.touch(0o600)
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    lock = serialization.BestAvailableEncryption(TRUST_PASSWORD.encode())
    trusted = pkcs12.serialize_java_truststore([pkcs12.PKCS12Certificate(made, b"farshore")], lock)
    (folder / "trust.p12").write_bytes(trusted)
    return {"certificate": str(certificate), "key": str(private)}


def _equal(stdout: str, stderr: str, port: int, binary: Path) -> tuple[str, ...]:
    answers = (json.loads(line) for line in stdout.splitlines() if line.startswith("{"))
    said = "".join(f"{answer['error']}\n" for answer in answers) or stdout
    said = _IDS.sub("", _PORT.sub(str(port), said + stderr).replace(str(binary), binary.name))
    lines = [" ".join(line.split()) for line in said.splitlines() if line.strip() and not _NOISE.match(line)]
    return tuple(lines[:_LINES])


def _python(driver: str) -> Command:
    def command(host: str, port: int, folder: Path) -> Sequence[str]:
        return [sys.executable, "-m", "tests.interop.drivers", "query", driver, host, str(port), str(folder)]

    return command


def _curl(scheme: str) -> Command:
    def command(host: str, port: int, _folder: Path) -> Sequence[str]:
        return [program("curl", "curl"), "-sSv", "--noproxy", "*", "--max-time", "30", f"{scheme}://{host}:{port}/"]

    return command


def _lftp(host: str, port: int, _folder: Path) -> Sequence[str]:
    settings = "set net:max-retries 1; set net:timeout 30; set cmd:fail-exit yes"
    return [program("lftp", "lftp"), "--norc", "-c", f"{settings}; open ftp://{host}:{port}; cls"]


def _sftp(host: str, port: int, _folder: Path) -> Sequence[str]:
    options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes"]
    flags = [word for option in options for word in ("-o", option)]
    return [program("sftp", "openssh-client"), "-F", "none", *flags, "-P", str(port), f"{USER}@{host}"]


def _mssql(settings: str) -> Command:
    return jdbc("mssql-jdbc", f"jdbc:sqlserver://{{}}:{{}};loginTimeout=30;{settings}")


def _psql(settings: str) -> Command:
    def command(host: str, port: int, folder: Path) -> Sequence[str]:
        known = f" sslrootcert={folder}/certificate.pem" if "verify" in settings else ""
        conninfo = f"host={host} port={port} user={USER} dbname=postgres connect_timeout=30 {settings}{known}"
        return [program("psql", "postgresql-client"), conninfo, "-XAtq", "-c", "SELECT 1"]

    return command


def _pgjdbc(settings: str) -> Command:
    return jdbc("postgresql", f"jdbc:postgresql://{{}}:{{}}/postgres?{settings}")


def _of(name: str, protocol: str, title: str = "") -> Refused:
    client = next(client for client in CLIENTS if client.name == name)
    return Refused(name=title or name, protocol=protocol, command=client.command, script=client.script)


def _trusting(name: str, protocol: str, command: Command, distrusts: str, remark: str = "") -> Iterator[Refused]:
    """A client that wants to know the certificate, before one that it knows and one that it does not."""
    yield Refused(
        name=f"{name}, `refuse_tls` with a certificate that it knows",
        protocol=protocol,
        command=command,
        remark=remark,
        shown=Shown.KNOWN,
    )
    yield Refused(name=name, protocol=protocol, command=command, says=(distrusts,), cannot=_DISTRUSTS)


_DISTRUSTS = "it knows no certificate that was made at start, and breaks off before anything can be told"
_NUMBER = "it prints its own text for the number and nothing else; 12543 is the one that misleads least"
_TRUSTS = f"trustStore={{folder}}/trust.p12;trustStorePassword={TRUST_PASSWORD}"
_RETRIES = "it tries again until `login_timeout`, 10 s here, after a reset too; the reason is its error's cause"

REFUSED = (
    _of("psql", "postgres"),
    Refused(name="psql, `sslmode=require`", protocol="postgres", command=_psql("sslmode=require")),
    *_trusting("psql, `sslmode=verify-full`", "postgres", _psql("sslmode=verify-full"), "certificate verify failed"),
    _of("psycopg", "postgres"),
    _of("pgjdbc", "postgres"),
    Refused(name="pgjdbc, `sslmode=require`", protocol="postgres", command=_pgjdbc("sslmode=require")),
    Refused(
        name="pgjdbc, `sslNegotiation=direct`",
        protocol="postgres",
        command=_pgjdbc("sslmode=require&sslNegotiation=direct"),
    ),
    *_trusting(
        "pgjdbc, `sslmode=verify-full`",
        "postgres",
        _pgjdbc("sslmode=verify-full&sslrootcert={folder}/certificate.pem"),
        "PKIX path building failed",
    ),
    _of("mariadb", "mysql"),
    _of("pymysql", "mysql", "PyMySQL"),
    _of("mariadb-jdbc", "mysql", "MariaDB JDBC"),
    Refused(
        name="MariaDB JDBC, `sslMode=verify-full`",
        protocol="mysql",
        command=jdbc("mariadb-java-client", "jdbc:mariadb://{}:{}/shore?sslMode=verify-full"),
        remark="it is told in the clear, before it can ask for TLS",
    ),
    _of("tsql", "sqlserver"),
    _of("pymssql", "sqlserver"),
    Refused(name='pymssql, `encryption="require"`', protocol="sqlserver", command=_python("pymssql-tls")),
    Refused(name="python-tds", protocol="sqlserver", command=_python("pytds-plain"), remark=_RETRIES),
    *_trusting("python-tds, `cafile`", "sqlserver", _python("pytds"), "certificate verify failed", _RETRIES),
    Refused(
        name="mssql-jdbc, `encrypt=false`",
        protocol="sqlserver",
        command=_mssql("encrypt=false"),
        remark="it holds 40613 for transient and tries again by itself",
    ),
    Refused(
        name="mssql-jdbc, `encrypt=true`, `trustServerCertificate=true`",
        protocol="sqlserver",
        command=_mssql("encrypt=true;trustServerCertificate=true"),
    ),
    *_trusting(
        "mssql-jdbc, `encrypt=true`", "sqlserver", _mssql(f"encrypt=true;{_TRUSTS}"), "PKIX path building failed"
    ),
    *_trusting(
        "mssql-jdbc, `encrypt=strict`", "sqlserver", _mssql(f"encrypt=strict;{_TRUSTS}"), "PKIX path building failed"
    ),
    Refused(
        name="python-oracledb", protocol="oracle", command=_python("oracledb"), says=("ORA-12543",), cannot=_NUMBER
    ),
    Refused(
        name="ojdbc11",
        protocol="oracle",
        command=jdbc("ojdbc11", "jdbc:oracle:thin:@//{}:{}/shore"),
        says=("ORA-12543", "destination host unreachable"),
        cannot=_NUMBER,
    ),
    _of("ftplib", "ftp"),
    Refused(
        name="curl -v",
        protocol="ftp",
        command=_curl("ftp"),
        remark="without `-v` the last line alone: 421 is a timeout to it",
    ),
    Refused(
        name="lftp", protocol="ftp", command=_lftp, remark="with `net:max-retries 1`; without, it waits and tries again"
    ),
    Refused(name="OpenSSH sftp", protocol="sftp", command=_sftp),
    Refused(
        name="paramiko",
        protocol="sftp",
        command=_python("paramiko"),
        remark="its exception says nothing; its log has the text, at level INFO",
    ),
    Refused(name="curl -v", protocol="http", command=_curl("http")),
)
