import json
from pathlib import Path
from typing import Any

import pytest

from farshore.app import check_live as module
from farshore.app.check import CheckResult
from farshore.app.check_live import as_document, as_lines, check_live, exit_code
from farshore.app.exits import Exit
from farshore.app.live import Live, PathDialled, RouteDialled, RouterSeen
from farshore.config.model import Forwarding
from farshore.core.outcome import Code
from farshore.tailnet.forwarding import Forwards

UNSAFE = RouterSeen(
    router="r1", declared=Forwarding.KERNEL, seen=Forwards.IN_NETSTACK, why="router-a runs windows, which forwards so"
)


def dialled(path: str = "r1", code: Code | None = None, **settings: Any) -> PathDialled:
    values: dict[str, Any] = {
        "path": path,
        "egress": "tailnet",
        "dialled": "[fd7a:115c:a1e0:b1a:0:1:ac10:1458]:1433",
        "owner": "router-a",
        "owner_os": "linux",
        "took_ms": 4.2,
        "code": code,
        "detail": "" if code is None else "nobody answered for 7.0 s; and much more is known of it than that, " * 3,
    }
    return PathDialled(**(values | settings))


def live(*paths: PathDialled, routers: tuple[RouterSeen, ...] = (), ports: int = 1) -> Live:
    route = RouteDialled(route="billing", listen="127.0.0.1:8082", target="172.16.20.88:1433", ports=ports, paths=paths)
    return Live(routes=(route,), routers=routers)


DEAD = dialled("r2", Code.NO_ANSWER, took_ms=7000.0)


@pytest.mark.parametrize(
    ("seen", "exit_"),
    [
        (live(dialled(), dialled("r2")), Exit.OK),
        (live(dialled(), DEAD), Exit.PATH_FAILED),
        (live(DEAD), Exit.ROUTE_FAILED),
        (live(dialled(), routers=(UNSAFE,)), Exit.USAGE),
        (live(DEAD, routers=(UNSAFE,)), Exit.USAGE),
    ],
)
def test_how_it_ends(seen: Live, exit_: Exit) -> None:
    assert exit_code(seen) is exit_


def test_a_person_sees_every_path_within_80_columns() -> None:
    lines = list(as_lines(live(dialled(), DEAD, routers=(UNSAFE,), ports=3)))
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert lines[0] == "billing: 127.0.0.1:8082 to 172.16.20.88:1433, the first of 3 ports"
    assert lines[1] == "  works  r1, 4 ms, through router-a (linux)"
    assert lines[2] == "         dialled [fd7a:115c:a1e0:b1a:0:1:ac10:1458]:1433 over tailnet"
    assert "  FAILS  r2, 7.00 s, through router-a (linux)" in lines
    assert "tailnet.dial.no-answer: nobody answered for 7.0 s" in text
    assert "WRONG  r1 is declared kernel, seen netstack: router-a runs windows" in text
    assert lines[-1] == "Paths that work now: 1 of 2; this would not be safe to serve because of r1."


def test_a_route_without_a_way_is_named() -> None:
    assert list(as_lines(live(DEAD)))[-1] == "Paths that work now: 0 of 1; no path works for billing."


def test_a_machine_sees_the_same() -> None:
    document = json.loads(as_document(live(dialled(), DEAD, routers=(UNSAFE,))))
    (route,) = document["routes"]
    assert (route["works"], [path["works"] for path in route["paths"]]) == (True, [True, False])
    assert route["paths"][1]["code"] == "tailnet.dial.no-answer"
    assert document["routers"][0]["disproved"] is True


def test_what_is_wrong_with_the_file_is_told_and_nothing_is_dialled(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text("routes: [{listen: x, target: 172.16.0.1:1}]")
    result = check_live(path, as_json=False)
    assert isinstance(result, CheckResult)
    assert result.exit_code is Exit.USAGE
    assert "routes[0].listen" in result.text


def test_the_file_is_dialled_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(
        f"egresses: {{t: {{kind: tailscaled, socket: {tmp_path}/s}}}}\nroutes: [{{listen: 8082, target: 172.16.0.1:1}}]"
    )
    asked: list[Any] = []

    async def look(config: Any) -> Live:
        asked.append(config)
        return live(dialled())

    monkeypatch.setattr(module, "look_live", look)
    result = check_live(path, as_json=True)
    assert isinstance(result, CheckResult)
    assert result.exit_code is Exit.OK
    assert json.loads(result.text)["routes"][0]["route"] == "billing"
    assert [config.routes[0].target.first for config in asked] == [1]
