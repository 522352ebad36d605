"""The scenarios of `test_doctor.py`, those that the tailnet recovers from at once first."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager

from tests.tailnet.harness import faults, servers
from tests.tailnet.harness.diagnosing import NOTHING, Scenario, Scene, together, undecided
from tests.tailnet.harness.tailnet import HEALTH_PORT, MISSING, SITES, TARGET, VIA_ONLY_TARGET, Tailnet, via
from tests.tailnet.harness.waiting import until

Strike = Callable[[Scene], AbstractContextManager[object]]


def on(fault: Callable[[Tailnet], AbstractContextManager[object]]) -> Strike:
    """A fault of the tailnet."""
    return lambda scene: fault(scene.tailnet)


@contextlib.contextmanager
def well(_: Scene) -> Iterator[None]:
    """Nothing."""
    yield


def _is_idle(peer: Mapping[str, object]) -> bool:
    return (peer["CurAddr"], peer["Active"]) == ("", False)


@contextlib.contextmanager
def by_address(scene: Scene) -> Iterator[None]:
    """No route is named; the standby has been idle, and its status looks like a dead router's."""
    until(lambda: _is_idle(scene.tailnet.gw.peers()["r2"]), "the standby to be idle", deadline_s=90)
    scene.asked = (f"{TARGET}:{HEALTH_PORT}",)
    yield


@contextlib.contextmanager
def refuses(scene: Scene) -> Iterator[None]:
    """Nothing listens on the target's port."""
    scene.aim(f"{TARGET}:{scene.tailnet.free_port()}")
    yield


@contextlib.contextmanager
def missing_host(scene: Scene) -> Iterator[None]:
    """Nobody has the target's address."""
    scene.aim(f"{MISSING}:1433")
    yield


@contextlib.contextmanager
def missing_host_kernel(scene: Scene) -> Iterator[None]:
    """The same behind a router that forwards in the kernel."""
    scene.aim(f"{MISSING}:1433")
    with faults.kernel_mode(scene.tailnet, scene.tailnet.r1):
        yield


@contextlib.contextmanager
def dropped(scene: Scene) -> Iterator[None]:
    """A firewall at the target drops."""
    port = scene.tailnet.free_port()
    scene.aim(f"{TARGET}:{port}")
    with scene.tailnet.serving(port=port), faults.dropped_at_target(scene.tailnet, port):
        yield


@contextlib.contextmanager
def not_approved_and_asked(scene: Scene) -> Iterator[None]:
    """The route is advertised and not approved, and the doctor has a key of the control plane."""
    scene.ask_control()
    with faults.route_withdrawn(scene.tailnet):
        yield


@contextlib.contextmanager
def impostor(scene: Scene) -> Iterator[None]:
    """The route is withdrawn, and somebody has the target's address in the pod's network."""
    port = scene.tailnet.free_port()
    scene.aim(f"{TARGET}:{port}")
    with faults.route_withdrawn(scene.tailnet), faults.impostor(scene.tailnet, TARGET, port) as stranger:
        yield
        assert stranger.connections == 0


@contextlib.contextmanager
def acl(scene: Scene) -> Iterator[None]:
    """The policy allows another port of the target."""
    with faults.policy_allows_only(scene.tailnet, 1):
        yield


@contextlib.contextmanager
def socks_down(scene: Scene) -> Iterator[None]:
    """The route goes by a SOCKS port on which nobody listens."""
    address = f"127.0.0.1:{scene.tailnet.free_port()}"
    scene.config["egresses"] = {
        "socks": {"kind": "socks5", "address": address, "localapi": str(scene.tailnet.gw.socket)}
    }
    scene.aim(f"{TARGET}:7", egress="socks")
    yield


@contextlib.contextmanager
def wrong_server(scene: Scene) -> Iterator[None]:
    """The mapping leads to an FTP server, and SQL Server was meant."""
    with scene.tailnet.serving(servers.greet(b"220 files ready\r\n")) as server:
        scene.aim(f"{TARGET}:{server.port}", protocol="sqlserver")
        yield


@contextlib.contextmanager
def silent_server(scene: Scene) -> Iterator[None]:
    """A listener that accepts and never greets."""
    with scene.tailnet.serving(servers.swallow) as server:
        scene.aim(f"{TARGET}:{server.port}", protocol="postgres")
        yield


@contextlib.contextmanager
def closes_at_once(scene: Scene) -> Iterator[None]:
    """A listener that accepts and hangs up."""
    with scene.tailnet.serving(lambda *_: None) as server:
        scene.aim(f"{TARGET}:{server.port}", protocol="sqlserver")
        yield


@contextlib.contextmanager
def one_path_dead(scene: Scene) -> Iterator[None]:
    """One of two 4via6 paths is dead, and the other carries."""
    with scene.tailnet.serving(servers.echo, host=VIA_ONLY_TARGET) as server:
        paths = [{"via": name, "site": site} for name, site in SITES.items()]
        scene.aim(f"{VIA_ONLY_TARGET}:{server.port}", paths=paths)
        with faults.zombie(scene.tailnet, scene.tailnet.r1):
            yield


@contextlib.contextmanager
def offline(scene: Scene) -> Iterator[None]:
    """Both routers are gone, and the control plane knows."""
    tailnet = scene.tailnet
    with faults.killed(tailnet, *tailnet.routers):
        until(
            lambda: not any(tailnet.gw.peers()[router.name]["Online"] for router in tailnet.routers),
            "gw to see both routers offline",
            deadline_s=60,
        )
        yield


