"""While no path works the gateway mends what it may: each rung on a real tailnet, each with what it is told."""

import contextlib
import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.tailnet.harness import faults, gateways, servers
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.headscale import SERVER
from tests.tailnet.harness.tailnet import PREFIX, SITES, TARGET, Tailnet, via_prefix
from tests.tailnet.harness.waiting import until

ROUTE = "db"
QUERY = b"SELECT 1"
NO_ANSWER = "tailnet.dial.no-answer"
KERNEL = {"r2": {"forwarding": "kernel"}}
OUT_OF_REACH = """
table inet unreachable {
  chain out {
    type filter hook output priority 0
    ip daddr 10.200.0.1 tcp dport 8080 reject with tcp reset
  }
}
"""


@pytest.fixture(scope="module")
def key(standing_tailnet: Tailnet) -> str:
    """The path of a file with an API key of headscale."""
    path = standing_tailnet.folder / "api-key"
    path.write_text(standing_tailnet.headscale.must("apikeys", "create", "--expiration", "24h").split()[-1])
    return str(path)


@contextlib.contextmanager
def mending(
    tailnet: Tailnet,
    remedies: Mapping[str, object],
    *,
    key: str | None = None,
    hold: str = "40s",
    routers: Mapping[str, object] | None = None,
    **settings: Any,
) -> Iterator[Gateway]:
    """A gateway with one plain path to an echo on the LAN, whose router the control plane chooses."""
    if key is not None:
        settings["control"] = {"kind": "headscale", "url": SERVER, "key_file": key}
    with tailnet.serving(servers.echo) as server:
        routes = {ROUTE: ("tailscaled", f"{TARGET}:{server.port}")}
        with gateways.serving(
            tailnet,
            gateways.egresses(tailnet, ["tailscaled"]),
            routes,
            hold=hold,
            remedies=remedies,
            routers=routers or {},
            **settings,
        ) as gateway:
            assert ask(gateway) == QUERY
            yield gateway


def ask(gateway: Gateway) -> bytes:
    """One client's question, and its answer; nothing where it was let go without one."""
    answer = b""
    with contextlib.suppress(OSError), gateway.dial(ROUTE, timeout_s=60) as client:
        client.sendall(QUERY)
        while len(answer) < len(QUERY) and (more := client.recv(len(QUERY))):
            answer += more
    return answer


def told(gateway: Gateway, event: str, remedy: str) -> list[dict[str, Any]]:
    """What the log says of a remedy."""
    return gateway.lines(event, remedy=remedy)


def first_told(gateway: Gateway, event: str, remedy: str) -> dict[str, Any]:
    """The first line that the log says of a remedy, once there is one."""
    return until(lambda: told(gateway, event, remedy), f"{event} {remedy}")[0]


def approved(tailnet: Tailnet) -> dict[str, set[str]]:
    """The routes that headscale lets each router serve."""
    nodes = tailnet.headscale.nodes()
    return {router.name: set(nodes[router.name]["approved_routes"]) for router in tailnet.routers}


def everything(tailnet: Tailnet) -> dict[str, set[str]]:
    """The routes that each router is approved for in health."""
    return {router.name: set(tailnet.routes_of(router)) for router in tailnet.routers}


@contextlib.contextmanager
def zombie_until_moved_back(tailnet: Tailnet) -> Iterator[None]:
    """r1's data plane is dead; afterwards it may serve everything again, and does."""
    with faults.zombie(tailnet, tailnet.r1):
        try:
            yield
        finally:
            for router in tailnet.routers:
                tailnet.headscale.approve(router.name, *tailnet.routes_of(router))
            tailnet.restore_primary()


def test_the_prefix_of_a_zombie_is_moved_and_its_clients_are_served(tailnet: Tailnet, key: str) -> None:
    with (
        faults.kernel_mode(tailnet, tailnet.r2),
        mending(tailnet, {"move-route": "auto"}, key=key, routers=KERNEL) as gateway,
        zombie_until_moved_back(tailnet),
    ):
        assert ask(gateway) == QUERY
        line = first_told(gateway, "remedy-applied", "move-route")
        assert (line["result"], line["subject"], line["route"]) == ("helped", PREFIX, ROUTE)
        assert line["detail"].startswith(f"moved {PREFIX} from r1 to r2; to have it back")
        assert approved(tailnet) == {"r1": {via_prefix(SITES["r1"])}, "r2": {PREFIX, via_prefix(SITES["r2"])}}
        assert [each["remedy"] for each in gateway.lines("remedy-applied")] == ["ping-router", "rebind", "move-route"]
        assert [each["result"] for each in gateway.lines("remedy-applied")] == ["no-change", "no-change", "helped"]
        ping = told(gateway, "remedy-applied", "ping-router")[0]
        assert (ping["subject"], ping["detail"]) == ("r1", "r1: disco silent, TSMP silent")
        assert gateway.metric("farshore_remedies_total", remedy="move-route", result="helped") == 1
        assert ask(gateway) == QUERY


def test_a_suggestion_prints_the_command_that_mends(tailnet: Tailnet, key: str) -> None:
    with (
        faults.kernel_mode(tailnet, tailnet.r2),
        mending(tailnet, {}, key=key, routers=KERNEL) as gateway,
        zombie_until_moved_back(tailnet),
        gateway.dial(ROUTE, timeout_s=60) as client,
    ):
        client.sendall(QUERY)
        line = first_told(gateway, "remedy-suggested", "move-route")
        number = tailnet.headscale.node_id("r1")
        assert line["command"] == f'headscale nodes approve-routes -i {number} -r "{via_prefix(SITES["r1"])}"'
        assert approved(tailnet) == everything(tailnet)
        tailnet.headscale.must(*shlex.split(line["command"])[1:])
        assert client.recv(len(QUERY)) == QUERY
        assert told(gateway, "remedy-suggested", "break-derp")[0]["command"].endswith(" debug break-derp-conns")
        assert not told(gateway, "remedy-applied", "move-route")


