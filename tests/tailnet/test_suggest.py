"""What `farshore paths suggest` reads from a real tailnet is what its administrators have done, or still have to do."""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from tests.tailnet.harness import gateways
from tests.tailnet.harness.tailnet import PREFIX, SITES, TARGET, Tailnet, via_prefix
from tests.tailnet.harness.waiting import until

from farshore.app.exits import Exit


def suggested(tailnet: Tailnet, *flags: str) -> Any:
    path = tailnet.folder / "suggest.json"
    route = {"name": "db", "listen": 8082, "target": f"{TARGET}:1433", "egress": "tailscaled"}
    path.write_text(json.dumps({"egresses": gateways.egresses(tailnet, ["tailscaled"]), "routes": [route]}))
    command = [sys.executable, "-m", "farshore", "paths", "suggest", "-c", str(path), "--format", "json", *flags]
    done = tailnet.gw.run(*command, env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.returncode == Exit.OK, done.stderr
    (seen,) = json.loads(done.stdout)
    return seen


def test_sites_that_are_advertised_are_paths_at_once(tailnet: Tailnet) -> None:
    seen = suggested(tailnet)
    (route,) = seen["suggestion"]["routes"]
    assert [(path["via"], path["site"]) for path in route["paths"]] == list(SITES.items())
    assert seen["suggestion"]["routers"] == []
    assert (seen["accepts_routes"], seen["is_headscale"]) == (True, True)


def test_a_site_that_was_never_approved_is_work_for_its_router(tailnet: Tailnet) -> None:
    tailnet.headscale.approve("r1", PREFIX)
    try:
        until(lambda: via_prefix(SITES["r1"]) not in tailnet.gw.routes_of("r1"), "the site of r1 to be gone")
        seen = suggested(tailnet)
    finally:
        tailnet.headscale.approve("r1", *tailnet.routes_of(tailnet.r1))
        tailnet.until_healthy()
    (work,) = seen["suggestion"]["routers"]
    # Its own site is free, and the smallest: the same prefix as before, beside what it serves.
    assert (work["name"], work["advertise"]) == ("r1", [PREFIX, via_prefix(SITES["r1"])])
    assert work["via"] == [[SITES["r1"], PREFIX, via_prefix(SITES["r1"])]]
    assert {path["via"] for path in seen["suggestion"]["routes"][0]["paths"]} == set(SITES)


def test_the_4via6_prefixes_of_the_documents(tailnet: Tailnet) -> None:
    page = (Path(__file__).parents[2] / "docs" / "paths.md").read_text(encoding="utf-8")
    printed = re.findall(r"(?m)^\$ tailscale (debug via .*)\n(\S+)$", page)
    assert len(printed) == len(SITES)
    assert [tailnet.r1.tailscale(*line.split()).stdout.strip() for line, _ in printed] == [out for _, out in printed]


def test_the_address_of_a_router(tailnet: Tailnet) -> None:
    assert tailnet.r1.tailscale("ip", "-4").stdout.split() == [
        address for address in tailnet.r1.tailscale_ips() if "." in address
    ]
