"""Farshore as process 1 of a container with a tailscaled of its own: it reaps, drains, and says how it ended."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.tailnet.harness.daemons import Daemon
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.headscale import SERVER
from tests.tailnet.harness.nodes import ENVIRONMENT
from tests.tailnet.harness.tailnet import BINARIES, Tailnet
from tests.tailnet.harness.waiting import until

CONTAINER = ["unshare", "--pid", "--fork", "--mount-proc"]
INITS: list[list[str]] = [[], *([["tini", "--"]] if shutil.which("tini") else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A gateway in a PID namespace of its own: `init` and `program` are the same where nothing divided."""

    gateway: Gateway
    init: int
    folder: Path

    @property
    def daemon(self) -> Daemon:
        return self.gateway.daemon

    def changed(self) -> list[str]:
        return [line["phase"] for line in self.gateway.lines("tailscaled-changed")]


def stat(pid: int) -> list[str]:
    """`comm`, state, parent and so on of proc(5), or nothing of a process that is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    name, _, rest = text.partition("(")[2].rpartition(")")
    return [name, *rest.split()]


def children(pid: int) -> list[int]:
    numbers = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [number for number in numbers if stat(number)[2:3] == [str(pid)]]


def named(name: str) -> list[int]:
    numbers = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [number for number in numbers if stat(number)[:1] == [name]]


@contextmanager
def container(tailnet: Tailnet, before: list[str]) -> Iterator[Container]:
    folder = tailnet.folder / "container"
    folder.mkdir()
    config = folder / "farshore.yaml"
    made = tailnet.headscale.must("preauthkeys", "create", "--user", "1", "--expiration", "1h", "--ephemeral")
    settings = {
        "program": str(BINARIES / "tailscaled"),
        "socks5": "127.0.0.1:1067",
        "login_server": SERVER,
        "hostname": "contained",
    }
    text = {
        "routes": [{"listen": f"127.0.0.1:{tailnet.free_port()}", "target": "172.16.20.89:7"}],
        "tailscaled": settings,
        "health": None,
        "admin": None,
        "drain": {"settle": 0, "grace": 0},
    }
    config.write_text(json.dumps(text))
    command = [*CONTAINER, *before, sys.executable, "-m", "farshore", "serve", "-c", str(config)]
    env = {**ENVIRONMENT, "TS_AUTH_KEY": made.strip().splitlines()[-1]}
    daemon = Daemon(tailnet.gw.namespace, folder / "log", *command, env=env)
    gateway = Gateway(tailnet, {}, 0, daemon)
    try:
        until(lambda: gateway.lines("tailscaled-changed", phase="running"), "the child to be in the tailnet")
        (init,) = children(daemon.pid)
        yield Container(gateway=gateway, init=init, folder=folder)
    finally:
        daemon.stop(signal.SIGKILL)
        shutil.rmtree(folder)


def orphan(inside: Container) -> int:
    """A process whose parent has gone, as `kubectl exec` leaves one behind; its number out here."""
    program = inside.folder / f"orphan{os.getpid() % 10000}"
    shutil.copy("/bin/sleep", program)
    enter = ["nsenter", f"--pid=/proc/{inside.init}/ns/pid", "sh", "-c", f"{program} 60 >/dev/null 2>&1 &"]
    subprocess.run(enter, check=True, timeout=30)
    (pid,) = until(lambda: named(program.name), "the orphan")
    until(lambda: stat(pid)[2] == str(inside.init), "the orphan to be process 1's")
    return int(pid)


@pytest.mark.parametrize("before", INITS, ids=["alone", "tini"][: len(INITS)])
def test_process_1_reaps_drains_and_ends_in_order(tailnet: Tailnet, before: list[str]) -> None:
    with container(tailnet, before) as inside:
        pid = orphan(inside)
        os.kill(pid, signal.SIGKILL)
        until(lambda: not stat(pid), "the orphan to be reaped")
        os.kill(inside.init, signal.SIGTERM)
        until(lambda: not inside.daemon.is_running, "everything to end")
        assert inside.daemon.returncode == 0, inside.daemon.log_text()
        assert len(inside.gateway.lines("drain-ended")) == 1
        assert inside.changed()[-1] == "stopped"
        assert "contained" not in tailnet.headscale.nodes()


def test_a_program_that_is_killed_takes_its_child_along_and_is_told_outside(tailnet: Tailnet) -> None:
    with container(tailnet, []) as inside:
        (program,) = children(inside.init)
        (child,) = children(program)
        assert stat(child)[0] == "tailscaled"
        os.kill(program, signal.SIGKILL)
        until(lambda: not inside.daemon.is_running, "the container to end")
        assert inside.daemon.returncode == 128 + signal.SIGKILL
        assert not stat(child)
    tailnet.headscale.must("nodes", "delete", "-i", tailnet.headscale.node_id("contained"), "--force")
