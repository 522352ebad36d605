"""One 4via6 connection through a router that forwards in userspace takes the plain address of that host away.

tailscale#20730. What is spoilt here are hosts of this file's own, so that no other test misses them.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import cast

from tests.tailnet.harness import faults, gateways, servers
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.tailnet import SITES, Tailnet, via
from tests.tailnet.harness.waiting import until
from tests.tailnet.test_paths import Path, listeners

from farshore.app.exits import Exit

SPOILT, BY_LISTENERS, BY_VIA, MIXED, DECLARED = (f"172.16.20.{number}" for number in (70, 71, 72, 73, 74))
UNUSED = "172.16.20.98"
# tailscaled itself gives up after 5 s.
PATIENCE_S = 8.0
CLIENTS, PROBES = 5, 2


@contextlib.contextmanager
def host(tailnet: Tailnet, address: str) -> Iterator[servers.Server]:
    """Another machine on the LAN, with an echo."""
    tailnet.lan.ip("addr", "add", f"{address}/24", "dev", "br0")
    try:
        with tailnet.serving(servers.echo, host=address) as server:
            yield server
    finally:
        tailnet.lan.ip("addr", "del", f"{address}/24", "dev", "br0")


def answers(tailnet: Tailnet, address: str, port: int) -> bool:
    try:
        with tailnet.dial(address, port, timeout_s=PATIENCE_S) as connection:
            connection.sendall(b"ping")
            return connection.recv(4) == b"ping"
    except OSError:
        return False


def is_served(gateway: Gateway) -> bool:
    with gateway.dial("db") as client:
        client.sendall(b"ping")
        return client.recv(4) == b"ping"


def is_taken_away(tailnet: Tailnet, address: str, port: int) -> bool:
    """Whether the plain address no longer answers; each time there is one more 4via6 connection before."""
    assert answers(tailnet, via(SITES["r1"], address), port)
    return not any(answers(tailnet, address, port) for _ in range(2))


def checked(tailnet: Tailnet, config: dict[str, object], *flags: str) -> subprocess.CompletedProcess[str]:
    """`farshore check` in the pod."""
    path = tailnet.folder / "checked.json"
    path.write_text(json.dumps(config))
    command = [sys.executable, "-m", "farshore", "check", "-c", str(path), *flags]
    return tailnet.gw.run(*command, env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)})


def document(tailnet: Tailnet, target: str, paths: Sequence[Path], **more: object) -> dict[str, object]:
    egresses = gateways.egresses(tailnet, ["tailscaled"])
    route = {"name": "db", "listen": 8082, "target": target, "egress": "tailscaled", "paths": list(paths)}
    return {"egresses": egresses, "routes": [route], **more}


def live(tailnet: Tailnet, config: dict[str, object]) -> tuple[int, dict[str, object]]:
    done = checked(tailnet, config, "--live", "--format", "json")
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def use_everything(tailnet: Tailnet, target: str, paths: Sequence[Path], server: servers.Server) -> None:
    """Clients, probes, warm-ups and a live check over these paths."""
    routes = {"db": ("tailscaled", target)}
    health = {"every": "1s", "in_doubt": "1s"}
    with gateways.serving(
        tailnet, gateways.egresses(tailnet, ["tailscaled"]), routes, paths=paths, path_health=health
    ) as gateway:
        for _ in range(CLIENTS):
            assert is_served(gateway)
        until(
            lambda: gateway.metric("farshore_target_probes_total", result="connected") >= PROBES * len(paths),
            "probes over every path",
            deadline_s=60,
        )
        code, seen = live(tailnet, document(tailnet, target, paths))
        assert code == Exit.OK, seen
        assert is_served(gateway)
        assert gateway.metric("farshore_path_state", state="closed") == len(paths)
    assert server.connections >= CLIENTS


def test_one_4via6_connection_takes_the_plain_address_away(tailnet: Tailnet) -> None:
    with host(tailnet, SPOILT) as server:
        assert answers(tailnet, SPOILT, server.port)
        until(lambda: is_taken_away(tailnet, SPOILT, server.port), "the plain address to be gone", deadline_s=60)
        assert answers(tailnet, via(SITES["r1"], SPOILT), server.port)
    # Any other host is reached as ever: that is what makes it so hard to see.
    assert not tailnet.ailments()


def test_plain_and_listener_paths_take_nothing_away(tailnet: Tailnet) -> None:
    with host(tailnet, BY_LISTENERS) as server, listeners(tailnet, f"{BY_LISTENERS}:{server.port}") as paths:
        use_everything(tailnet, f"{BY_LISTENERS}:{server.port}", [*paths, {}], server)
        assert answers(tailnet, BY_LISTENERS, server.port)


def test_4via6_paths_keep_what_they_use(tailnet: Tailnet) -> None:
    paths: list[Path] = [{"via": name, "site": site} for name, site in SITES.items()]
    with host(tailnet, BY_VIA) as server:
        use_everything(tailnet, f"{BY_VIA}:{server.port}", paths, server)
        for site in SITES.values():
            assert answers(tailnet, via(site, BY_VIA), server.port)


def test_a_mixture_is_refused_and_its_excuse_disproved(tailnet: Tailnet) -> None:
    paths: list[Path] = [{"via": "r1", "site": SITES["r1"]}, {}]
    with host(tailnet, MIXED) as server:
        mixed = document(tailnet, f"{MIXED}:{server.port}", paths)
        refused = checked(tailnet, mixed)
        assert refused.returncode == Exit.USAGE
        assert "not by both" in refused.stdout

        # A declaration that is wrong: the address that no machine has answers as netstack does.
        routers = {"r1": {"forwarding": "kernel", "unused": "172.16.20.99"}}
        only_via = document(tailnet, f"{MIXED}:{server.port}", paths[:1], routers=routers)
        code, seen = live(tailnet, only_via)
        assert code == Exit.USAGE, seen
        assert [router["disproved"] for router in seen["routers"]] == [True]  # type: ignore[attr-defined]


def test_a_declaration_that_is_true_is_confirmed_where_the_router_serves_the_address(tailnet: Tailnet) -> None:
    paths: list[Path] = [{"via": name, "site": site} for name, site in SITES.items()]
    kernel = {"forwarding": "kernel", "unused": UNUSED}
    with host(tailnet, DECLARED) as server, faults.kernel_mode(tailnet, tailnet.r1):
        config = document(tailnet, f"{DECLARED}:{server.port}", paths, routers={"r1": kernel, "r2": kernel})
        code, seen = live(tailnet, config)
    assert code == Exit.OK, seen
    first, second = cast("list[dict[str, object]]", seen["routers"])
    assert (first["router"], first["seen"], first["disproved"]) == ("r1", "kernel", False)
    assert "no route to host" in str(first["why"])
    assert (second["router"], second["seen"], second["disproved"]) == ("r2", "unknown", False)
    assert str(second["why"]).startswith(f"{UNUSED} is served by r1 now")
