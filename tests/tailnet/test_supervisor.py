"""A tailscaled of Farshore's own in the pod, beside the harness's: logged in, watched, restarted, ended in order."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from tests.tailnet.harness import faults, gateways, servers
from tests.tailnet.harness.daemons import Daemon
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.headscale import DERP_ADDRESS, SERVER
from tests.tailnet.harness.nodes import ENVIRONMENT
from tests.tailnet.harness.tailnet import BINARIES, PREFIX, SITES, TARGET, VIA_ONLY_TARGET, Tailnet
from tests.tailnet.harness.waiting import exactly, until

from farshore.config.tailscaled import Tailscaled
from farshore.core.clock import SystemClock
from farshore.core.events import Event, TailscaledChanged, TailscaledSaid
from farshore.tailnet.supervisor.keeper import Place, Supervisor

NAME = "own"
ROUTE = "db"
SOCKS = "127.0.0.1:1066"
PATHS: list[dict[str, object]] = [{"via": name, "site": site} for name, site in SITES.items()]
CLOSED = "client.transfer.closed"


def child_settings(**more: object) -> dict[str, object]:
    return {
        "program": str(BINARIES / "tailscaled"),
        "socks5": SOCKS,
        "login_server": SERVER,
        "hostname": NAME,
        **more,
    }


def new_key(tailnet: Tailnet, *flags: str) -> str:
    made = tailnet.headscale.must("preauthkeys", "create", "--user", "1", "--expiration", "1h", *flags)
    return made.strip().splitlines()[-1]


@contextmanager
def own_tailscaled(
    tailnet: Tailnet,
    env: dict[str, str],
    paths: list[dict[str, object]] = PATHS,
    *,
    hold: str = "12s",
    remedies: Mapping[str, object] | None = None,
    **settings: object,
) -> Iterator[tuple[Gateway, servers.Server]]:
    """A gateway with one route, over both routers' sites unless told otherwise, through a tailscaled of its own."""
    with tailnet.serving(servers.echo, host=VIA_ONLY_TARGET if paths else TARGET) as server:
        routes = {ROUTE: ("tailnet", f"{server.host}:{server.port}")}
        with gateways.serving(
            tailnet,
            {"tailnet": {"kind": "tailscaled"}},
            routes,
            paths=paths,
            hold=hold,
            remedies=remedies or {},
            env={**ENVIRONMENT, **env},
            tailscaled=child_settings(**settings),
        ) as gateway:
            yield gateway, server


def readyz(tailnet: Tailnet, gateway: Gateway) -> dict[str, Any]:
    return dict(json.loads(got(tailnet, gateway.health, "/readyz")))


def got(tailnet: Tailnet, port: int, path: str) -> bytes:
    with tailnet.gw.namespace.connect("127.0.0.1", port) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        response = HTTPResponse(connection)
        response.begin()
        return response.read()


def until_ready(tailnet: Tailnet, gateway: Gateway) -> None:
    until(lambda: readyz(tailnet, gateway)["ready"], f"readiness, but {readyz(tailnet, gateway)}", deadline_s=40)


def child_pid(gateway: Gateway) -> int:
    pids = until(lambda: [line["pid"] for line in gateway.lines("tailscaled-changed") if line["pid"]], "a child")
    return int(pids[-1])


def reasons(gateway: Gateway, phase: str) -> list[str]:
    return [line["reason"] for line in gateway.lines("tailscaled-changed", phase=phase)]


def ports_of(pid: int, *kinds: str) -> str:
    """The local ports of a process's own sockets of these kinds (proc_pid_net(5)), as a set of nftables."""
    links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    rows = [row.split() for kind in kinds for row in Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]]
    ports = {int(row[1].rpartition(":")[2], 16) for row in rows if f"socket:[{row[9]}]" in links}
    return f"{{ {', '.join(map(str, sorted(ports)))} }}"


def deaf(pid: int) -> str:
    """Rules for nftables: a tailscaled hears neither its peers nor the relay through the sockets that it has now.

    What it says still leaves: where sending fails, magicsock opens its sockets anew by itself.
    """
    udp, tcp = ports_of(pid, "udp", "udp6"), ports_of(pid, "tcp", "tcp6")
    return f"""
table inet deaf {{
  chain in {{
    type filter hook input priority 0
    udp dport {udp} drop
    ip saddr {DERP_ADDRESS} tcp dport {tcp} drop
  }}
}}
"""


def asked_once(gateway: Gateway) -> bytes:
    with gateway.dial(ROUTE) as client:
        client.sendall(b"SELECT 1")
        return exactly(client, 8)


