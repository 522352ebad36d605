"""Faults as context managers: inside the block the fault is in force and seen, after it everything is healed.

They compose: nest them, or enter several in one `with`. None returns before what it promises can be observed.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

from tests.tailnet.harness.headscale import ADDRESS, DERP_ADDRESS
from tests.tailnet.harness.namespaces import Namespace
from tests.tailnet.harness.nodes import KERNEL, Node
from tests.tailnet.harness.servers import Server, Talk, greet
from tests.tailnet.harness.tailnet import (
    HEALTH_PORT,
    HUB_LINK_LOCAL,
    POD_IPV6,
    POD_LINK_LOCAL,
    PREFIX,
    SITES,
    TARGET,
    Tailnet,
    listening,
    via_prefix,
)
from tests.tailnet.harness.waiting import until

IMPOSTOR_GREETING = b"I am not the database you wanted\n"
POD_ADDRESS = "100.100.0.10"
OPEN_POLICY: dict[str, Any] = {"acls": [{"action": "accept", "src": ["*"], "dst": ["*:*"]}]}

_ZOMBIE = f"""
table inet zombie {{
  chain out {{
    type filter hook output priority 0
    oifname up0 meta l4proto udp drop
    oifname up0 ip daddr {DERP_ADDRESS} drop
  }}
  chain in {{
    type filter hook input priority 0
    iifname up0 meta l4proto udp drop
    iifname up0 ip saddr {DERP_ADDRESS} drop
  }}
}}
"""


@contextlib.contextmanager
def zombie(tailnet: Tailnet, *routers: Node) -> Iterator[None]:
    """The routers' data planes die (no UDP, no DERP), their control connections live: Online for ever, no failover."""
    with contextlib.ExitStack() as stack:
        stack.callback(tailnet.until_healthy)
        for router in routers:
            stack.enter_context(data_plane_dead(router))
        yield


@contextlib.contextmanager
def data_plane_dead(router: Node) -> Iterator[None]:
    """The same, and afterwards nobody waits until all is well: another fault may still be in force."""
    router.namespace.nft(_ZOMBIE)
    try:
        yield
    finally:
        router.namespace.nft("delete table inet zombie")


@contextlib.contextmanager
def flapping(tailnet: Tailnet, router: Node, *, down_s: float, up_s: float) -> Iterator[None]:
    """The router's data plane dies for `down_s` seconds, lives for `up_s`, and so on; it is dead when this begins."""
    enough, died = threading.Event(), threading.Event()

    def flap() -> None:
        while not enough.is_set():
            with data_plane_dead(router):
                died.set()
                enough.wait(down_s)
            enough.wait(up_s)

    thread = threading.Thread(target=flap, daemon=True)
    thread.start()
    died.wait()
    try:
        yield
    finally:
        enough.set()
        thread.join()
        tailnet.until_healthy()


@contextlib.contextmanager
def control_plane_down(tailnet: Tailnet) -> Iterator[None]:
    """headscale is killed and its port refuses; started again afterwards, with everything it knew."""
    tailnet.headscale.kill()
    try:
        yield
    finally:
        tailnet.headscale.serve()
        recover(tailnet)


@contextlib.contextmanager
def frozen(tailnet: Tailnet, node: Node) -> Iterator[None]:
    """tailscaled is stopped where it stands (SIGSTOP): sockets accept, nobody answers."""
    node.daemon.send(signal.SIGSTOP)
    try:
        yield
    finally:
        node.daemon.send(signal.SIGCONT)
        recover(tailnet)


@contextlib.contextmanager
def killed(tailnet: Tailnet, *nodes: Node, number: signal.Signals = signal.SIGKILL) -> Iterator[None]:
    """tailscaled ends, by SIGKILL unless another signal is given; started again afterwards."""
    for node in nodes:
        node.stop(number)
    try:
        yield
    finally:
        for node in nodes:
            node.start()
        recover(tailnet)


def terminated(tailnet: Tailnet, *nodes: Node) -> contextlib.AbstractContextManager[None]:
    """tailscaled is asked to end (SIGTERM); started again afterwards."""
    return killed(tailnet, *nodes, number=signal.SIGTERM)


@contextlib.contextmanager
def lan_leg_down(tailnet: Tailnet, router: Node) -> Iterator[None]:
    """The router loses the LAN and keeps the tailnet; nobody in the tailnet notices."""
    with cut_from_lan(router):
        yield
    tailnet.until_healthy()


@contextlib.contextmanager
def cut_from_lan(router: Node) -> Iterator[None]:
    """The same, and afterwards nobody waits until all is well: another fault may still be in force."""
    router.namespace.ip("link", "set", "lan0", "down")
    try:
        yield
    finally:
        router.namespace.ip("link", "set", "lan0", "up")


