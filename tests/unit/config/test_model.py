import pytest
from pydantic import ValidationError

from farshore.config.egresses import TailscaledEgress
from farshore.config.model import Config, Drain, Keepalive, PathHealth, Route, Timeouts

ROUTE: dict[str, object] = {"listen": 8082, "target": "172.16.0.1:1"}
PATHS = [{"via": "r1", "site": 1}, {"via": "r2", "site": 2}]


def test_the_defaults_are_those_of_the_reference() -> None:
    config = Config.model_validate({"routes": [ROUTE]})
    assert config.egresses == {"tailnet": TailscaledEgress()}
    assert str(config.listen_host) == "127.0.0.1"
    assert (str(config.health), str(config.admin)) == ("127.0.0.1:9808", "127.0.0.1:9809")
    assert config.timeouts == Timeouts(connect_s=0.25, dial_s=7, idle_s=3600, half_close_s=5)
    assert config.keepalive == Keepalive(idle_s=30, interval_s=10, probes=3)
    assert config.path_health == PathHealth(every_s=10, in_doubt_s=2, fall=3, rise=2)
    assert config.drain == Drain(settle_s=5, grace_s=30)


@pytest.mark.parametrize(
    ("written", "probe"),
    [
        ({}, "none"),
        ({"paths": PATHS}, "tcp"),
        ({"paths": PATHS[:1]}, "none"),
        ({"paths": PATHS, "protocol": "postgres"}, "tcp"),
        ({"paths": PATHS, "protocol": "sqlserver"}, "tcp"),
        ({"paths": PATHS, "protocol": "mysql"}, "none"),
        ({"paths": PATHS, "protocol": "ftp"}, "none"),
        ({"paths": PATHS, "protocol": "sftp"}, "none"),
        ({"paths": PATHS, "listen": "8082-8083", "target": "172.16.20.88:1433-1434"}, "none"),
        ({"paths": PATHS, "protocol": "mysql", "probe": "tcp"}, "tcp"),
        ({"probe": "tcp"}, "tcp"),
    ],
)
def test_a_target_is_looked_at_where_that_costs_it_nothing_that_counts(written: dict[str, object], probe: str) -> None:
    assert Route.model_validate(ROUTE | written).probe_or_default.value == probe


def test_a_route_without_a_name_is_called_by_its_port() -> None:
    assert Route.model_validate(ROUTE).label == "8082"
    assert Route.model_validate({**ROUTE, "name": "billing"}).label == "billing"


def test_a_route_never_leaves_the_tailnet_unless_it_says_so_with_true() -> None:
    assert not Route.model_validate(ROUTE).allow_direct
    for written in ("yes", "true", 1, "1", "on"):
        with pytest.raises(ValidationError):
            Route.model_validate({**ROUTE, "allow_direct": written})
