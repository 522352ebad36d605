"""The whole tailnet: five namespaces, one control plane, one gateway node, two subnet routers and the LAN behind them.

hub  10.200.0.1 headscale, 10.200.0.2 DERP and STUN; the pod network's default route ends here
gw   10.200.0.10 the pod: its tailscaled has SOCKS5 and HTTP CONNECT on 127.0.0.1:1055
r1   10.200.0.11 and 172.16.20.2, site 1; serves the shared prefix while it lives
r2   10.200.0.12 and 172.16.20.3, site 2; the standby
lan  172.16.20.88 and .89: the databases; .99 stays empty
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.tailnet.harness.headscale import ADDRESS, DERP_ADDRESS, SERVER, Headscale
from tests.tailnet.harness.namespaces import MOUNTS, Namespace, ip, join
from tests.tailnet.harness.nodes import SOCKS_PORT, Node
from tests.tailnet.harness.servers import Server, Talk, echo
from tests.tailnet.harness.waiting import until

PREFIX = "172.16.20.0/24"
TARGET = "172.16.20.88"
VIA_ONLY_TARGET = "172.16.20.89"
MISSING = "172.16.20.99"
SITES = {"r1": 1, "r2": 2}
POD_IPV6, POD_LINK_LOCAL, HUB_LINK_LOCAL = "fd00:200::10", "fe80::10", "fe80::1"
HEALTH_PORT = 7
HA_PROBE_S = 16.0  # headscale's `node.routes.ha`: a probe every 10 s, which has 5 s

RUNS = Path(tempfile.gettempdir()) / "farshore-tailnet"
BINARIES = Path(__file__).resolve().parents[3] / ".build" / "bin"


def via(site: int, address: str) -> str:
    """The 4via6 address of an IPv4 address behind a site (tailscale net/tsaddr `MapVia`)."""
    high, low = socket.inet_aton(address)[:2].hex(), socket.inet_aton(address)[2:].hex()
    return f"fd7a:115c:a1e0:b1a:0:{site:x}:{int(high, 16):x}:{int(low, 16):x}"


def via_prefix(site: int) -> str:
    """The 4via6 prefix of the LAN behind a site."""
    return f"{via(site, '172.16.20.0')}/120"


class Tailnet:
    """One standing tailnet. `up` once, any number of faults, `down` once; several may stand side by side."""

    def __init__(self, binaries: Path = BINARIES) -> None:
        """Choose a name that no other run has; nothing is made before `up`."""
        self.name = f"fs{secrets.token_hex(3)}"
        self.folder = RUNS / self.name
        self.hub, self.lan = self._namespace("hub"), self._namespace("lan")
        self.headscale = Headscale(self.hub, self.folder / "hub", binaries)
        fronts = (f"--socks5-server=127.0.0.1:{SOCKS_PORT}", f"--outbound-http-proxy-listen=127.0.0.1:{SOCKS_PORT}")
        self.gw = Node("gw", self._namespace("gw"), self.folder / "gw", binaries, fronts)
        self.r1 = Node("r1", self._namespace("r1"), self.folder / "r1", binaries, ())
        self.r2 = Node("r2", self._namespace("r2"), self.folder / "r2", binaries, ())
        self.gw.login_flags = ("--accept-routes",)
        for router in self.routers:
            router.login_flags = (f"--advertise-routes={','.join(self.routes_of(router))}",)
        self._ports = iter(range(20000, 30000))
        self._health: Server | None = None

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every node with a tailscaled."""
        return (self.gw, self.r1, self.r2)

    @property
    def routers(self) -> tuple[Node, ...]:
        """The subnet routers."""
        return (self.r1, self.r2)

    def routes_of(self, router: Node) -> tuple[str, str]:
        """What a router advertises: the shared prefix and the 4via6 prefix of its own site."""
        return PREFIX, via_prefix(SITES[router.name])

    def free_port(self) -> int:
        """A port that nothing in this tailnet was given before."""
        return next(self._ports)

    def up(self) -> None:
        """Stand everything up and wait until a byte goes through; about ten seconds."""
        sweep()
        self.folder.mkdir(parents=True)
        (self.folder / "owner").write_text(f"{os.getpid()} {_started(os.getpid())}")
        self._lay_cables()
        with ThreadPoolExecutor() as together:
            controlled = together.submit(self.headscale.start)
            started = [together.submit(node.start) for node in self.nodes]
            controlled.result()
            for start in started:
                start.result()
            for login in [together.submit(self.login, node) for node in self.nodes]:
                login.result()
        for router in self.routers:
            self.headscale.approve(router.name, *self.routes_of(router))
        self._health = listening(self.lan, TARGET, HEALTH_PORT, echo)
        self.until_healthy()

    def down(self) -> None:
        """End every process inside, then the namespaces and the folder. Does no harm when half of it is missing."""
        if self._health is not None:
            self._health.close()
        for daemon in (*self.headscale.started, *(life for node in self.nodes for life in node.started)):
            daemon.stop(signal.SIGKILL)
        remove(self.name)

    def login(self, node: Node, *flags: str) -> None:
        """Log a node in, or in again."""
        node.login(SERVER, self.headscale.auth_key, *flags)

    @contextlib.contextmanager
    def serving(self, talk: Talk = echo, *, host: str = TARGET, port: int | None = None) -> Iterator[Server]:
        """A server on the LAN, on a port of its own unless one is given."""
        with listening(self.lan, host, self.free_port() if port is None else port, talk) as server:
            yield server

    def restore_primary(self) -> None:
        """Let r1 serve the shared prefix again where r2 has taken over.

        The control plane may hold r1 for unhealthy. It probes only while two routers have the prefix, and says nothing
        when r1 answers: r2 gets it back for the time of a probe, then r1 is tried again.
        """
        for _ in range(4):
            if PREFIX in self.gw.routes_of("r1"):
                return
            self.headscale.approve("r2", via_prefix(SITES["r2"]))
            try:
                until(lambda: PREFIX in self.gw.routes_of("r1"), f"gw to see {PREFIX} at r1", deadline_s=10)
            except TimeoutError:
                self.headscale.approve("r2", *self.routes_of(self.r2))
                time.sleep(HA_PROBE_S)
            finally:
                self.headscale.approve("r2", *self.routes_of(self.r2))

    def until_healthy(self) -> None:
        """Wait until everything is as `up` left it: all nodes in, r1 primary, a byte there and back.

        Raises:
            TimeoutError: it did not get so; the message says what is missing.
        """
        until(lambda: not self.ailments(), f"a healthy tailnet, but {self.ailments()}", deadline_s=30)

    def ailments(self) -> list[str]:
        """What is not as it should be, in words; empty when all is well."""
        found = [f"{node.name} does not run" for node in self.nodes if not node.daemon.is_running]
        if found:
            return found
        routes = {router.name: self.gw.routes_of(router.name) for router in self.routers}
        missing = [
            f"gw has no route {via_prefix(SITES[name])}"
            for name in routes
            if via_prefix(SITES[name]) not in routes[name]
        ]
        if PREFIX not in routes["r1"]:
            missing.append(f"r1 does not serve {PREFIX}, gw sees {routes}")
        return missing or self._dial_ailments()

    def _dial_ailments(self) -> list[str]:
        try:
            with self.dial(TARGET, HEALTH_PORT, timeout_s=1.5) as connection:
                connection.sendall(b"ping")
                answer = connection.recv(4)
        except OSError as error:
            return [f"a dial through the tailnet fails: {error}"]
        return [] if answer == b"ping" else [f"the echo said {answer!r}"]

    def dial(self, host: str, port: int, *, timeout_s: float = 10.0) -> socket.socket:
        """A connection through gw's SOCKS5 port, ready to talk.

        Raises:
            OSError: gw's tailscaled could not connect, or nothing was answered in time.
        """
        connection = self.gw.namespace.connect("127.0.0.1", SOCKS_PORT, timeout_s=timeout_s)
        try:
            _socks5(connection, host, port)
        except OSError:
            connection.close()
            raise
        return connection

    def _namespace(self, name: str) -> Namespace:
        return Namespace(f"{self.name}-{name}")

    def _lay_cables(self) -> None:
        for namespace in (self.hub, self.lan, *(node.namespace for node in self.nodes)):
            namespace.create()
        for namespace, addresses in (
            (self.hub, (f"{ADDRESS}/24", f"{DERP_ADDRESS}/24", f"{HUB_LINK_LOCAL}/64")),
            (self.lan, (f"{TARGET}/24", f"{VIA_ONLY_TARGET}/24")),
        ):
            namespace.ip("link", "add", "br0", "type", "bridge")
            for address in addresses:
                namespace.ip("addr", "add", address, "dev", "br0", *(("nodad",) if ":" in address else ()))
            namespace.ip("link", "set", "br0", "up")
        for number, node in enumerate(self.nodes, 10):
            inside = node.namespace
            join(self.hub, f"u-{node.name}", inside, "up0")
            self.hub.ip("link", "set", f"u-{node.name}", "master", "br0", "up")
            inside.ip("addr", "add", f"10.200.0.{number}/24", "dev", "up0")
            inside.ip("link", "set", "up0", "up")
            inside.ip("route", "add", "default", "via", ADDRESS)
        self.gw.namespace.ip("addr", "add", f"{POD_LINK_LOCAL}/64", "dev", "up0", "nodad")
        for number, router in enumerate(self.routers, 2):
            join(self.lan, f"l-{router.name}", router.namespace, "lan0")
            self.lan.ip("link", "set", f"l-{router.name}", "master", "br0", "up")
            router.namespace.ip("addr", "add", f"172.16.20.{number}/24", "dev", "lan0")
            router.namespace.ip("link", "set", "lan0", "up")
            router.namespace.set_sysctl("ipv4/ip_forward", "1")
            router.namespace.set_sysctl("ipv6/conf/all/forwarding", "1")


