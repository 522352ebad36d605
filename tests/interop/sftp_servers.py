"""OpenSSH with its SFTP server, and a user with a password that only this server knows: this host's users stay as are.

The server runs in a mount namespace of its own, in which `/etc/passwd` and `/etc/shadow` have one line more.
"""

import base64
import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.interop.ftp_servers import await_port, end
from tests.interop.parts import need_root, program
from tests.interop.servers import LOOPBACK
from tests.interop.service import PASSWORD, USER, Service

_NOBODYS_ID = 60123
_MOUNT = 'mount --bind "$0/passwd" /etc/passwd && mount --bind "$0/shadow" /etc/shadow && exec "$@"'


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpServer:
    """A running one: `USER` may log in with `PASSWORD`, or with `client_key`, to `home`, which has one file in it."""

    port: int
    host_key: str
    client_key: Path
    log: Path


@contextmanager
def sftp_server() -> Iterator[SftpServer]:
    """Run it for as long as the block lasts. Skips, by name, where a part is missing."""
    need_root("a password for OpenSSH")
    binary, keygen = program("sshd", "openssh-server"), program("ssh-keygen", "openssh-client")
    unshare, openssl = program("unshare", "util-linux"), program("openssl", "openssl")
    with TemporaryDirectory(prefix="farshore-sftp-") as top:
        folder, port = Path(top), LOOPBACK.port(Service.SSH)
        folder.chmod(0o755)
        (folder / "home").mkdir()
        (folder / "home" / "a-file").write_text("x")
        for name in ("host_key", "client_key"):
            subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
        (folder / "client_key.pub").chmod(0o644)
        hashed = subprocess.run(
            [openssl, "passwd", "-6", "-stdin"], input=PASSWORD, capture_output=True, text=True, check=True
        ).stdout.strip()
        _extended(folder / "passwd", f"{USER}:x:{_NOBODYS_ID}:{_NOBODYS_ID}::{folder}/home:/bin/sh", 0o644)
        _extended(folder / "shadow", f"{USER}:{hashed}:20000:0:99999:7:::", 0o600)
        Path("/run/sshd").mkdir(exist_ok=True)
        config = folder / "sshd_config"
        config.write_text(
            f"ListenAddress {LOOPBACK.host}:{port}\nHostKey {folder}/host_key\nPidFile {folder}/pid\nStrictModes no\n"
            f"AuthorizedKeysFile {folder}/client_key.pub\nPasswordAuthentication yes\nUsePAM no\nUseDNS no\n"
            "MaxStartups 1000\nSubsystem sftp internal-sftp\n"
        )
        inside = ["sh", "-c", _MOUNT, str(folder), binary, "-D", "-e", "-f", str(config)]
        with (folder / "log").open("wb") as out:
            process = subprocess.Popen(
                [unshare, "--mount", *inside], stdin=subprocess.DEVNULL, stderr=out, start_new_session=True, cwd="/"
            )
        try:
            await_port(LOOPBACK, port, process)
            yield SftpServer(
                port=port,
                host_key=_fingerprint(folder / "host_key.pub"),
                client_key=folder / "client_key",
                log=folder / "log",
            )
        finally:
            end(process)


def _extended(path: Path, line: str, mode: int) -> None:
    own = Path("/etc") / path.name
    path.write_text(f"{own.read_text()}{line}\n")
    path.chmod(mode)


def _fingerprint(public: Path) -> str:
    digest = hashlib.sha256(base64.b64decode(public.read_text().split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
