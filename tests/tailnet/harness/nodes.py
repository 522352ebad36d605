"""One real tailscaled in a namespace of its own."""

import http.client
import json
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

from tests.tailnet.harness.daemons import Daemon
from tests.tailnet.harness.namespaces import Namespace
from tests.tailnet.harness.waiting import until

SOCKS_PORT = 1055
ENVIRONMENT = {
    "TS_DEBUG_USE_DERP_HTTP": "1",
    "TS_ASSUME_NETWORK_UP_FOR_TEST": "1",
    "TS_DISABLE_PORTMAPPER": "1",
    "TS_NO_LOGS_NO_SUPPORT": "1",
    "TS_PANIC_IF_HIT_MAIN_CONTROL": "1",
    "TS_DEBUG_FIREWALL_MODE": "nftables",
}
USERSPACE = "--tun=userspace-networking"
KERNEL = "--tun=tailscale0"


class Node:
    """A machine of the tailnet: its namespace, its tailscaled, its tailscale command."""

    def __init__(self, name: str, namespace: Namespace, folder: Path, binaries: Path, flags: tuple[str, ...]) -> None:
        """`flags` are tailscaled's standing ones; `start` may add to them."""
        self.name = name
        self.namespace = namespace
        self.folder = folder
        self.socket = folder / "s.sock"
        self.login_flags: tuple[str, ...] = ()
        self._binaries = binaries
        self._flags = flags
        self.started: list[Daemon] = []

    @property
    def daemon(self) -> Daemon:
        """The tailscaled that was started last."""
        assert self.started, f"tailscaled of {self.name} was never started"
        return self.started[-1]

    @property
    def pid(self) -> int:
        """tailscaled's process id."""
        return self.daemon.pid

    def start(self, *flags: str, env: dict[str, str] | None = None) -> None:
        """Start tailscaled, userspace unless a `--tun=` is among `flags`, and wait until its socket answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        tun = () if any(flag.startswith("--tun=") for flag in flags) else (USERSPACE,)
        daemon = Daemon(
            self.namespace,
            self.folder / "log",
            str(self._binaries / "tailscaled"),
            *tun,
            f"--statedir={self.folder}",
            f"--socket={self.socket}",
            "--port=41641",
            *self._flags,
            *flags,
            env={**ENVIRONMENT, "TS_LOGS_DIR": str(self.folder), **(env or {})},
        )
        self.started.append(daemon)
        until(self._answers, f"the socket of {self.name}'s tailscaled")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End tailscaled with a signal and wait until it is gone."""
        self.daemon.stop(number)

    def restart(self, *flags: str) -> None:
        """End tailscaled in order and start it with these flags; waits until it is in the tailnet again."""
        self.stop()
        self.start(*flags)
        self.until_running()

    def until_running(self) -> None:
        """Wait until tailscaled says Running and has its map from the control plane."""
        until(
            lambda: self.state() == "Running" and self.status()["Self"]["Online"], f"{self.name} to be in the tailnet"
        )

    def log_text(self) -> str:
        """What tailscaled has said over all its lives in this run."""
        return self.daemon.log_text()

    def tailscale(self, *arguments: str, timeout_s: float = 30.0) -> subprocess.CompletedProcess[str]:
        """The `tailscale` command against this node; the caller looks at `returncode`."""
        return self.run(str(self._binaries / "tailscale"), f"--socket={self.socket}", *arguments, timeout_s=timeout_s)

    def set(self, *settings: str) -> None:
        """`tailscale set` with these flags, which must be accepted."""
        done = self.tailscale("set", *settings)
        assert done.returncode == 0, done.stderr

    def login(self, server: str, key: str, *flags: str) -> None:
        """Log in with a pre-authentication key and the node's standing `login_flags`."""
        common = (f"--login-server={server}", f"--authkey={key}", f"--hostname={self.name}", "--accept-dns=false")
        done = self.tailscale("up", *common, *self.login_flags, *flags)
        assert done.returncode == 0, f"{self.name}: {done.stderr}"

    def status(self) -> dict[str, Any]:
        """The LocalAPI's status, as tailscaled gives it."""
        return dict(self._ask("/localapi/v0/status"))

    def state(self) -> str:
        """tailscaled's backend state, as `Running` or `NeedsLogin`."""
        return str(self.status()["BackendState"])

    def tailscale_ips(self) -> list[str]:
        """This node's own Tailscale addresses; none while logged out."""
        return list(self.status()["TailscaleIPs"] or [])

    def peers(self) -> dict[str, dict[str, Any]]:
        """The other nodes that this one knows, by host name."""
        return {peer["HostName"]: peer for peer in (self.status()["Peer"] or {}).values()}

    def routes_of(self, name: str) -> list[str]:
        """What this node believes is routed to another one; none if it doesn't know it."""
        return list(self.peers().get(name, {}).get("AllowedIPs") or [])

    def run(self, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a program in the node's namespace to its end."""
        return self.namespace.run(*command, **options)

    def popen(self, *command: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start a program in the node's namespace."""
        return self.namespace.popen(*command, **options)

    def _answers(self) -> bool:
        assert self.daemon.is_running, f"tailscaled of {self.name} ended:\n{self.log_text()[-2000:]}"
        try:
            return bool(self.state())
        except (OSError, http.client.HTTPException):
            return False

    def _ask(self, path: str) -> Any:
        connection = _UnixConnection(self.socket)
        try:
            connection.request("GET", path, headers={"Host": "local-tailscaled.sock"})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("local-tailscaled.sock", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
