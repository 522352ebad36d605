"""The harness keeps its word: it stands up, carries, every fault is felt, and every fault heals."""

import contextlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.tailnet.harness import faults, servers
from tests.tailnet.harness.namespaces import MOUNTS, in_namespace
from tests.tailnet.harness.tailnet import (
    HEALTH_PORT,
    MISSING,
    PREFIX,
    RUNS,
    TARGET,
    VIA_ONLY_TARGET,
    Tailnet,
    sweep,
    via,
)
from tests.tailnet.harness.waiting import until

Break = Callable[[Tailnet], contextlib.AbstractContextManager[None]]


def dials(tailnet: Tailnet, host: str = TARGET, port: int = HEALTH_PORT, *, timeout_s: float = 1.0) -> bool:
    try:
        tailnet.dial(host, port, timeout_s=timeout_s).close()
    except OSError:
        return False
    return True


def test_bytes_go_through_the_primary_router(tailnet: Tailnet) -> None:
    with tailnet.serving() as server, tailnet.dial(server.host, server.port) as client:
        client.sendall(b"there and back")
        assert client.recv(100) == b"there and back"
        assert server.peers == ["172.16.20.2"]


@pytest.mark.parametrize(("site", "router"), [(1, "172.16.20.2"), (2, "172.16.20.3")])
def test_a_4via6_address_chooses_the_router(tailnet: Tailnet, site: int, router: str) -> None:
    with tailnet.serving(host=VIA_ONLY_TARGET) as server:
        with tailnet.dial(via(site, server.host), server.port) as client:
            client.sendall(b"?")
            assert client.recv(1) == b"?"
        assert server.peers == [router]


@pytest.mark.parametrize(
    "broken",
    [
        lambda tailnet: faults.zombie(tailnet, tailnet.r1),
        lambda tailnet: faults.lan_leg_down(tailnet, tailnet.r1),
        faults.route_withdrawn,
        lambda tailnet: faults.accept_routes_off(tailnet, tailnet.gw),
        faults.key_expired,
        lambda tailnet: faults.logged_out(tailnet, tailnet.gw),
        lambda tailnet: faults.stopped(tailnet, tailnet.gw),
        lambda tailnet: faults.shields_up(tailnet, tailnet.r1),
        lambda tailnet: faults.policy_allows_only(tailnet, 4321),
        lambda tailnet: faults.dropped_at_target(tailnet, HEALTH_PORT),
        lambda tailnet: faults.killed(tailnet, tailnet.gw),
        lambda tailnet: faults.killed(tailnet, tailnet.r1),
        lambda tailnet: faults.frozen(tailnet, tailnet.gw),
        lambda tailnet: faults.frozen(tailnet, tailnet.r1),
    ],
    ids=[
        "zombie",
        "lan-leg",
        "withdrawn",
        "accept-routes",
        "expired",
        "logged-out",
        "stopped",
        "shields",
        "policy",
        "dropped",
        "gw-dead",
        "r1-dead",
        "gw-frozen",
        "r1-frozen",
    ],
)
def test_a_fault_is_felt_and_heals(tailnet: Tailnet, broken: Break) -> None:
    assert dials(tailnet)
    with broken(tailnet):
        assert not dials(tailnet)
    assert dials(tailnet, timeout_s=10)


def test_the_primary_can_be_moved(tailnet: Tailnet) -> None:
    with tailnet.serving() as server:
        with faults.primary_moved(tailnet):
            tailnet.dial(server.host, server.port).close()
        tailnet.dial(server.host, server.port).close()
        until(lambda: len(server.peers) == 2, "two connections")
        assert server.peers == ["172.16.20.3", "172.16.20.2"]


def test_a_zombie_stays_online_and_primary(tailnet: Tailnet) -> None:
    with faults.zombie(tailnet, tailnet.r1):
        assert not dials(tailnet)
        seen = tailnet.gw.peers()["r1"]
        assert seen["Online"]
        assert PREFIX in seen["PrimaryRoutes"]