def test_it_logs_in_with_a_key_from_the_environment_carries_and_logs_out(tailnet: Tailnet) -> None:
    key = new_key(tailnet, "--ephemeral")
    with own_tailscaled(tailnet, {"TS_AUTH_KEY": key}) as (gateway, _):
        until_ready(tailnet, gateway)
        assert asked_once(gateway) == b"SELECT 1"
        assert NAME in tailnet.headscale.nodes()
        pid = child_pid(gateway)
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        assert b"--tun=userspace-networking" in command
        assert b"--socks5-server=127.0.0.1:1066" in command
        places = [command, Path(f"/proc/{pid}/environ").read_bytes(), gateway.daemon.log.read_bytes()]
        places.append(Path(f"/proc/{gateway.daemon.pid}/cmdline").read_bytes())
        said = got(tailnet, gateway.admin, "/api/v1/tailscaled")
        assert {"tailscaled-said", "tailscaled-changed"} == {json.loads(line)["event"] for line in said.splitlines()}
        places.append(said)
        assert [place for place in places if key.encode() in place] == []
        assert reasons(gateway, "logging-in") == ["logging in with the key in TS_AUTH_KEY"]
    assert NAME not in tailnet.headscale.nodes()
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("paths", [PATHS, []], ids=["two-paths", "one-path"])
def test_a_child_that_is_killed_is_started_again_and_nobody_fails(
    tailnet: Tailnet, paths: list[dict[str, object]]
) -> None:
    with own_tailscaled(tailnet, {"TS_AUTHKEY": new_key(tailnet)}, paths) as (gateway, _):
        until_ready(tailnet, gateway)
        assert asked_once(gateway) == b"SELECT 1"
        gateway.endings(1)
        first = child_pid(gateway)
        os.kill(first, signal.SIGKILL)
        sent = [asked_once(gateway) for _ in range(10)]
        assert sent == [b"SELECT 1"] * 10
        assert {line["code"] for line in gateway.endings(11)} == {CLOSED}
        until_ready(tailnet, gateway)
        assert child_pid(gateway) != first
        assert reasons(gateway, "backing-off") == ["tailscaled was ended by SIGKILL"]


def test_a_child_that_hangs_is_noticed_and_started_again(tailnet: Tailnet) -> None:
    with own_tailscaled(tailnet, {"TS_AUTHKEY": new_key(tailnet)}) as (gateway, _):
        until_ready(tailnet, gateway)
        first = child_pid(gateway)
        os.kill(first, signal.SIGSTOP)
        until(lambda: reasons(gateway, "backing-off"), "the child to be given up", deadline_s=60)
        assert "tailscaled does not answer" in reasons(gateway, "backing-off")[0]
        until(lambda: child_pid(gateway) != first, "another child")
        until_ready(tailnet, gateway)
        assert asked_once(gateway) == b"SELECT 1"
        assert not Path(f"/proc/{first}").exists()


