"""Real servers as processes of our own: started on a given address, ready when they answer, ended by pid.

Every server holds the same little table, `people`, so that one question has one right answer whatever is asked.
A `Place` says where: loopback, or an address inside a network namespace, entered with a command put in front.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from pysqlbridge import certificate
from tests.interop.parts import ROOT, need_root, program
from tests.interop.service import BLOB_BYTES, PASSWORD, TABLE, USER, WELL_KNOWN_PORTS, Service
from tests.ports import free_port

HERE = Path(__file__).parent
START_S = 60.0
STOP_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where servers run: the address to listen on, the command that enters its network, the ports to use."""

    host: str
    prefix: tuple[str, ...]
    port: Callable[[Service], int]


LOOPBACK = Place(host="127.0.0.1", prefix=(), port=lambda _: free_port())


def namespace(name: str, host: str) -> Place:
    """An address inside a network namespace, where the well-known ports are free."""
    return Place(host=host, prefix=("ip", "netns", "exec", name), port=WELL_KNOWN_PORTS.__getitem__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server. `folder` holds its data, its log and what its clients need (key, blob)."""

    service: Service
    host: str
    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """End it at once, without a word to its clients."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_S)


@dataclass(slots=True)
class Servers:
    """The servers of one place, each started when first asked for and kept."""

    place: Place
    folder: Path
    _stack: ExitStack
    _running: dict[Service, Server] = field(default_factory=dict)
    _ports: dict[Service, int] = field(default_factory=dict)

    def address(self, service: Service) -> str:
        """`host:port` where the server is, or will be once it is asked for."""
        return f"{self.place.host}:{self.port(service)}"

    def get(self, service: Service) -> Server:
        """The server of this kind. Skips the test, by name, where its program is missing."""
        if service not in self._running:
            folder = self.folder / service
            folder.mkdir(parents=True)
            self._running[service] = self._stack.enter_context(running(service, self.place, folder, self.port(service)))
        return self._running[service]

    def port(self, service: Service) -> int:
        """Where it listens, or will."""
        if service not in self._ports:
            self._ports[service] = self.place.port(service)
        return self._ports[service]


@contextmanager
def servers_at(place: Place) -> Iterator[Servers]:
    """Servers for as long as the block lasts, in a temporary folder that their own users can reach."""
    with TemporaryDirectory(prefix="farshore-servers-") as folder, ExitStack() as stack:
        Path(folder).chmod(0o711)
        yield Servers(place, Path(folder), stack)


@contextmanager
def running(service: Service, place: Place, folder: Path, port: int) -> Iterator[Server]:
    """Run one server over an empty folder, from when it answers until the block ends.

    Raises:
        RuntimeError: it ended, or did not answer in 60 s; the text holds the end of its log.
    """
    command, stop = _PREPARE[service](place.host, port, folder)
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*place.prefix, *command], stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, cwd="/"
        )
    try:
        _await_answer(service, place, port, process, log)
        yield Server(service=service, host=place.host, port=port, folder=folder, process=process)
    finally:
        _end(process, stop)