def test_an_impostor_gets_what_leaks(tailnet: Tailnet) -> None:
    port = tailnet.free_port()
    with faults.impostor(tailnet, TARGET, port) as impostor, faults.route_withdrawn(tailnet):
        with tailnet.dial(TARGET, port) as client:
            assert client.recv(100) == faults.IMPOSTOR_GREETING
            client.sendall(b"secret")
        until(lambda: impostor.received == 6, "the impostor to read the secret")
        assert (impostor.connections, impostor.peers) == (1, ["10.200.0.10"])


def test_an_impostor_may_know_the_pod_by_a_tailscale_looking_address(tailnet: Tailnet) -> None:
    port = tailnet.free_port()
    with (
        faults.impostor(tailnet, TARGET, port, pod_address=faults.POD_ADDRESS) as impostor,
        faults.route_withdrawn(tailnet),
    ):
        tailnet.dial(TARGET, port).close()
        until(lambda: impostor.peers == [faults.POD_ADDRESS], "the impostor to be reached from that address")


def test_an_impostor_does_not_stand_in_the_way_of_a_known_route(tailnet: Tailnet) -> None:
    with tailnet.serving() as server, faults.impostor(tailnet, TARGET, server.port) as impostor:
        tailnet.dial(TARGET, server.port).close()
        until(lambda: server.connections == 1, "the true server to be reached")
        assert impostor.connections == 0


def test_a_kernel_router_reports_a_missing_host_itself(tailnet: Tailnet) -> None:
    with faults.kernel_mode(tailnet, tailnet.r1):
        assert "tailscale0" in tailnet.r1.run("ip", "-br", "link").stdout
        assert dials(tailnet)
        done = tailnet.gw.tailscale("nc", MISSING, "1433")
        assert "no route to host" in done.stderr
    assert "tailscale0" not in tailnet.r1.run("ip", "-br", "link").stdout


def test_a_server_can_reset_and_vanish(tailnet: Tailnet) -> None:
    with tailnet.serving(servers.greet(b"hello")) as server, tailnet.dial(server.host, server.port) as client:
        assert client.recv(5) == b"hello"
        server.reset_all()
        assert client.recv(5) == b""
    with pytest.raises(OSError, match="0001"):
        tailnet.dial(server.host, server.port)


def test_a_socket_stays_in_the_namespace_it_was_made_in(tailnet: Tailnet) -> None:
    def inode() -> int:
        return Path("/proc/thread-self/ns/net").stat().st_ino

    inside = in_namespace(tailnet.gw.namespace.name, inode)
    assert inside == (MOUNTS / tailnet.gw.namespace.name).stat().st_ino
    assert inode() != inside
    with tailnet.gw.namespace.connect("127.0.0.1", 1055) as client:
        assert client.getpeername() == ("127.0.0.1", 1055)


def test_two_tailnets_stand_side_by_side_and_a_crashed_one_is_swept(tailnet: Tailnet) -> None:
    script = (
        "from tests.tailnet.harness.tailnet import Tailnet\n"
        "import os\n"
        "second = Tailnet()\n"
        "second.up()\n"
        "print(second.name, flush=True)\n"
        "os._exit(9)\n"
    )
    root = Path(__file__).resolve().parents[2]
    crashed = subprocess.run(
        [sys.executable, "-c", script], cwd=root, check=False, capture_output=True, text=True, timeout=100
    )
    assert crashed.returncode == 9, crashed.stderr
    name = crashed.stdout.strip()
    assert len(list(MOUNTS.glob(f"{name}-*"))) == 5
    assert tailnet.ailments() == []
    sweep()
    assert not list(MOUNTS.glob(f"{name}-*"))
    assert not (RUNS / name).exists()
    assert tailnet.folder.exists()


def test_waiting_says_what_it_waited_for() -> None:
    with pytest.raises(TimeoutError, match=r"waited 0.1 s for the moon; last seen: 0"):
        until(lambda: 0, "the moon", deadline_s=0.1)
