"""Incidents on a real tailnet: noticed, named, kept and closed by the gateway itself."""

import json
from pathlib import Path

import pytest
from tests.tailnet.harness import faults, gateways, servers
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.tailnet import TARGET, Tailnet
from tests.tailnet.harness.waiting import until

from farshore.app.cli import run

CLIENTS = 4
ADMIN = 9809
URL = f"http://127.0.0.1:{ADMIN}"


def told(gateway: Gateway, event: str) -> list[dict[str, object]]:
    return until(lambda: gateway.lines(event), event, deadline_s=60)


def test_a_dead_router_is_named_while_it_is_dead(
    tailnet: Tailnet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "incidents"
    with (
        tailnet.serving(servers.greet(b"hi")) as server,
        gateways.serving(
            tailnet,
            gateways.egresses(tailnet, ["tailscaled"]),
            {"db": ("tailscaled", f"{TARGET}:{server.port}")},
            incidents={"folder": str(folder)},
            admin=f"127.0.0.1:{ADMIN}",
        ) as gateway,
    ):
        with faults.zombie(tailnet, *tailnet.routers):
            gateway.send("db", b"", clients=CLIENTS)
            (opened,) = told(gateway, "incident-opened")
            examined = told(gateway, "incident-examined")[0]
        listed = json.loads(gateway.farshore("incidents", "--format", "json", "--url", URL))
        shown = gateway.farshore("incidents", "show", str(opened["incident"]), "--url", URL)
    assert (opened["route"], opened["sign"]) == ("db", "failures")
    assert examined["incident"] == opened["incident"]
    assert (examined["code"], examined["router"]) == ("M01", "r1"), examined
    (record,) = listed["incidents"]
    assert (record["id"], record["routes"], record["closed_s"]) == (opened["incident"], {"db": "failures"}, None)
    assert "M01" in shown
    place = folder / str(opened["incident"])
    run(["diagnose", str(place / "001-evidence.tar.gz"), "--format", "json"])
    assert json.loads(capsys.readouterr().out)["verdicts"][0]["code"] == "M01"
