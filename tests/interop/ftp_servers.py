"""vsftpd and proftpd with a folder to read from and one to write to, ended by pid."""

import grp
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.interop.parts import ROOT, need_root, program, skip_missing
from tests.interop.servers import LOOPBACK, Place
from tests.interop.service import Service

START_S = 30.0
STOP_S = 10.0
PROFTPD = ROOT / ".build" / "proftpd" / "usr" / "sbin" / "proftpd"


@dataclass(frozen=True, slots=True, kw_only=True)
class FtpServer:
    """A running one: `files` is what clients see at the top, and `files / "up"` takes what they send."""

    name: str
    port: int
    files: Path


@contextmanager
def ftp_server(name: str, blob: Path, place: Place = LOOPBACK) -> Iterator[FtpServer]:
    """Run it for as long as the block lasts, with the blob as `blob` in it. Skips, by name, where it is missing."""
    need_root(name)
    with TemporaryDirectory(prefix="farshore-ftp-") as top:
        Path(top).chmod(0o711)
        files, port = Path(top) / "files", place.port(Service.FTP)
        (files / "up").mkdir(parents=True)
        (files / "up").chmod(0o777)
        shutil.copyfile(blob, files / "blob")
        (files / "blob").chmod(0o644)
        command = [*place.prefix, *_COMMANDS[name](Path(top), files, place.host, port)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, cwd="/")
        try:
            await_port(place, port, process)
            yield FtpServer(name=name, port=port, files=files)
        finally:
            end(process)


def _vsftpd(top: Path, files: Path, host: str, port: int) -> Sequence[str]:
    binary = program("vsftpd", "vsftpd")
    (top / "empty").mkdir()
    return [binary, str(_written(top / "vsftpd.conf", "=", {
        "listen": "YES",
        "listen_address": host,
        "listen_port": port,
        "background": "NO",
        "anonymous_enable": "YES",
        "anon_root": files,
        "anon_upload_enable": "YES",
        "anon_umask": "022",
        "write_enable": "YES",
        "secure_chroot_dir": top / "empty",
        "seccomp_sandbox": "NO",
        "check_shell": "NO",
        "max_clients": 0,
        "max_per_ip": 0,
        "one_process_model": "NO",
        # A server behind NAT that names an address which nobody here has.
        "pasv_address": "192.0.2.9",
    }))]  # fmt: skip


def _proftpd(top: Path, files: Path, host: str, port: int) -> Sequence[str]:
    if not PROFTPD.exists():
        skip_missing("proftpd")
    user = pwd.getpwnam("nobody")
    settings = {
        "ServerType": "standalone",
        "DefaultAddress": host,
        "SocketBindTight": "on",
        "Port": port,
        "UseReverseDNS": "off",
        "WtmpLog": "off",
        "TransferLog": "none",
        "SystemLog": top / "log",
        "PidFile": top / "pid",
        "ScoreboardFile": top / "scoreboard",
        "User": user.pw_name,
        "Group": grp.getgrgid(user.pw_gid).gr_name,
        "MaxInstances": "none",
        "AllowStoreRestart": "on",
        "AllowRetrieveRestart": "on",
        "MasqueradeAddress": "192.0.2.9",
    }
    config = _written(top / "proftpd.conf", " ", settings)
    anonymous = ("User nobody", "UserAlias anonymous nobody", "RequireValidShell off", "UseFtpUsers off")
    config.write_text(config.read_text() + "\n".join([f"<Anonymous {files}>", *anonymous, "</Anonymous>", ""]))
    return [str(PROFTPD), "--nodaemon", "--config", str(config)]


_COMMANDS: dict[str, Callable[[Path, Path, str, int], Sequence[str]]] = {"vsftpd": _vsftpd, "proftpd": _proftpd}


def _written(path: Path, between: str, settings: dict[str, object]) -> Path:
    path.write_text("".join(f"{name}{between}{value}\n" for name, value in settings.items()))
    path.chmod(0o600)
    return path


def await_port(place: Place, port: int, process: subprocess.Popen[bytes]) -> None:
    """Until it listens.

    Raises:
        RuntimeError: it has ended, or does not listen in 30 s.
    """
    until_s = time.monotonic() + START_S
    probe = f"import socket; socket.create_connection(({place.host!r}, {port}), 1)"
    while subprocess.run([*place.prefix, sys.executable, "-c", probe], capture_output=True, check=False).returncode:
        if process.poll() is not None or time.monotonic() > until_s:
            msg = f"nothing listens on {place.host}:{port}; exit code {process.poll()}"
            raise RuntimeError(msg)
        time.sleep(0.05)


def end(process: subprocess.Popen[bytes]) -> None:
    """End it and what it has started, and wait."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_S)
    try:
        os.killpg(process.pid, signal.SIGKILL)  # the children of clients that have not left yet
    except ProcessLookupError:
        return
