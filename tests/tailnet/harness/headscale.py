"""The control plane: a real headscale, and the DERP relay beside it on an address of its own."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

from tests.tailnet.harness.daemons import Daemon
from tests.tailnet.harness.namespaces import Namespace
from tests.tailnet.harness.waiting import until

ADDRESS = "10.200.0.1"
DERP_ADDRESS = "10.200.0.2"
SERVER = f"http://{ADDRESS}:8080"

_DERP_MAP = f"""\
regions:
  901:
    regionid: 901
    regioncode: lab
    regionname: Lab
    nodes:
    - {{name: 901a, regionid: 901, hostname: {DERP_ADDRESS}, ipv4: {DERP_ADDRESS}, stunport: 3478, derpport: 3340}}
"""
_CONFIG = """\
server_url: {server}
listen_addr: {address}:8080
metrics_listen_addr: 127.0.0.1:9090
grpc_listen_addr: 127.0.0.1:50443
unix_socket: {folder}/hs.sock
unix_socket_permission: "0770"
noise: {{private_key_path: {folder}/noise.key}}
prefixes: {{v4: 100.64.0.0/10, v6: "fd7a:115c:a1e0::/48", allocation: sequential}}
database: {{type: sqlite, sqlite: {{path: {folder}/db.sqlite}}}}
derp: {{server: {{enabled: false}}, urls: [], paths: [{folder}/derp.yaml], auto_update_enabled: false}}
disable_check_updates: true
dns: {{magic_dns: false, override_local_dns: false, base_domain: tn.test}}
node: {{routes: {{ha: {{probe_interval: 10s, probe_timeout: 5s}}}}}}
policy: {{mode: database}}
tuning: {{batch_change_delay: 10ms, node_store_batch_timeout: 10ms}}
log: {{level: info}}
"""


class Headscale:
    """headscale and derper in the hub's namespace. Commands go through headscale's own unix socket."""

    def __init__(self, namespace: Namespace, folder: Path, binaries: Path) -> None:
        """Nothing runs before `start`."""
        self.namespace = namespace
        self.folder = folder
        self.config = folder / "hs.yaml"
        self.auth_key = ""
        self._binaries = binaries
        self.started: tuple[Daemon, ...] = ()

    def start(self) -> None:
        """Start both and make the pre-authentication key that nodes log in with."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "derp.yaml").write_text(_DERP_MAP)
        self.config.write_text(_CONFIG.format(server=SERVER, address=ADDRESS, folder=self.folder))
        derper = (str(self._binaries / "derper"), "-a", f"{DERP_ADDRESS}:3340", "-http-port", "-1")
        stun = ("-hostname", DERP_ADDRESS, "-stun", "-stun-port", "3478", "-c", str(self.folder / "derper.json"))
        derp = Daemon(self.namespace, self.folder / "derp.log", *derper, *stun)
        self.started = (derp,)
        self.serve()
        self.must("users", "create", "tests")
        key = self.must("preauthkeys", "create", "--user", "1", "--reusable", "--expiration", "24h")
        self.auth_key = key.strip().splitlines()[-1]

    def serve(self) -> None:
        """Start headscale, with what its database holds, and wait until it answers."""
        command = (str(self._binaries / "headscale"), "-c", str(self.config), "serve")
        self.started = (*self.started, Daemon(self.namespace, self.folder / "log", *command))
        until(lambda: self.run("users", "list").returncode == 0, "headscale to answer")

    def kill(self) -> None:
        """End headscale with SIGKILL; DERP goes on."""
        self.started[-1].stop(signal.SIGKILL)

    def log_text(self) -> str:
        """What headscale has said."""
        return self.started[-1].log_text()

    def run(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """The `headscale` command; the caller looks at `returncode`."""
        return self.namespace.run(str(self._binaries / "headscale"), "-c", str(self.config), *arguments, stdin=stdin)

    def must(self, *arguments: str) -> str:
        """The `headscale` command, which must succeed; its standard output."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"headscale {' '.join(arguments)}: {done.stderr}{done.stdout}"
        return done.stdout

    def nodes(self) -> dict[str, dict[str, Any]]:
        """The nodes it knows, by name, with approved, available and served routes."""
        return {node["name"]: node for node in json.loads(self.must("nodes", "list", "-o", "json"))}

    def node_id(self, name: str) -> str:
        """The number that headscale gave to a node."""
        return str(self.nodes()[name]["id"])

    def approve(self, name: str, *routes: str) -> None:
        """Approve exactly these routes of a node; none at all withdraws everything."""
        self.must("nodes", "approve-routes", "-i", self.node_id(name), "-r", ",".join(routes))

    def served(self, name: str) -> list[str]:
        """The routes that the control plane sends to others through this node: approved, and primary if shared."""
        return list(self.nodes()[name].get("subnet_routes") or [])

    def expire(self, name: str) -> None:
        """Let a node's key expire now."""
        self.must("nodes", "expire", "-i", self.node_id(name))

    def unexpire(self, name: str) -> None:
        """Let a node's key never expire."""
        self.must("nodes", "expire", "-i", self.node_id(name), "--disable")

    def set_policy(self, policy: dict[str, Any]) -> None:
        """Put another policy in force while everything runs (headscale's and Tailscale's own format)."""
        path = self.folder / "policy.json"
        path.write_text(json.dumps(policy))
        self.must("policy", "set", "-f", str(path))