@contextlib.contextmanager
def route_withdrawn(tailnet: Tailnet, *routers: Node) -> Iterator[None]:
    """No route of these routers (all, if none is named) is approved any more; gw has seen it."""
    chosen = routers or tailnet.routers
    for router in chosen:
        tailnet.headscale.approve(router.name)
    until(lambda: not any(_subnets(tailnet, router) for router in chosen), "gw to lose the routes")
    try:
        yield
    finally:
        for router in chosen:
            tailnet.headscale.approve(router.name, *tailnet.routes_of(router))
        recover(tailnet)


@contextlib.contextmanager
def primary_moved(tailnet: Tailnet) -> Iterator[None]:
    """The control plane lets r2 serve the shared prefix instead of r1; gw has seen it."""
    tailnet.headscale.approve("r1", via_prefix(SITES["r1"]))
    until(lambda: PREFIX in tailnet.gw.routes_of("r2"), f"gw to see {PREFIX} at r2")
    tailnet.headscale.approve("r1", *tailnet.routes_of(tailnet.r1))
    try:
        yield
    finally:
        recover(tailnet)


@contextlib.contextmanager
def accept_routes_off(tailnet: Tailnet, node: Node) -> Iterator[None]:
    """The node ignores the routes of others."""
    node.set("--accept-routes=false")
    try:
        yield
    finally:
        node.set("--accept-routes=true")
        tailnet.until_healthy()


@contextlib.contextmanager
def key_expired(tailnet: Tailnet, *routers: Node) -> Iterator[None]:
    """The node keys of these routers (all, if none is named) have expired, and gw knows."""
    chosen = routers or tailnet.routers
    for router in chosen:
        tailnet.headscale.expire(router.name)
    until(lambda: all(tailnet.gw.peers()[router.name].get("Expired") for router in chosen), "gw to see expired keys")
    try:
        yield
    finally:
        for router in chosen:
            tailnet.login(router, "--force-reauth")
            router.until_running()
        recover(tailnet)


@contextlib.contextmanager
def logged_out(tailnet: Tailnet, node: Node) -> Iterator[None]:
    """The node has left the tailnet and its tailscaled still serves its ports."""
    done = node.tailscale("logout")
    assert done.returncode == 0, done.stderr
    until(lambda: node.state() == "NeedsLogin", f"{node.name} to be logged out")
    try:
        yield
    finally:
        tailnet.login(node)
        node.until_running()
        recover(tailnet)


@contextlib.contextmanager
def stopped(tailnet: Tailnet, node: Node) -> Iterator[None]:
    """`tailscale down`: the node stays logged in, takes part in nothing, and its tailscaled still serves its ports."""
    done = node.tailscale("down")
    assert done.returncode == 0, done.stderr
    until(lambda: node.state() == "Stopped", f"{node.name} to be stopped")
    try:
        yield
    finally:
        tailnet.login(node)
        recover(tailnet)


@contextlib.contextmanager
def dropped_at_target(tailnet: Tailnet, port: int) -> Iterator[None]:
    """A firewall on the LAN drops what comes for this port, without a word."""
    chain = f"chain in {{ type filter hook input priority 0; tcp dport {port} drop; }}"
    tailnet.lan.nft(f"table inet drop{port} {{\n{chain}\n}}\n")
    try:
        yield
    finally:
        tailnet.lan.nft(f"delete table inet drop{port}")


@contextlib.contextmanager
def derp_only(tailnet: Tailnet, node: Node) -> Iterator[None]:
    """No UDP leaves or reaches the node: its peers are reached over the relay, and a dial has been."""
    chains = "".join(
        f"chain {hook} {{ type filter hook {hook} priority 0; {way} up0 meta l4proto udp drop; }}\n"
        for hook, way in (("output", "oifname"), ("input", "iifname"))
    )
    node.namespace.nft(f"table inet derponly {{\n{chains}}}\n")
    try:
        until(lambda: not node.peers()["r1"]["CurAddr"] and _dials(tailnet, HEALTH_PORT), "a dial over the relay")
        yield
    finally:
        node.namespace.nft("delete table inet derponly")
        tailnet.until_healthy()


@contextlib.contextmanager
def rejected(tailnet: Tailnet, table: str) -> Iterator[None]:
    """The pod's own rules keep it from somebody; `table` is one of nftables, of family inet."""
    tailnet.gw.namespace.nft(table)
    try:
        yield
    finally:
        tailnet.gw.namespace.nft(f"delete {table.split('{', maxsplit=1)[0].strip()}")