def listening(namespace: Namespace, host: str, port: int, talk: Talk) -> Server:
    """A server in a namespace; `host` may be an address that is not there yet."""
    return Server(namespace.listen(host, port), host, port, talk)


def sweep() -> None:
    """Remove what crashed runs left: namespaces and processes whose owner is gone."""
    for owner in RUNS.glob("*/owner"):
        pid, started = owner.read_text().split()
        if _started(int(pid)) != started:
            remove(owner.parent.name)


def remove(name: str) -> None:
    """End every process in the namespaces of one run, by id, then remove the namespaces and the run's folder."""
    for mount in MOUNTS.glob(f"{name}-*"):
        namespace = Namespace(mount.name)
        for pid in namespace.process_ids():
            if pid != os.getpid():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        _until_empty(namespace)
        ip("netns", "del", mount.name)
    shutil.rmtree(RUNS / name, ignore_errors=True)


def _until_empty(namespace: Namespace) -> None:
    until(lambda: not set(namespace.process_ids()) - {os.getpid()}, f"{namespace.name} to be empty")


def _started(pid: int) -> str:
    """When a process started, in ticks since boot: with its id it names one process for good. Empty: there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _socks5(connection: socket.socket, host: str, port: int) -> None:
    family, kind = (socket.AF_INET6, b"\x04") if ":" in host else (socket.AF_INET, b"\x01")
    connection.sendall(b"\x05\x01\x00\x05\x01\x00" + kind + socket.inet_pton(family, host) + port.to_bytes(2, "big"))
    reply = b""
    while len(reply) < 6:
        reply += _some(connection, 6 - len(reply))
    if reply[:2] != b"\x05\x00" or reply[3] != 0:
        msg = f"SOCKS5 answered {reply.hex()}"
        raise OSError(msg)
    rest = {1: 6, 4: 18}[reply[5]]
    while rest > 0:
        rest -= len(_some(connection, rest))


def _some(connection: socket.socket, size: int) -> bytes:
    data = connection.recv(size)
    if not data:
        msg = "the SOCKS5 port closed before it had answered"
        raise ConnectionError(msg)
    return data