def _await_answer(service: Service, place: Place, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    ask = [sys.executable, "-m", "tests.interop.drivers", "ready", service, place.host, str(port)]
    probe = [*place.prefix, *ask, str(START_S), str(process.pid)]
    answered = subprocess.run(probe, capture_output=True, text=True, check=False, cwd=ROOT)
    if answered.returncode != 0:
        text = f"{service} did not answer on {place.host}:{port}: {answered.stderr.strip()[-500:]}"
        msg = f"{text}\n{log.read_text(errors='replace')[-2000:]}"
        raise RuntimeError(msg)


def _end(process: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(stop)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_S)
    try:
        os.killpg(process.pid, signal.SIGKILL)  # what a forking server left behind in the session made for it
    except ProcessLookupError:
        return


Prepared = tuple[Sequence[str], signal.Signals]


def _as_user(user: str) -> list[str]:
    """The command that sheds root, where the tests run as root; these servers refuse to run as root."""
    if os.geteuid() != 0:
        return []
    return [program("setpriv", "util-linux"), f"--reuid={user}", f"--regid={user}", "--init-groups"]


def _owned_by(user: str, folder: Path) -> Path:
    """A fresh folder below `folder` that `user` owns."""
    data = folder / "data"
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        _run(["chown", user, str(data)])
    return data


def _run(command: Sequence[str], text: str = "") -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode != 0:
        msg = f"{command[0]} ended with {done.returncode}: {done.stderr[-1000:]}{done.stdout[-1000:]}"
        raise RuntimeError(msg)


def _postgres(host: str, port: int, folder: Path) -> Prepared:
    binary = program("/usr/lib/postgresql/*/bin/postgres", "postgresql")
    initdb = str(Path(binary).with_name("initdb"))
    shed, data = _as_user("postgres"), _owned_by("postgres", folder)
    secret = folder / "secret"
    secret.write_text(PASSWORD)
    _run([*shed, initdb, "-D", str(data), "-A", "scram-sha-256", f"--pwfile={secret}", "-U", USER, "-E", "UTF8", "-N"])
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write("host all all 0.0.0.0/0 scram-sha-256\n")
    _run([*shed, binary, "--single", "-D", str(data), "postgres"], ";\n".join(TABLE) + ";\n")
    settings = {
        "port": port,
        "listen_addresses": host,
        "unix_socket_directories": "",
        "max_connections": 400,
        "fsync": "off",
    }
    flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [*shed, binary, "-D", str(data), *flags], signal.SIGINT


def _mariadb(host: str, port: int, folder: Path) -> Prepared:
    binary = program("mariadbd", "mariadb-server")
    installer = program("mariadb-install-db", "mariadb-server")
    shed, data = _as_user("mysql"), _owned_by("mysql", folder)
    _run([*shed, installer, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"])
    first = folder / "first.sql"
    lines = [
        f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}'",
        "CREATE DATABASE shore",
        f"GRANT ALL ON shore.* TO '{USER}'@'%'",
        "USE shore",
        *TABLE,
    ]
    first.write_text("".join(f"{line};\n" for line in lines))
    flags = [
        f"--datadir={data}",
        f"--bind-address={host}",
        f"--port={port}",
        f"--socket={data}/socket",
        f"--init-file={first}",
        "--skip-name-resolve",
        "--max-connections=2000",  # it is slow to see that who read a greeting has gone
        "--max-connect-errors=1000000",  # clients that leave after the greeting are errors to it, 100 block the host
    ]
    return [*shed, binary, "--no-defaults", *flags], signal.SIGTERM


def _sqlserver(host: str, port: int, folder: Path) -> Prepared:
    table = folder / "people.csv"
    table.write_text("id,name\n1,Ada\n2,Grace\n")
    config = folder / "config.json"
    served = {"logins": [{"user": USER, "password": PASSWORD}], "tables": [{"name": "people", "csv": str(table)}]}
    config.write_text(json.dumps(served))
    flags = ["--config", str(config), "--host", host, "--port", str(port)]
    shown, key = folder / "certificate.pem", folder / "key.pem"
    made = certificate.self_signed()
    shown.write_bytes(made.cert_pem)
    key.write_bytes(made.key_pem)
    return [sys.executable, str(HERE / "tds_server.py"), str(shown), str(key), *flags], signal.SIGTERM


def _ssh(host: str, port: int, folder: Path) -> Prepared:
    binary = program("sshd", "openssh-server")
    keygen = program("ssh-keygen", "openssh-client")
    for name in ("host_key", "client_key"):
        _run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)])
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it drops its privileges; the package's own start makes it too
    config = folder / "sshd_config"
    lines = [
        f"ListenAddress {host}:{port}",
        f"HostKey {folder}/host_key",
        f"AuthorizedKeysFile {folder}/client_key.pub",
        f"PidFile {folder}/pid",
        "StrictModes no",
        "PermitRootLogin prohibit-password",
        "PasswordAuthentication no",
        "UsePAM no",
        "MaxStartups 1000",
        "Subsystem sftp internal-sftp",
        "UseDNS no",
    ]
    config.write_text("\n".join(lines) + "\n")
    return [binary, "-D", "-e", "-f", str(config)], signal.SIGTERM


def _ftp(host: str, port: int, folder: Path) -> Prepared:
    binary = program("vsftpd", "vsftpd")
    need_root("vsftpd")
    served, empty = folder / "served", folder / "empty"
    served.mkdir()
    empty.mkdir()
    config = folder / "vsftpd.conf"
    settings = {
        "listen": "YES",
        "listen_address": host,
        "listen_port": port,
        "background": "NO",
        "anonymous_enable": "YES",
        "anon_root": served,
        "secure_chroot_dir": empty,
        "seccomp_sandbox": "NO",
        "check_shell": "NO",
        "max_clients": 0,
        "max_per_ip": 0,
    }
    config.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    config.chmod(0o600)
    return [binary, str(config)], signal.SIGTERM


def _blob(host: str, port: int, folder: Path) -> Prepared:
    blob = folder / "blob"
    with blob.open("wb") as out:
        for _ in range(BLOB_BYTES // 1_000_000):
            out.write(os.urandom(1_000_000))
    return [sys.executable, str(HERE / "blobs.py"), host, str(port), str(blob)], signal.SIGTERM


_PREPARE: dict[Service, Callable[[str, int, Path], Prepared]] = {
    Service.POSTGRES: _postgres,
    Service.MARIADB: _mariadb,
    Service.SQLSERVER: _sqlserver,
    Service.SSH: _ssh,
    Service.FTP: _ftp,
    Service.BLOB: _blob,
}
