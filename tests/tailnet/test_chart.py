"""What the chart ships is what runs: the rendered pod's own command, files and probes, on the real tailnet."""

import json
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from tests.deploy import chart
from tests.tailnet.harness import servers
from tests.tailnet.harness.daemons import Daemon
from tests.tailnet.harness.headscale import SERVER
from tests.tailnet.harness.nodes import ENVIRONMENT
from tests.tailnet.harness.tailnet import BINARIES, SITES, VIA_ONLY_TARGET, Tailnet
from tests.tailnet.harness.waiting import exactly, until

pytestmark = [pytest.mark.timeout(180)]
PORT = 11433
# The pod has another tailscaled here.
OWN_SOCKS = "127.0.0.1:1067"


def new_key(tailnet: Tailnet) -> str:
    made = tailnet.headscale.must("preauthkeys", "create", "--user", "1", "--expiration", "1h")
    return made.strip().splitlines()[-1]


def got(tailnet: Tailnet, probe: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """What the kubelet would get."""
    with tailnet.gw.namespace.connect("127.0.0.1", 9808) as connection:
        connection.sendall(
            f"GET {probe['httpGet']['path']} HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n\r\n".encode()
        )
        response = HTTPResponse(connection)
        response.begin()
        return response.status, json.loads(response.read())


@contextmanager
def started(tailnet: Tailnet, documents: list[chart.Document], key: str, folder: Path) -> Iterator[Daemon]:
    """The pod's container as the kubelet starts it, but for its user id: its volumes where the documents say."""
    made = chart.container(documents)
    volumes = {volume["name"]: volume for volume in chart.pod(documents)["volumes"]}
    mounts = ["mount -t tmpfs none /etc/farshore"]
    for mount in made["volumeMounts"]:
        own = folder / mount["name"]
        own.mkdir()
        if "configMap" in volumes.get(mount["name"], {}):
            (own / "farshore.yaml").write_text(chart.configuration(documents))
        if "secret" in volumes.get(mount["name"], {}):
            (own / "authkey").write_text(key)
        if mount["mountPath"] != "/tmp":  # noqa: S108 - the tests' own folder lies there
            place = shlex.quote(mount["mountPath"])
            mounts += [f"mkdir -p {place}", f"mount --bind {shlex.quote(str(own))} {place}"]
    arguments = shlex.join([sys.executable, "-m", "farshore", *made["args"]])
    etc, work = folder / "etc", folder / "work"
    etc.mkdir()
    work.mkdir()
    prepare = [
        f"mount -t overlay overlay -o lowerdir=/etc,upperdir={etc},workdir={work} /etc",
        "mkdir -p /etc/farshore",
        "mount -t tmpfs none /var/lib",
        *mounts,
    ]
    script = " && ".join([*prepare, f"exec tini -- {arguments}"])
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", script]
    environment = {**ENVIRONMENT, "PATH": f"{BINARIES}:{os.environ['PATH']}"}
    daemon = Daemon(tailnet.gw.namespace, folder / "log", *command, env=environment)
    try:
        yield daemon
    finally:
        daemon.stop()


def test_the_rendered_pod_logs_in_becomes_ready_and_carries(tailnet: Tailnet, tmp_path: Path) -> None:
    with tailnet.serving(servers.echo, host=VIA_ONLY_TARGET) as server:
        paths = [{"via": name, "site": site} for name, site in SITES.items()]
        values = {
            "routes": [{"name": "db", "listen": PORT, "target": f"{server.host}:{server.port}", "paths": paths}],
            "config": {"drain": {"settle": "0s", "grace": "0s"}, "tailscaled": {"socks5": OWN_SOCKS}},
            "tailscale": {"authSecret": {"name": "tailnet"}, "loginServer": SERVER, "hostname": "chart"},
            "persistence": {"size": "1Gi"},
        }
        documents = chart.rendered(values, tmp_path)
        made = chart.container(documents)
        with started(tailnet, documents, new_key(tailnet), tmp_path) as daemon:

            def is_ready() -> bool:
                assert daemon.is_running, daemon.log_text()
                try:
                    return got(tailnet, made["readinessProbe"])[0] == 200
                except ConnectionError:
                    return False

            until(is_ready, "readiness", deadline_s=40)
            assert got(tailnet, made["livenessProbe"])[0] == 200
            with tailnet.gw.namespace.connect("127.0.0.1", PORT) as client:
                client.sendall(b"SELECT 1")
                assert exactly(client, 8) == b"SELECT 1"
            assert (tmp_path / "state" / "tailscaled" / "tailscaled.state").is_file()
        assert "logged out" not in daemon.log_text()
