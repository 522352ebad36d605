from pathlib import Path

import pytest

from farshore.app.exits import Exit, Refusal
from farshore.app.probe_subject import configured, subject
from farshore.config.model import Config, Protocol
from farshore.core.clock import SystemClock

pytestmark = pytest.mark.anyio

TWO = Config.model_validate(
    {
        "egresses": {"out": {"kind": "direct"}},
        "routes": [
            {"name": "erp", "listen": "8082", "target": "172.16.20.88:1433", "paths": [{"via": "a"}, {"via": "b"}]},
            {"listen": "8083", "target": "172.16.20.88:5432"},
        ],
    }
)


def test_a_target_is_dialled_directly_where_that_is_asked_for() -> None:
    config = configured("127.0.0.1:5432", None, direct=True)
    assert isinstance(config, Config)
    assert (config.routes[0].protocol, config.routes[0].allow_direct) == (Protocol.POSTGRES, True)
    assert config.egresses["direct"].kind == "direct"


@pytest.mark.parametrize(
    ("what", "direct", "says"),
    [
        ("erp", False, "name the configuration of the route with -c"),
        ("127.0.0.1:5432", False, "`--direct` dials over this host's own network"),
        ("[fd7a:115c:a1e0:b1a:0:1:ac10:1458]:1433", True, "can make the plain address a black hole"),
    ],
)
def test_what_cannot_be_probed_is_refused(what: str, direct: bool, says: str) -> None:  # noqa: FBT001 - a table of cases
    refused = configured(what, None, direct=direct)
    assert isinstance(refused, Refusal)
    assert refused.exit is Exit.USAGE
    assert says in refused.sentence


def test_a_configuration_says_itself_how_its_routes_are_reached(tmp_path: Path) -> None:
    refused = configured("erp", tmp_path / "farshore.yaml", direct=True)
    assert isinstance(refused, Refusal)
    assert "--direct" in refused.sentence


@pytest.mark.parametrize(("what", "names"), [("erp", ["a", "b"]), ("172.16.20.88:5432", ["out/172.16.20.88:5432"])])
async def test_a_route_is_found_by_its_name_and_by_its_target(what: str, names: list[str]) -> None:
    chosen = subject(what, None, TWO, SystemClock())
    assert not isinstance(chosen, Refusal)
    assert [path.name for path in chosen.paths] == names
    for egress in chosen.egresses:
        await egress.close()


async def test_one_path_is_chosen_and_what_is_not_there_is_said() -> None:
    chosen = subject("erp", "b", TWO, SystemClock())
    assert not isinstance(chosen, Refusal)
    assert [path.name for path in chosen.paths] == ["b"]
    for refused, has in (
        (subject("hr", None, TWO, SystemClock()), "erp, 8083"),
        (subject("erp", "c", TWO, SystemClock()), "a, b"),
    ):
        assert isinstance(refused, Refusal)
        assert f"it has {has}." in refused.sentence


RANGES = Config.model_validate(
    {
        "egresses": {"out": {"kind": "direct"}},
        "routes": [
            {"name": "127.0.0.1", "listen": "8082-8083", "target": "172.16.20.88:1433-1434"},
            {"listen": "127.0.0.1:8084", "target": "172.16.20.88:5432"},
        ],
    }
)


@pytest.mark.parametrize(
    ("what", "label"), [("127.0.0.1:8082", "127.0.0.1"), ("127.0.0.1:8083", "127.0.0.1"), ("8084", "8084")]
)
async def test_a_route_is_the_one_that_is_written_for_its_port(what: str, label: str) -> None:
    chosen = subject(what, None, RANGES, SystemClock())
    assert not isinstance(chosen, Refusal)
    assert chosen.written.label == label
    for egress in chosen.egresses:
        await egress.close()