def test_a_node_that_is_kept_needs_no_key_again_and_takes_new_settings(tailnet: Tailnet, tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    key_file = tmp_path / "key"
    key_file.write_text(new_key(tailnet))
    with own_tailscaled(tailnet, {}, auth_key_file=str(key_file), state_dir=state, accept_routes=False) as (gateway, _):
        until(lambda: gateway.lines("tailscaled-changed", phase="running"), "the child to be in the tailnet")
        (first,) = tailnet.headscale.nodes()[NAME]["ip_addresses"][:1]
    assert NAME in tailnet.headscale.nodes()
    with own_tailscaled(tailnet, {}, state_dir=state, logout=True) as (gateway, _):
        until_ready(tailnet, gateway)
        assert asked_once(gateway) == b"SELECT 1"
        assert reasons(gateway, "logging-in") == []
        assert tailnet.headscale.nodes()[NAME]["ip_addresses"][:1] == [first]
    tailnet.headscale.must("nodes", "delete", "-i", tailnet.headscale.node_id(NAME), "--force")


def test_it_is_not_ready_before_the_routes_are_there_and_says_what_it_waits_for(tailnet: Tailnet) -> None:
    for router in tailnet.routers:
        tailnet.headscale.approve(router.name, PREFIX)
    try:
        with own_tailscaled(tailnet, {"TS_AUTHKEY": new_key(tailnet, "--ephemeral")}) as (gateway, server):
            waits = f"in the tailnet, and waits for a route to {ROUTE} ({server.host}:{server.port})"
            until(lambda: readyz(tailnet, gateway)["reason"] == waits, "the reason", deadline_s=30)
            assert readyz(tailnet, gateway)["ready"] is False
            tailnet.headscale.approve("r2", *tailnet.routes_of(tailnet.r2))
            until_ready(tailnet, gateway)
            assert asked_once(gateway) == b"SELECT 1"
    finally:
        for router in tailnet.routers:
            tailnet.headscale.approve(router.name, *tailnet.routes_of(router))
        tailnet.until_healthy()


def test_a_remedy_restarts_it_without_counting_as_a_failure(tailnet: Tailnet, tmp_path: Path) -> None:
    program = tmp_path / "tailscaled"
    program.write_text(f'#!/bin/sh\nexec ip netns exec {tailnet.gw.namespace.name} {BINARIES}/tailscaled "$@"\n')
    program.chmod(0o700)
    events: list[Event] = []
    ready = asyncio.Event()
    key = new_key(tailnet, "--ephemeral", "--reusable")

    def announce(event: Event) -> None:
        events.append(event)
        if isinstance(event, TailscaledChanged) and event.phase == "running":
            ready.set()

    async def live() -> None:
        supervisor = Supervisor(
            Tailscaled.model_validate(child_settings(give_up_after=1)),
            Place(
                program=program,
                socket=tmp_path / "s.sock",
                state_dir=tmp_path,
                port=0,
                environment={**os.environ, **ENVIRONMENT, "TS_AUTH_KEY": key},
            ),
            needs=list,
            announce=announce,
            clock=SystemClock(),
        )
        running = asyncio.get_running_loop().create_task(supervisor.run())
        pids = []
        for _ in range(3):
            async with asyncio.timeout(60):
                await ready.wait()
            ready.clear()
            pids.append(supervisor.pid)
            await supervisor.restart("no path works")
        assert len({*pids}) == 3
        assert None not in pids
        await supervisor.stop()
        assert await running is None

    asyncio.run(live())
    changes = [(event.phase, event.reason) for event in events if isinstance(event, TailscaledChanged)]
    assert changes.count(("backing-off", "restarted: no path works")) == 3
    assert changes[-1] == ("stopped", "stopped")
    said = [event for event in events if isinstance(event, TailscaledSaid)]
    assert {"control", "magicsock"} <= {event.component for event in said}


def test_a_child_that_runs_and_reaches_nobody_is_restarted_by_a_remedy_and_nobody_fails(tailnet: Tailnet) -> None:
    remedies = {"rebind": "off", "break-derp": "off", "restart-tailscaled": "auto"}
    env = {"TS_AUTHKEY": new_key(tailnet, "--ephemeral")}
    with own_tailscaled(tailnet, env, hold="60s", remedies=remedies) as (gateway, _):
        until_ready(tailnet, gateway)
        assert asked_once(gateway) == b"SELECT 1"
        first = child_pid(gateway)
        with faults.rejected(tailnet, deaf(first)), gateway.dial(ROUTE, timeout_s=90) as client:
            client.sendall(b"SELECT 1")
            assert exactly(client, 8) == b"SELECT 1"
            assert child_pid(gateway) != first
        (line,) = until(lambda: gateway.lines("remedy-applied", remedy="restart-tailscaled"), "the remedy to be over")
        assert (line["result"], line["route"]) == ("helped", ROUTE)
        (restarted,) = reasons(gateway, "backing-off")
        assert restarted.startswith("restarted: ")
        assert [each["remedy"] for each in gateway.lines("remedy-applied")] == ["ping-router", "restart-tailscaled"]
        assert not gateway.lines("tailscaled-changed", phase="given-up")


def run_refused(tailnet: Tailnet, env: dict[str, str], **settings: object) -> subprocess.CompletedProcess[str]:
    config = tailnet.folder / "refused.yaml"
    routes = [{"listen": f"127.0.0.1:{tailnet.free_port()}", "target": "172.16.20.89:7"}]
    config.write_text(
        json.dumps({"routes": routes, "health": None, "admin": None, "tailscaled": child_settings(**settings)})
    )
    command = [sys.executable, "-m", "farshore", "serve", "-c", str(config)]
    return tailnet.gw.namespace.run(*command, env={**ENVIRONMENT, **env})


@pytest.mark.parametrize("variable", ["TS_AUTH_KEY", "TS_AUTHKEY"])
def test_a_key_that_is_refused_is_told_with_the_name_of_its_variable(tailnet: Tailnet, variable: str) -> None:
    key = "hskey-auth-abcdefghijkl-" + "a" * 64
    done = run_refused(tailnet, {variable: key})
    assert done.returncode == 8, done.stderr
    assert f"refused the key in {variable}: " in done.stderr
    assert key not in done.stderr + done.stdout


def test_it_dies_with_its_parent_even_while_it_hangs(tailnet: Tailnet) -> None:
    folder = tailnet.folder / "orphan"
    folder.mkdir()
    config = folder / "farshore.yaml"
    routes = [{"listen": f"127.0.0.1:{tailnet.free_port()}", "target": "172.16.20.89:7"}]
    settings = child_settings(state_dir=str(folder / "state"), socket=str(folder / "s.sock"))
    config.write_text(json.dumps({"routes": routes, "health": None, "admin": None, "tailscaled": settings}))
    command = [sys.executable, "-m", "farshore", "serve", "-c", str(config), "--log-format", "json"]
    daemon = Daemon(tailnet.gw.namespace, folder / "log", *command, env=ENVIRONMENT)
    gateway = Gateway(tailnet, {}, 0, daemon)
    until((folder / "s.sock").exists, "the child's socket")
    child = child_pid(gateway)
    os.kill(child, signal.SIGSTOP)
    daemon.stop(signal.SIGKILL)
    until(lambda: not Path(f"/proc/{child}").exists(), "the child to die")
