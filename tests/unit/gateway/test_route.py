from random import Random

import pytest

from farshore.config.model import Config, Path, Timeouts
from farshore.core.address import HostPort, parse_host_port
from farshore.core.clock import SystemClock
from farshore.core.events import Event, PathChanged
from farshore.gateway.egress import build_egress
from farshore.gateway.route import Route, build_routes

EVENTS: list[Event] = []
R1 = parse_host_port("100.64.0.2:11433")


def built(**settings: object) -> list[Route]:
    """The running routes of a configuration with two egresses and one route."""
    written = {"listen": 8082, "target": "172.16.20.88:1433", "egress": "one"} | settings
    names = {"one": {"kind": "tailscaled"}, "two": {"kind": "tailscaled", "socket": "/two.sock"}}
    config = Config.model_validate({"egresses": names, "routes": [written]})
    egresses = {name: build_egress(name, each, Timeouts(), SystemClock()) for name, each in config.egresses.items()}
    return list(build_routes(config, egresses, Random(7), EVENTS.append))  # noqa: S311 - no secret


def paths_of(*paths: Path, **settings: object) -> list[tuple[str, str, HostPort | None]]:
    (only,) = built(paths=paths, **settings)
    return [(path.name, path.egress.name, path.target) for path in only.paths]


def test_without_paths_there_is_one_to_the_targets_own_address() -> None:
    assert paths_of(egress="two") == [("two/172.16.20.88:1433", "two", None)]


def test_a_site_becomes_the_routers_own_address_for_the_target() -> None:
    via = parse_host_port("[fd7a:115c:a1e0:b1a:0:2:ac10:1458]:1433")
    assert paths_of(Path(via="r2", site=2)) == [("r2", "one", via)]


def test_a_listener_is_dialled_as_it_is_written_and_an_egress_of_its_own_is_used() -> None:
    assert paths_of(Path(via="r1", listener=R1), Path(egress="two")) == [
        ("r1", "one", R1),
        ("two/172.16.20.88:1433", "two", None),
    ]


def test_two_paths_through_one_router_have_names_of_their_own() -> None:
    found = paths_of(Path(via="r1", site=1), Path(via="r1", listener=R1), Path(listener=R1, egress="two"))
    assert [name for name, _, _ in found] == ["r1", "r1/one/100.64.0.2:11433", "two/100.64.0.2:11433"]


def test_every_port_of_a_range_has_paths_and_breakers_of_its_own() -> None:
    ports = {"listen": "21000-21001", "target": "172.16.20.88:31000-31001"}
    first, second = built(paths=(Path(via="r1", site=1), Path(via="r2", site=2)), **ports)
    assert [str(path.target) for path in (*first.paths, *second.paths)] == [
        "[fd7a:115c:a1e0:b1a:0:1:ac10:1458]:31000",
        "[fd7a:115c:a1e0:b1a:0:2:ac10:1458]:31000",
        "[fd7a:115c:a1e0:b1a:0:1:ac10:1458]:31001",
        "[fd7a:115c:a1e0:b1a:0:2:ac10:1458]:31001",
    ]
    assert len({path.breaker for each in (first, second) for path in each.paths}) == 4


def test_a_route_is_named_by_its_label_and_in_a_range_by_its_port_too() -> None:
    assert [each.name for each in built()] == ["8082"]
    assert [each.name for each in built(name="db")] == ["db"]
    ports = {"listen": "21000-21001", "target": "172.16.20.88:31000-31001", "name": "ftp"}
    assert [each.name for each in built(**ports)] == ["ftp:21000", "ftp:21001"]


def test_the_listening_address_is_the_routes_own_or_the_default() -> None:
    assert [str(each.listen) for each in built()] == ["127.0.0.1:8082"]
    assert [str(each.listen) for each in built(listen="[::1]:8082")] == ["[::1]:8082"]


@pytest.mark.parametrize(
    ("client", "allowed"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("11.1.2.3", False),
        ("::ffff:11.1.2.3", False),
        ("fd00::7", True),
        ("fd01::7", False),
        ("fe80::1%eth0", True),
        ("192.168.7.7", True),
        ("192.168.7.8", False),
    ],
)
def test_clients_are_allowed_by_network(client: str, allowed: bool) -> None:  # noqa: FBT001
    (only,) = built(allow_clients=["10.0.0.0/8", "fd00::/16", "fe80::/10", "192.168.7.7"])

    assert only.allows(client) is allowed


@pytest.mark.parametrize("client", ["10.1.2.3", "fd00::7", "::ffff:10.1.2.3"])
def test_without_a_list_everybody_is_allowed(client: str) -> None:
    (only,) = built()

    assert only.allows(client)


def test_a_list_of_everybody_in_one_family_is_not_one_of_the_other() -> None:
    (only,) = built(allow_clients=["0.0.0.0/0"])

    assert only.allows("203.0.113.7")
    assert only.allows("::ffff:203.0.113.7")
    assert not only.allows("2001:db8::7")


def test_a_change_of_a_paths_state_is_announced_with_its_reason() -> None:
    EVENTS.clear()
    (route,) = built(paths=(Path(via="r1", site=1), Path(via="r2", site=2)))
    breaker = route.paths[1].breaker
    breaker.trip(breaker.begin(0), 0, "overtaken by r1")
    assert [PathChanged(route="8082", path="r2", state="open", was="closed", reason="overtaken by r1")] == EVENTS


@pytest.mark.parametrize(
    ("settings", "hold_s"),
    [
        ({}, 0.0),
        ({"hold": "5s"}, 5.0),
        ({"paths": (Path(via="r1", site=1),)}, 0.0),
        ({"paths": (Path(via="r1", site=1), Path(via="r2", site=2))}, 12.0),
        ({"paths": (Path(via="r1", site=1), Path(via="r2", site=2)), "protocol": "mysql"}, 8.0),
        ({"paths": (Path(via="r1", site=1), Path(via="r2", site=2)), "hold": 0}, 0.0),
    ],
)
def test_clients_are_held_where_there_are_several_paths_or_where_it_is_written(
    settings: dict[str, object], hold_s: float
) -> None:
    (route,) = built(**settings)
    assert route.hold_s == hold_s
