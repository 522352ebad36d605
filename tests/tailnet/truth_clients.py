"""Scenarios in which clients go through a running gateway, and only they feel what is wrong.

Their servers are real ones; what a client said is brought beside what the gateway knows.
"""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence

from tests.interop.parts import ROOT, program
from tests.interop.servers import namespace, servers_at
from tests.interop.service import WELL_KNOWN_PORTS, Service
from tests.tailnet.harness import faults, gateways, servers
from tests.tailnet.harness.diagnosing import NOTHING, Scenario, Scene
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.leaks import carries
from tests.tailnet.harness.tailnet import SITES, TARGET, VIA_ONLY_TARGET
from tests.tailnet.harness.waiting import until

APPLICATION, CLIENT = "application log", "client log"


@contextlib.contextmanager
def gateway_of(
    scene: Scene,
    *,
    protocol: str = "tcp",
    paths: Sequence[Mapping[str, object]] = (),
    timeouts: Mapping[str, str] | None = None,
) -> Iterator[Gateway]:
    """A gateway that carries the scene's target as its route `db`; the doctor asks it, too."""
    egress = gateways.egresses(scene.tailnet, ["tailscaled"])
    routes = {"db": ("tailscaled", scene.target)}
    with gateways.serving(
        scene.tailnet, egress, routes, protocol=protocol, paths=paths, timeouts=timeouts or {}
    ) as gateway:
        scene.url = f"http://127.0.0.1:{gateway.admin}"
        yield gateway


@contextlib.contextmanager
def real_server(scene: Scene, service: Service) -> Iterator[None]:
    """A real server on the LAN, which the scene's route leads to."""
    with servers_at(namespace(scene.tailnet.lan.name, TARGET)) as servers_there:
        server = servers_there.get(service)
        scene.aim(f"{TARGET}:{server.port}", protocol=service.value)
        yield


@contextlib.contextmanager
def lending(scene: Scene, gateway: Gateway, way: str) -> Iterator[None]:
    """An application has asked over a pooled connection; afterwards it asks again, and its log is what it said."""
    lender = subprocess.Popen(
        scene.tailnet.gw.namespace.command(
            sys.executable, "-m", "tests.tailnet.harness.lender", str(gateway.ports["db"]), way
        ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert lender.stdout is not None
        assert lender.stdout.readline() == "asked\n"
        yield
        _, scene.said[APPLICATION] = lender.communicate("again\n", timeout=30)
    finally:
        lender.kill()
        lender.communicate()
    assert lender.returncode == 0, scene.said[APPLICATION]


@contextlib.contextmanager
def lost_by_router(scene: Scene) -> Iterator[None]:
    """The router loses a pooled connection while it is idle; the pool finds it dead when it is to be lent."""
    with real_server(scene, Service.POSTGRES), gateway_of(scene, protocol="postgres") as gateway:
        with lending(scene, gateway, "tested"):
            port = WELL_KNOWN_PORTS[Service.POSTGRES]
            killed = scene.tailnet.r1.run(program("ss", "iproute2"), "-K", "dst", TARGET, "dport", "=", f":{port}")
            assert killed.returncode == 0, killed.stderr
            gateway.endings(1, route="db")
        yield


@contextlib.contextmanager
def closed_as_idle(scene: Scene) -> Iterator[None]:
    """The gateway closes a pooled connection as idle, and the pool lends it untested."""
    with (
        real_server(scene, Service.POSTGRES),
        gateway_of(scene, protocol="postgres", timeouts={"idle": "2s"}) as gateway,
    ):
        with lending(scene, gateway, "untested"):
            gateway.endings(1, code="gateway.transfer.idle")
        yield


@contextlib.contextmanager
def half_close(scene: Scene) -> Iterator[None]:
    """A client shuts down its sending side and waits for an answer; the target waits for that end."""
    with scene.tailnet.serving(servers.answer_after_eof(b"the whole answer")) as server:
        scene.aim(f"{TARGET}:{server.port}")
        with gateway_of(scene, timeouts={"half_close": "1s"}) as gateway, gateway.dial("db") as client:
            client.sendall(b"a whole question")
            client.shutdown(socket.SHUT_WR)
            assert client.recv(1) == b""
            gateway.endings(1, code="gateway.transfer.half-close")
            yield


@contextlib.contextmanager
def ftp_passive(scene: Scene) -> Iterator[None]:
    """A passive FTP client on a route without `protocol: ftp`: its data connection is not carried."""
    with real_server(scene, Service.FTP), gateway_of(scene) as gateway:
        url = f"ftp://127.0.0.1:{gateway.ports['db']}/"
        listed = scene.tailnet.gw.run(program("curl", "curl"), "-sSv", "--disable-epsv", "--max-time", "20", url)
        assert listed.returncode != 0, listed.stdout
        scene.said[CLIENT] = listed.stderr
        yield


@contextlib.contextmanager
def one_router_killed(scene: Scene) -> Iterator[None]:
    """One of two routers is gone, the control plane knows, and clients go by the other one."""
    tailnet = scene.tailnet
    paths = [{"via": name, "site": site} for name, site in SITES.items()]
    with tailnet.serving(servers.echo, host=VIA_ONLY_TARGET) as server:
        scene.aim(f"{server.host}:{server.port}", paths=paths)
        with gateway_of(scene, paths=paths) as gateway, faults.killed(tailnet, tailnet.r1):
            until(lambda: not tailnet.gw.peers()["r1"]["Online"], "gw to see r1 offline", deadline_s=60)
            carries(gateway, "db")
            yield


CLIENT_SCENARIOS = (
    Scenario(
        name="stale pool: the router lost an idle connection",
        strike=lost_by_router,
        answer=NOTHING,
        brings=(APPLICATION,),
        with_what_was_brought="M33",
    ),
    Scenario(
        name="stale pool: the gateway closed an idle connection",
        strike=closed_as_idle,
        answer=NOTHING,
        brings=(APPLICATION,),
        with_what_was_brought="M33",
    ),
    Scenario(name="half-close: the answer is cut off", strike=half_close, answer="M32"),
    Scenario(
        name="FTP passive: the data connection goes astray",
        strike=ftp_passive,
        answer=NOTHING,
        brings=(CLIENT,),
        with_what_was_brought="M41",
    ),
    Scenario(
        name="one of two routers killed, the other carries",
        strike=one_router_killed,
        answer="M02",
        brings=("headscale nodes",),
        with_what_was_brought="M02",
    ),
)