def test_a_router_that_may_be_spoiled_by_4via6_takes_nothing_over(tailnet: Tailnet, key: str) -> None:
    with (
        mending(tailnet, {"move-route": "auto"}, key=key, hold="15s") as gateway,
        faults.zombie(tailnet, tailnet.r1),
    ):
        assert gateway.send(ROUTE, QUERY).codes == {NO_ANSWER: 1}
        line = first_told(gateway, "remedy-withheld", "move-route")
        assert line["why"].startswith(f"r2 also serves 4via6 for {PREFIX}: if it forwards in userspace")
        assert "routers: {r2: {forwarding: kernel}}" in line["why"]
        assert approved(tailnet) == everything(tailnet)


def test_where_nobody_else_lives_nothing_is_moved(tailnet: Tailnet, key: str) -> None:
    with (
        faults.kernel_mode(tailnet, tailnet.r2),
        mending(tailnet, {"move-route": "auto"}, key=key, hold="18s", routers=KERNEL) as gateway,
        faults.zombie(tailnet, *tailnet.routers),
    ):
        assert gateway.send(ROUTE, QUERY).codes == {NO_ANSWER: 1}
        line = first_told(gateway, "remedy-withheld", "move-route")
        assert line["why"] == f"no living router for {PREFIX}: r2: disco silent, TSMP silent"
        assert approved(tailnet) == everything(tailnet)


def test_without_the_control_plane_nothing_is_changed_and_that_is_told(tailnet: Tailnet, key: str) -> None:
    with (
        faults.kernel_mode(tailnet, tailnet.r2),
        mending(tailnet, {"move-route": "auto"}, key=key, hold="15s", routers=KERNEL) as gateway,
        faults.zombie(tailnet, tailnet.r1),
        faults.rejected(tailnet, OUT_OF_REACH),
    ):
        assert gateway.send(ROUTE, QUERY).codes == {NO_ANSWER: 1}
        line = first_told(gateway, "remedy-withheld", "move-route")
        assert line["why"].startswith(f"the control plane cannot be asked, nothing was changed: {SERVER}: ")
        assert approved(tailnet) == everything(tailnet)


def test_a_move_that_does_not_help_is_undone(tailnet: Tailnet, key: str) -> None:
    with (
        faults.kernel_mode(tailnet, tailnet.r2),
        mending(tailnet, {"move-route": "auto"}, key=key, routers=KERNEL) as gateway,
        zombie_until_moved_back(tailnet),
    ):
        tailnet.r2.namespace.ip("link", "set", "lan0", "down")
        try:
            assert ask(gateway) == b""
            line = first_told(gateway, "remedy-applied", "move-route")
        finally:
            tailnet.r2.namespace.ip("link", "set", "lan0", "up")
        assert line["result"] == "undone"
        assert line["detail"].endswith("; put back as it was")
        assert approved(tailnet) == everything(tailnet)


def test_who_may_only_read_is_told_what_to_run(tailnet: Tailnet) -> None:
    with (
        mending(tailnet, {"break-derp": "auto"}, hold="15s", as_user=65534) as gateway,
        faults.zombie(tailnet, tailnet.r1),
    ):
        assert gateway.send(ROUTE, QUERY).codes == {NO_ANSWER: 1}
        for remedy, action in (("rebind", "rebind"), ("break-derp", "break-derp-conns")):
            line = first_told(gateway, "remedy-suggested", remedy)
            assert line["why"].startswith("tailscaled lets this user only read; see `tailscale set --operator`")
            assert line["command"].startswith(f"tailscale --socket={tailnet.gw.socket} debug {action}")
        assert [each["remedy"] for each in gateway.lines("remedy-applied")] == ["ping-router"]


def test_without_an_outage_nothing_is_done(tailnet: Tailnet, key: str) -> None:
    with mending(tailnet, dict.fromkeys(("break-derp", "move-route"), "auto"), key=key) as gateway:
        assert [ask(gateway) for _ in range(5)] == [QUERY] * 5
        assert gateway.metric("farshore_remedies_total") == 0


def test_status_shows_what_was_done(tailnet: Tailnet) -> None:
    admin = tailnet.free_port()
    with (
        mending(tailnet, {}, hold="10s", admin=f"127.0.0.1:{admin}") as gateway,
        faults.zombie(tailnet, tailnet.r1),
    ):
        assert gateway.send(ROUTE, QUERY).codes == {NO_ANSWER: 1}
        until(lambda: told(gateway, "remedy-suggested", "break-derp"), "the suggestion")
        rows = json.loads(gateway.farshore("status", "--url", f"http://127.0.0.1:{admin}", "--format", "json"))
        kinds = [(row["remedy"], row["result"]) for row in rows["remedies"]["remedies"]]
        assert kinds[:3] == [("ping-router", "no-change"), ("rebind", "no-change"), ("break-derp", "suggested")]
        shown = gateway.farshore("status", "--url", f"http://127.0.0.1:{admin}")
        assert all(text in shown for text in ("ping-router", "no-change", "break-derp", "suggested"))
