import json
from asyncio import to_thread
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.unit.tailnet.test_suggest import LAN, SITE_1, SITE_2, known, peer, status, wanted

from farshore.app.check import CheckResult
from farshore.app.exits import Exit, Refusal
from farshore.app.paths_suggest import Seen, as_lines, suggest_paths
from farshore.config.load import parse
from farshore.core.clock import SystemClock
from farshore.lab.stage import POSTGRES, set_stage
from farshore.tailnet.suggest import suggest

pytestmark = pytest.mark.anyio


def seen(*peers: dict[str, Any], also: Sequence[str] = (), **settings: Any) -> Seen:
    values: dict[str, Any] = {"egress": "tailnet", "accepts_routes": True, "is_headscale": True}
    return Seen(**(values | settings), suggestion=suggest([wanted()], status(*peers), also))


def text(each: Seen) -> str:
    return "\n".join(as_lines([each]))


def test_who_has_to_run_what_with_headscale() -> None:
    told = text(seen(peer("r1", 2, LAN), peer("r2", 3), also=["r2"]))
    assert "    paths:\n      - {via: r1, site: 1}\n      - {via: r2, site: 2}" in told
    assert "The administrator of r1 (linux), on it:\n  tailscale debug via 1 172.16.20.0/24" in told
    assert f"  tailscale set --advertise-routes={LAN},\\\n{SITE_1}" in told
    assert f"  headscale nodes approve-routes -i ID -r {LAN},\\\n{SITE_2}" in told
    assert told.count("in the environment of its\n  # tailscaled:\n  TS_NETSTACK_KEEPALIVE_IDLE=") == 2
    assert "accept-routes" not in told
    assert max(map(len, told.splitlines())) <= 80


def test_who_has_to_run_what_with_tailscale() -> None:
    told = text(seen(peer("r1", 2, LAN), is_headscale=False, accepts_routes=False))
    assert "https://login.tailscale.com/admin/machines" in told
    assert "headscale" not in told
    assert "  tailscale set --accept-routes" in told


def test_a_list_that_is_broken_is_one_for_the_shell() -> None:
    many = [f"10.{number}.0.0/16" for number in range(20)]
    told = text(seen(peer("r1", 2, LAN, *many)))
    joined = told.replace("\\\n", "")
    assert f"--advertise-routes={','.join([LAN, *many, SITE_1])}" in joined
    assert max(map(len, told.splitlines())) <= 80


def test_a_whole_list_and_an_id_are_told_as_such() -> None:
    suggestion = suggest([wanted()], status(peer("r1", 2, LAN)), known=[known("r1", 2, LAN)])
    told = text(Seen(egress="tailnet", accepts_routes=True, is_headscale=True, suggestion=suggestion))
    assert "debug prefs" not in told
    assert f"  headscale nodes approve-routes -i 2 -r {LAN},\\\n{SITE_1}" in told


def test_a_control_plane_that_was_not_reached_is_told() -> None:
    told = text(seen(peer("r1", 2, LAN), untold="https://headscale.example: no key"))
    assert "could not be asked, standbys are not seen: https://headscale.example" in " ".join(told.split())


def test_what_is_there_already_is_told() -> None:
    told = text(seen(peer("r1", 2, LAN, SITE_1), peer("r2", 3, SITE_2)))
    assert "advertise all of it already" in told
    assert "tailscale set" not in told


def test_listeners_are_served_by_their_routers() -> None:
    told = text(seen(peer("win", 2, LAN, os="windows")))
    assert '      - {via: win, listener: "100.64.0.2:11433"}' in told
    assert "  tailscale serve --bg --tcp=11433 tcp://172.16.20.88:1433" in told


def test_the_paths_that_are_printed_are_a_configuration() -> None:
    told = text(seen(peer("r1", 2, LAN), peer("win", 3, os="windows"), also=["win"]))
    block = told.partition("\n\n")[0].replace(
        "- name: billing", "- name: billing\n    listen: 8082\n    target: 172.16.20.88:1433"
    )
    loaded = parse(block.encode(), "f")
    assert loaded.config is not None, loaded.problems
    assert [path.via for path in loaded.config.routes[0].paths] == ["r1", "win"]


async def test_tailscaled_itself_is_asked(tmp_path: Path) -> None:
    config = tmp_path / "f.yaml"
    async with set_stage(SystemClock()) as stage:
        config.write_text(
            f"egresses: {{t: {{kind: tailscaled, socket: {stage.daemon.socket}}}}}\n"
            f"routes: [{{name: db, listen: 8082, target: '{POSTGRES}'}}]\n"
        )
        result = await to_thread(suggest_paths, config, routers=(), as_json=True)
    assert isinstance(result, CheckResult)
    assert result.exit_code is Exit.OK
    (document,) = json.loads(result.text)
    assert [path["via"] for path in document["suggestion"]["routes"][0]["paths"]] == ["r1", "r2"]
    assert document["accepts_routes"] is True


def test_a_tailscaled_that_is_away_is_told(tmp_path: Path) -> None:
    config = tmp_path / "f.yaml"
    config.write_text(
        f"egresses: {{t: {{kind: tailscaled, socket: {tmp_path}/none}}}}\n"
        "routes: [{listen: 8082, target: 172.16.0.1:1}]"
    )
    refusal = suggest_paths(config, routers=(), as_json=False)
    assert isinstance(refusal, Refusal)
    assert refusal.exit is Exit.NOT_REACHED
    assert "tailscale status" in refusal.sentence
