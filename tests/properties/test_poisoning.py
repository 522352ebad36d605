"""No configuration that is accepted dials a host both plainly and by 4via6, unless its routers forward in the kernel.

What is dialled is read from the gateway's own routes: clients, probes, warm-ups and checks all dial those addresses.
"""

import json
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from random import SystemRandom
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from farshore.config.load import parse
from farshore.config.model import Config, Forwarding, Router
from farshore.core.address import TAILSCALE_VIA, IPAddress, via_address
from farshore.core.clock import SystemClock
from farshore.gateway.egress import build_egress
from farshore.gateway.route import Route, build_routes

HOSTS = ("172.16.20.88", "172.16.20.89")
VIA_TARGETS = [str(via_address(site, IPv4Address(host))) for site in (1, 2) for host in HOSTS]
ROUTERS = ("r1", "r2")
LISTENER = IPv4Address("100.64.0.2")
PATHS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"egress": st.sampled_from(["a", "b"])}),
    st.fixed_dictionaries({"via": st.sampled_from(ROUTERS), "site": st.integers(1, 2)}),
    st.fixed_dictionaries({"via": st.sampled_from(ROUTERS), "listener": st.sampled_from([f"{LISTENER}:1433"])}),
)
TARGETS = st.sampled_from([*(f"{host}:1433" for host in HOSTS), *(f"[{host}]:1433" for host in VIA_TARGETS), "db:1433"])


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    routes = []
    for number in range(draw(st.integers(1, 3))):
        target = draw(TARGETS)
        route = {"listen": 8082 + number, "target": target, "egress": "a", "paths": draw(st.lists(PATHS, max_size=3))}
        routes.append(route | ({"resolve": "pod"} if target.startswith("db") else {}))
    forwarding = st.sampled_from(["kernel", "netstack"])
    declared = draw(st.dictionaries(st.sampled_from(ROUTERS), st.fixed_dictionaries({"forwarding": forwarding})))
    egresses = {name: {"kind": "tailscaled", "socket": f"/run/{name}.sock"} for name in ("a", "b")}
    return {"egresses": egresses, "routers": declared, "routes": routes}


def built(config: Config) -> list[Route]:
    clock = SystemClock()
    egresses = {name: build_egress(name, each, config.timeouts, clock) for name, each in config.egresses.items()}
    return list(build_routes(config, egresses, SystemRandom(), lambda _: None))


def dialled(config: Config) -> Iterator[tuple[IPv4Address, str | None]]:
    """Every IPv4 host behind a router that is dialled, with the router's name where it is by 4via6.

    None stands for the plain address, a nameless 4via6 address for a router that nothing is known of.
    """
    for written, route in zip(config.routes, built(config), strict=True):
        for number, path in enumerate(route.paths):
            router = written.paths[number].via if written.paths else None
            for address in _addresses(route, (path.target or route.target).host):
                if isinstance(address, IPv4Address) and address != LISTENER:
                    yield address, None
                elif isinstance(address, IPv6Address) and address in TAILSCALE_VIA:
                    yield IPv4Address(int(address) & 0xFFFFFFFF), router or ""


def _addresses(route: Route, host: IPAddress | str) -> Iterator[IPAddress]:
    """A name may stand for any host that the resolver does not refuse."""
    if isinstance(host, str):
        yield from (IPv4Address(each) for each in HOSTS if IPv4Address(each) not in route.not_plainly)
    else:
        yield host


def is_harmless(config: Config) -> bool:
    found = set(dialled(config))
    plain = {host for host, router in found if router is None}
    return all(
        router is None or host not in plain or config.routers.get(router, Router()).forwarding is Forwarding.KERNEL
        for host, router in found
    )


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_what_is_accepted_takes_no_plain_address_away_from_itself(document: dict[str, Any]) -> None:
    loaded = parse(json.dumps(document).encode(), "f")
    assert loaded.config is None or is_harmless(loaded.config)


@pytest.mark.parametrize(("forwarding", "harmless"), [("netstack", False), ("kernel", True)])
def test_the_property_sees_what_would_be_harmful(forwarding: str, harmless: bool) -> None:  # noqa: FBT001 - pytest names it
    document = {
        "egresses": {"a": {"kind": "tailscaled", "socket": "/run/a.sock"}},
        "routers": {"r1": {"forwarding": "kernel"}},
        "routes": [{"listen": 8082, "target": "172.16.20.88:1433", "paths": [{"via": "r1", "site": 1}, {}]}],
    }
    config = parse(json.dumps(document).encode(), "f").config
    assert config is not None
    declared = {"r1": Router(forwarding=Forwarding(forwarding))}
    assert is_harmless(config.model_copy(update={"routers": declared})) is harmless
    document["routers"] = {"r1": {"forwarding": forwarding}}
    assert (parse(json.dumps(document).encode(), "f").config is not None) is harmless