@contextlib.contextmanager
def impostor(
    tailnet: Tailnet, host: str, port: int, *, pod_address: str | None = None, talk: Talk | None = None
) -> Iterator[Server]:
    """A server on the target's own address in the pod network, where a dial that leaks arrives.

    With `pod_address` (as `POD_ADDRESS`, inside 100.64/10) the pod's own address for that network is that one.
    It greets every connection unless `talk` says otherwise, and counts connections and bytes.
    """
    hub, pod = tailnet.hub, tailnet.gw.namespace
    with contextlib.ExitStack() as undo:
        way: tuple[str, ...] = ("via", ADDRESS)
        undo.enter_context(_address(hub, host, "lo"))
        if ":" in host:
            # Only now: with a global IPv6 address tailscaled would look 6 s for a DERP with IPv6 at each start.
            way = ("via", HUB_LINK_LOCAL, "dev", "up0", "src", POD_IPV6)
            undo.enter_context(_address(pod, POD_IPV6, "lo"))
            undo.enter_context(_route(hub, POD_IPV6, "via", POD_LINK_LOCAL, "dev", "br0"))
        elif pod_address is not None:
            way = ("via", ADDRESS, "src", pod_address)
            undo.enter_context(_address(pod, pod_address, "up0"))
            undo.enter_context(_route(hub, pod_address, "dev", "br0"))
        undo.enter_context(_route(pod, host, *way))
        yield undo.enter_context(_impostor(tailnet, hub, host, port, talk))


@contextlib.contextmanager
def impostor_inside(tailnet: Tailnet, host: str, port: int, *, talk: Talk | None = None) -> Iterator[Server]:
    """A server on the target's own address inside the pod itself: a leaked dial is then bound to that very address."""
    with (
        _address(tailnet.gw.namespace, host, "lo"),
        _impostor(tailnet, tailnet.gw.namespace, host, port, talk) as server,
    ):
        yield server


@contextlib.contextmanager
def kernel_mode(tailnet: Tailnet, node: Node) -> Iterator[None]:
    """The node's tailnet is in the kernel (`--tun=tailscale0`), as on Linux hosts, and not in netstack."""
    node.restart(KERNEL)
    try:
        tailnet.restore_primary()
        tailnet.until_healthy()
        yield
    finally:
        node.restart()
        recover(tailnet)


@contextlib.contextmanager
def shields_up(tailnet: Tailnet, node: Node) -> Iterator[None]:
    """The node takes no connection from the tailnet."""
    node.set("--shields-up=true")
    try:
        yield
    finally:
        node.set("--shields-up=false")
        tailnet.until_healthy()


@contextlib.contextmanager
def policy(tailnet: Tailnet, rules: dict[str, Any]) -> Iterator[None]:
    """Another access policy is in force; afterwards everything is allowed again."""
    tailnet.headscale.set_policy(rules)
    try:
        yield
    finally:
        tailnet.headscale.set_policy(OPEN_POLICY)
        tailnet.until_healthy()


@contextlib.contextmanager
def policy_allows_only(tailnet: Tailnet, port: int) -> Iterator[None]:
    """The policy lets nobody reach the LAN but on one port; the router drops the rest, and gw has felt it."""
    rules = {"acls": [{"action": "accept", "src": ["*"], "dst": [f"{TARGET}:{port}"]}]}
    with policy(tailnet, rules):
        until(lambda: not _dials(tailnet, HEALTH_PORT), "the router to drop what the policy forbids")
        yield


def _dials(tailnet: Tailnet, port: int) -> bool:
    try:
        tailnet.dial(TARGET, port, timeout_s=1).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _impostor(tailnet: Tailnet, where: Namespace, host: str, port: int, talk: Talk | None) -> Iterator[Server]:
    with listening(where, host, port, talk or greet(IMPOSTOR_GREETING)) as server:
        until(lambda: _reaches(tailnet.gw.namespace, host, port), f"the pod to have a route to the impostor's {host}")
        until(lambda: server.connections == 1, "the impostor to be reachable from the pod")
        server.forget()
        yield server


def _reaches(namespace: Namespace, host: str, port: int) -> bool:
    try:
        namespace.connect(host, port).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _address(namespace: Namespace, address: str, link: str) -> Iterator[None]:
    one = f"{address}/{_width(address)}"
    namespace.ip("addr", "add", one, "dev", link, *(("nodad",) if ":" in address else ()))
    try:
        yield
    finally:
        namespace.ip("addr", "del", one, "dev", link)


@contextlib.contextmanager
def _route(namespace: Namespace, host: str, *way: str) -> Iterator[None]:
    one = f"{host}/{_width(host)}"
    namespace.ip("route", "add", one, *way)
    try:
        yield
    finally:
        namespace.ip("route", "del", one, *way)


def _width(address: str) -> int:
    return 128 if ":" in address else 32


def _subnets(tailnet: Tailnet, router: Node) -> list[str]:
    return [route for route in tailnet.gw.routes_of(router.name) if route in tailnet.routes_of(router)]


def recover(tailnet: Tailnet) -> None:
    """Wait until every node is in the tailnet, let r1 serve the shared prefix again, and wait until all is well."""
    for node in tailnet.nodes:
        node.until_running()
    until(
        lambda: any(PREFIX in tailnet.gw.routes_of(router.name) for router in tailnet.routers),
        f"gw to see {PREFIX} again",
        deadline_s=60,
    )
    tailnet.restore_primary()
    tailnet.until_healthy()
