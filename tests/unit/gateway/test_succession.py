from ipaddress import ip_address
from random import SystemRandom
from typing import Any

from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.gates import DIRECT, PRIVATE, route, socks5

from farshore.config.fields import Ports
from farshore.config.model import Config, Path, Timeouts
from farshore.core.address import HostPort
from farshore.core.events import Event, Health
from farshore.gateway.breaker import BreakerState
from farshore.gateway.egress import Egress, build_egress
from farshore.gateway.listener import ListenError
from farshore.gateway.route import Route, build_routes
from farshore.gateway.succession import Succession, succession, surviving_egresses, why_not_open

LOOPBACK = ip_address("127.0.0.1")
ONE, OTHER = HostPort(LOOPBACK, 1055), HostPort(LOOPBACK, 1056)


def written(name: str = "db", port: int = 8082, **settings: Any) -> Any:
    paths = (Path(egress="a"), Path(egress="b"))
    values: dict[str, Any] = {"name": name, "listen": Ports(host=None, first=port, last=port), "paths": paths}
    return route(settings.pop("target", PRIVATE), **(values | settings))


def config(*routes: Any, b: HostPort = OTHER, **settings: Any) -> Config:
    return Config(egresses={"a": socks5(ONE), "b": socks5(b)}, routes=routes or (written(),), **settings)


class House:
    """A configuration that runs, and what becomes of it under another one."""

    def __init__(self, *routes: Any) -> None:
        self.config = config(*routes)
        self.egresses = self.surviving(self.config, {})
        self.routes = tuple(build_routes(self.config, self.egresses, SystemRandom(), list[Event]().append))

    def surviving(self, after: Config, running: dict[str, Egress] | None = None) -> dict[str, Egress]:
        running = self.egresses if running is None else running
        before = self.config if running else after.model_copy(update={"egresses": {"gone": DIRECT}})
        return surviving_egresses(
            before, after, running, lambda name, each: build_egress(name, each, after.timeouts, HeldClock())
        )

    def under(self, after: Config, former: tuple[Route, ...] = ()) -> Succession:
        egresses = self.surviving(after)
        same = frozenset(name for name in after.egresses if self.config.egresses.get(name) == after.egresses[name])
        return succession(
            self.routes, former, tuple(build_routes(after, egresses, SystemRandom(), list[Event]().append)), same
        )


def names(*groups: tuple[Route, ...]) -> list[list[str]]:
    return [[route.name for route in group] for group in groups]


def test_what_is_written_as_before_is_the_very_same() -> None:
    house = House(written(), written("other", 8083))
    after = house.under(config(written(), written("other", 8083)))
    assert after.routes == house.routes
    assert (after.to_open, after.to_close) == ((), ())
    assert after.told.unchanged == ("db", "other")
    assert after.told.added == after.told.removed == after.told.changed == ()


def test_routes_come_and_go() -> None:
    house = House(written(), written("old", 8083))
    after = house.under(config(written("new", 8084), written()))
    assert names(after.routes, after.to_open, after.to_close) == [["new", "db"], ["new"], ["old"]]
    assert (after.told.added, after.told.removed, after.told.unchanged) == (("new",), ("old",), ("db",))


def test_a_changed_route_keeps_its_port_and_its_counts() -> None:
    house = House()
    after = house.under(config(written(max_connections=7)))
    assert (after.to_open, after.to_close, after.told.changed) == ((), (), ("db",))
    (heir,) = after.routes
    assert heir is not house.routes[0]
    assert heir.max_connections == 7
    assert heir.tally is house.routes[0].tally


def test_paths_that_are_kept_keep_what_is_known_of_them() -> None:
    house = House()
    first, second = house.routes[0].paths
    (heir,) = house.under(config(written(paths=(Path(egress="b"), Path(via="r1", egress="a"))))).routes
    assert heir.paths[0] is second
    assert heir.paths[1].breaker is not first.breaker


def test_another_target_is_another_path() -> None:
    house = House()
    (heir,) = house.under(config(written(target=HostPort(PRIVATE.host, 1434)))).routes
    assert {path.breaker for path in heir.paths}.isdisjoint(path.breaker for path in house.routes[0].paths)


def test_an_egress_that_leads_elsewhere_is_another_path() -> None:
    house = House()
    after = config(b=HostPort(LOOPBACK, 1057))
    (heir,) = house.under(after).routes
    assert heir.paths[0] is house.routes[0].paths[0]
    assert heir.paths[1].breaker is not house.routes[0].paths[1].breaker
    assert house.surviving(after)["a"] is house.egresses["a"]
    assert house.surviving(after)["b"] is not house.egresses["b"]


def test_more_patience_with_an_egress_changes_nothing_that_is_known_of_a_path() -> None:
    house = House()
    before = house.routes[0].paths[0]
    before.breaker.trip(before.breaker.begin(0.0), 0.0)
    before.health, before.health_reason = Health.DOWN, "no pong"
    (heir,) = house.under(config(timeouts=Timeouts(dial_s=9.0))).routes
    path = heir.paths[0]
    assert path.egress is not before.egress
    assert path.egress.way.port is not None
    assert path.egress.way.port.reply_s == 9.0
    assert (path.breaker.state, path.health, path.health_reason) == (BreakerState.OPEN, Health.DOWN, "no pong")
    assert path.dial_times is before.dial_times


def test_time_outs_that_no_egress_knows_leave_the_egresses_alone() -> None:
    house = House()
    assert house.surviving(config(timeouts=Timeouts(idle_s=9.0))) == house.egresses
    assert house.surviving(config(timeouts=Timeouts(idle_s=9.0)))["a"] is house.egresses["a"]


def test_another_name_takes_the_port_over_and_counts_anew() -> None:
    house = House()
    after = house.under(config(written("orders")))
    assert (after.to_open, after.to_close) == ((), ())
    assert (after.told.added, after.told.removed) == (("orders",), ("db",))
    assert after.routes[0].tally is not house.routes[0].tally


def test_another_port_of_the_same_name_is_a_change() -> None:
    house = House()
    after = house.under(config(written(port=8083)))
    assert names(after.to_open, after.to_close) == [["db"], ["db"]]
    assert (after.told.changed, after.routes[0].tally) == (("db",), house.routes[0].tally)


def test_a_route_that_comes_back_goes_on_counting() -> None:
    former = House().routes
    after = House(written("other", 8083)).under(config(written(), written("other", 8083)), former)
    assert after.routes[0].tally is former[0].tally
    assert names(after.to_open) == [["db"]]
    assert after.told.added == ("db",)


def test_a_port_that_the_gateway_itself_still_has_is_told_so() -> None:
    house = House()
    error = ListenError("db", HostPort(ip_address("0.0.0.0"), 8082), "Address already in use")  # noqa: S104 - it is refused
    assert "127.0.0.1:8082 open for route db" in why_not_open(error, house.routes)
    assert why_not_open(error, ()) == str(error)