@contextlib.contextmanager
def poisoned(scene: Scene) -> Iterator[None]:
    """One 4via6 connection has spoilt the plain address of its host on r1 until it restarts."""
    tailnet = scene.tailnet
    with tailnet.serving(servers.echo, host=VIA_ONLY_TARGET) as server:
        scene.aim(f"{VIA_ONLY_TARGET}:{server.port}")
        until(lambda: _spoilt(tailnet, server.port), "the plain address to be spoilt", deadline_s=40)
        try:
            yield
        finally:
            tailnet.r1.restart()
            faults.recover(tailnet)


def _spoilt(tailnet: Tailnet, port: int) -> bool:
    """One more 4via6 connection, and no plain one comes about: twice, as a router ignores some source ports anyhow."""
    with contextlib.suppress(OSError), tailnet.dial(via(SITES["r1"], VIA_ONLY_TARGET), port) as connection:
        connection.sendall(b"?")
        connection.recv(1)
    return not any(_dials(tailnet, port) for _ in range(2))


def _dials(tailnet: Tailnet, port: int) -> bool:
    try:
        tailnet.dial(VIA_ONLY_TARGET, port, timeout_s=2).close()
    except OSError:
        return False
    return True


# Silence behind a router that answers: from the gateway alone a policy, the router's own firewall, and the network and
# the target behind it look alike.
UNDECIDED_SILENCE = undecided("M06", "M09", "M10")

SCENARIOS = (
    Scenario(name="healthy", strike=well, answer=NOTHING),
    Scenario(name="healthy, target asked for by its address", strike=by_address, answer=NOTHING),
    Scenario(name="target refuses", strike=refuses, answer="M05", brings=("r1 log",), with_what_was_brought="M05"),
    Scenario(
        name="missing host behind a netstack router",
        strike=missing_host,
        answer="M06",
        brings=("r1 log",),
        with_what_was_brought="M06",
    ),
    Scenario(
        name="LAN leg of the router down",
        strike=on(lambda tailnet: faults.lan_leg_down(tailnet, tailnet.r1)),
        answer=UNDECIDED_SILENCE,
        brings=("r1 report",),
        with_what_was_brought="M06",
    ),
    Scenario(
        name="firewall drops at the target",
        strike=dropped,
        answer=UNDECIDED_SILENCE,
        brings=("r1 report",),
        with_what_was_brought="M06",
    ),
    Scenario(
        name="ACL denies the port",
        strike=acl,
        answer=UNDECIDED_SILENCE,
        brings=("r1 log",),
        with_what_was_brought="M09",
    ),
    Scenario(
        name="shields up on the router",
        strike=on(lambda tailnet: faults.shields_up(tailnet, tailnet.r1)),
        answer=UNDECIDED_SILENCE,
        brings=("r1 report",),
        with_what_was_brought="M10",
    ),
    Scenario(name="wrong mapping: FTP for SQL Server", strike=wrong_server, answer="M30"),
    Scenario(name="listener closes before its reply", strike=closes_at_once, answer="M36"),
    Scenario(name="listener never greets", strike=silent_server, answer="M36"),
    Scenario(name="SOCKS port closed", strike=socks_down, answer="M23"),
    Scenario(
        name="gateway's tailscaled stopped (SIGSTOP)",
        strike=on(lambda tailnet: faults.frozen(tailnet, tailnet.gw)),
        answer="M27",
    ),
    Scenario(
        name="accept-routes off",
        strike=on(lambda tailnet: faults.accept_routes_off(tailnet, tailnet.gw)),
        answer="M07",
    ),
    Scenario(name="route withdrawn", strike=on(faults.route_withdrawn), answer="M07"),
    Scenario(
        name="route not approved",
        strike=on(faults.route_withdrawn),
        answer="M07",
        brings=("headscale nodes",),
        with_what_was_brought="M08",
    ),
    Scenario(name="route not approved, control plane asked", strike=not_approved_and_asked, answer="M08"),
    Scenario(name="impostor on the target's address", strike=impostor, answer="M07"),
    Scenario(
        name="only the relay (DERP)",
        strike=on(lambda tailnet: faults.derp_only(tailnet, tailnet.gw)),
        answer="M11",
    ),
    Scenario(name="data plane of the router dead", strike=on(lambda t: faults.zombie(t, t.r1)), answer="M01"),
    Scenario(name="one of two 4via6 paths dead", strike=one_path_dead, answer="M01"),
    Scenario(name="router frozen (SIGSTOP)", strike=on(lambda t: faults.frozen(t, t.r1)), answer="M01"),
    Scenario(
        # headscale takes the prefix from routers that are offline: what the gateway sees is a missing route.
        name="both routers offline",
        strike=offline,
        answer="M07",
        brings=("headscale nodes",),
        with_what_was_brought=together("M02", "M07"),
    ),
    Scenario(name="control plane down, data plane well", strike=on(faults.control_plane_down), answer="M14"),
    Scenario(name="gateway logged out", strike=on(lambda t: faults.logged_out(t, t.gw)), answer="M15"),
    Scenario(name="gateway's tailscaled stopped (down)", strike=on(lambda t: faults.stopped(t, t.gw)), answer="M47"),
    Scenario(name="gateway's tailscaled killed", strike=on(lambda t: faults.killed(t, t.gw)), answer="M23"),
    Scenario(name="routers' keys expired", strike=on(faults.key_expired), answer="M15"),
    Scenario(name="missing host behind a kernel-mode router", strike=missing_host_kernel, answer="M06"),
    Scenario(
        name="plain address poisoned by 4via6",
        strike=poisoned,
        answer=UNDECIDED_SILENCE,
        brings=("r1 log",),
        with_what_was_brought="M45",
    ),
)
