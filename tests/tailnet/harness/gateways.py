"""The gateway under test: `farshore serve` as a process in the pod, and the lines it writes."""

import contextlib
import json
import os
import shutil
import signal
import socket
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from tests.tailnet.harness.daemons import Daemon
from tests.tailnet.harness.nodes import SOCKS_PORT
from tests.tailnet.harness.tailnet import Tailnet
from tests.tailnet.harness.waiting import until

Egress = dict[str, Any]
CLIENT_PATIENCE_S = 20.0
SOCKS_ADDRESS = f"127.0.0.1:{SOCKS_PORT}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of clients that came together: the connection log's lines, and what each client received."""

    lines: list[dict[str, Any]]
    received: list[bytes]

    @property
    def codes(self) -> dict[str, int]:
        """How many ended with each code."""
        return dict(Counter(str(line["code"]) for line in self.lines))


class Gateway:
    """One running gateway; routes are known by name."""

    def __init__(self, tailnet: Tailnet, ports: Mapping[str, int], health: int, daemon: Daemon, admin: int = 0) -> None:
        """`ports` says where each route listens, `health` where /metrics is, `admin` where /stats is (0: nowhere).

        All are on 127.0.0.1 of the pod.
        """
        self.ports = ports
        self.health = health
        self.admin = admin
        self.daemon = daemon
        self._tailnet = tailnet

    def dial(self, route: str, *, timeout_s: float = CLIENT_PATIENCE_S) -> socket.socket:
        """A client of a route."""
        return self._tailnet.gw.namespace.connect("127.0.0.1", self.ports[route], timeout_s=timeout_s)

    def lines(self, event: str, **fields: object) -> list[dict[str, Any]]:
        """What the gateway has written about an event so far, of the lines that have these fields."""
        return _chosen(self._written(), event, fields)

    def endings(self, count: int, *, deadline_s: float = 30.0, **fields: object) -> list[dict[str, Any]]:
        """The connection log's lines that have these fields, once there are as many; more than that is wrong."""

        def enough() -> list[dict[str, Any]]:
            found = self.lines("connection-ended", **fields)
            return found if len(found) >= count else []

        lines = until(enough, f"{count} endings with {fields}", deadline_s=deadline_s)
        assert len(lines) == count, lines
        return lines

    def send(self, route: str, payload: bytes, *, clients: int = 1) -> Sent:
        """Let clients connect at once, each send `payload` and read to the end; what became of them."""
        before = len(self._written())
        with ThreadPoolExecutor(clients) as together:
            served = list(together.map(lambda _: self._send_one(route, payload), range(clients)))
        names = {name for name, _ in served}

        def ended() -> list[dict[str, Any]]:
            lines = _chosen(self._written()[before:], "connection-ended", {"route": route})
            mine = [line for line in lines if line["client"] in names]
            return mine if len(mine) >= clients else []

        lines = until(ended, f"{clients} endings on {route}")
        assert len(lines) == clients, lines
        return Sent(lines=lines, received=[received for _, received in served])

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that have these labels, as Prometheus would scrape them now."""
        with self._tailnet.gw.namespace.connect("127.0.0.1", self.health) as connection:
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n")
            response = HTTPResponse(connection)
            response.begin()
            text = response.read().decode()
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        return sum(s.value for s in samples if s.name == name and labels.items() <= s.labels.items())

    def farshore(self, *arguments: str) -> str:
        """Another `farshore` command in the pod, which must succeed; its standard output."""
        done = self._tailnet.gw.run(sys.executable, "-m", "farshore", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stop(self) -> int | None:
        """Ask it to end (SIGTERM), and wait; its exit code."""
        self.daemon.stop(signal.SIGTERM)
        return self.daemon.returncode

    def _written(self) -> list[dict[str, Any]]:
        lines = self.daemon.log_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]

    def _send_one(self, route: str, payload: bytes) -> tuple[str, bytes]:
        received = b""
        with self._tailnet.gw.namespace.tcp_socket() as client:
            client.settimeout(CLIENT_PATIENCE_S)
            client.bind(("127.0.0.1", 0))
            name = f"127.0.0.1:{client.getsockname()[1]}"
            with contextlib.suppress(ConnectionError):
                client.connect(("127.0.0.1", self.ports[route]))
                client.sendall(payload)
                while data := client.recv(65536):
                    received += data
        return name, received


def _chosen(written: list[dict[str, Any]], event: str, fields: Mapping[str, object]) -> list[dict[str, Any]]:
    return [line for line in written if line["event"] == event and fields.items() <= line.items()]


@contextlib.contextmanager
def serving(
    tailnet: Tailnet,
    egresses: Mapping[str, Egress],
    routes: Mapping[str, tuple[str, str]],
    *,
    paths: Sequence[Mapping[str, object]] = (),
    hold: str | None = None,
    dead_path_grace: str = "10s",
    protocol: str = "tcp",
    protocols: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
    probe: str | None = None,
    as_user: int | None = None,
    **settings: object,
) -> Iterator[Gateway]:
    """A gateway with these egresses and routes: name -> (egress, target as `host:port`). Other settings as in a file.

    Every route speaks this `protocol`, or what `protocols` says of it, has these `paths`,
    holds its clients as it would by itself unless `hold` says
    how long, gives a dead path that grace and looks at its target as `probe` says; `env` adds to the environment,
    `as_user` runs it under another user id.
    It drains without waiting unless `drain` is given; it must end with exit code 0 and without a traceback.
    """
    ports = {name: tailnet.free_port() for name in routes}
    health, admin = tailnet.free_port(), tailnet.free_port()
    config = {
        "egresses": egresses,
        "routes": [
            {
                "name": name,
                "listen": f"127.0.0.1:{ports[name]}",
                "target": target,
                "egress": egress,
                "paths": list(paths),
                "hold": hold,
                "dead_path_grace": dead_path_grace,
                "protocol": (protocols or {}).get(name, protocol),
                "probe": probe,
            }
            for name, (egress, target) in routes.items()
        ],
        "health": f"127.0.0.1:{health}",
        "admin": f"127.0.0.1:{admin}",
        "drain": {"settle": 0, "grace": 0},
        **settings,
    }
    folder = tailnet.folder / f"gateway-{health}"
    folder.mkdir()
    path = folder / "farshore.yaml"
    path.write_text(json.dumps(config, indent=1))
    command = [*_under(as_user), sys.executable, "-m", "farshore", "serve", "-c", str(path)]
    daemon = Daemon(tailnet.gw.namespace, folder / "log", *command, env={"PATH": os.environ["PATH"], **(env or {})})
    gateway = Gateway(tailnet, ports, health, daemon, admin)
    try:
        until(lambda: gateway.lines("ready") or not daemon.is_running, "the gateway to be ready")
        assert daemon.is_running, daemon.log_text()
        yield gateway
    finally:
        code = gateway.stop()
    assert (code, "Traceback" in daemon.log_text()) == (0, False), daemon.log_text()[-3000:]
    shutil.rmtree(folder)


def _under(user: int | None) -> list[str]:
    """What runs a program as another user, who may read what root's interpreter needs."""
    if user is None:
        return []
    reading = [f"--{kind}-caps=+dac_read_search" for kind in ("inh", "ambient")]
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *reading]


def egresses(tailnet: Tailnet, kinds: Sequence[str]) -> dict[str, Egress]:
    """Egresses of the pod by kind; `socks5-alone` is a SOCKS port without the socket beside it."""
    path = str(tailnet.gw.socket)
    known: dict[str, Egress] = {
        "tailscaled": {"kind": "tailscaled", "socket": path},
        "socks5": {"kind": "socks5", "address": SOCKS_ADDRESS, "localapi": path},
        "socks5-alone": {"kind": "socks5", "address": SOCKS_ADDRESS},
        "connect": {"kind": "connect", "address": SOCKS_ADDRESS, "localapi": path},
        "direct": {"kind": "direct", "localapi": path},
    }
    return {kind: known[kind] for kind in kinds}
