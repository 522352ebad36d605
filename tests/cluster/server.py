"""A real etcd and a real kube-apiserver on loopback: every object is checked and stored, and nothing ever runs."""

import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.ports import free_port

BUILT = Path(__file__).parents[2] / ".build" / "bin"
PATIENCE_S = 120
ADMIN = "the-administrators-token"

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the server said."""

    status: int
    body: Document


@dataclass(frozen=True, kw_only=True)
class ApiServer:
    """One that is ready, and the certificate that it shows."""

    url: str
    certificate: Path

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, token: str = ADMIN) -> Answer:
        """One request, as the administrator unless another token is given."""
        headers = {"Authorization": f"Bearer {token}"}
        trusting = ssl.create_default_context(cafile=str(self.certificate))
        with httpx2.Client(base_url=self.url, headers=headers, verify=trusting, trust_env=False) as client:
            response = client.request(method, path, json=body)
        is_document = response.headers.get("Content-Type") == "application/json"
        return Answer(status=response.status_code, body=response.json() if is_document else {"text": response.text})

    def create(self, document: Mapping[str, Any], *, dry_run: bool = False) -> Answer:
        """Store an object, or only have it checked as if; a field that nobody knows is an error."""
        query = "?fieldValidation=Strict" + ("&dryRun=All" if dry_run else "")
        return self.ask("POST", self._place(document) + query, document)

    def _place(self, document: Mapping[str, Any]) -> str:
        version, kind = str(document["apiVersion"]), document["kind"]
        base = f"/apis/{version}" if "/" in version else f"/api/{version}"
        known = self.ask("GET", base).body.get("resources", [])
        found = [each for each in known if each["kind"] == kind and "/" not in each["name"]]
        assert found, f"the server knows no {kind} of {version}"
        if not found[0]["namespaced"]:
            return f"{base}/{found[0]['name']}"
        return f"{base}/namespaces/{document['metadata'].get('namespace', 'db')}/{found[0]['name']}"


@contextmanager
def api_server(folder: Path) -> Iterator[ApiServer]:
    """Both, started in a folder of their own and ended by their pids; skips, by name, where they were not built."""
    for name in ("etcd", "kube-apiserver"):
        if not (BUILT / name).is_file():
            pytest.skip(f"missing: {name}: run `make k8s`")
    store, peers, port = free_port(), free_port(), free_port()
    _write_secrets(folder)
    etcd = [
        *(f"--name=only --data-dir={folder}/etcd --log-level=error").split(),
        *(f"--{who}-client-urls=http://127.0.0.1:{store}" for who in ("listen", "advertise")),
        *(f"--{who}-peer-urls=http://127.0.0.1:{peers}" for who in ("listen", "initial-advertise")),
        f"--initial-cluster=only=http://127.0.0.1:{peers}",
    ]
    api = [
        f"--etcd-servers=http://127.0.0.1:{store}",
        *("--bind-address=127.0.0.1", f"--secure-port={port}", f"--cert-dir={folder}/certificates"),
        *(f"--service-account-key-file={folder}/key", f"--service-account-signing-key-file={folder}/key"),
        *("--service-account-issuer=https://cluster.example", "--service-cluster-ip-range=10.0.0.0/24"),
        *(f"--token-auth-file={folder}/tokens", "--authorization-mode=RBAC"),
        "--disable-admission-plugins=ServiceAccount",
    ]
    with ExitStack() as stack:
        for name, flags in (("etcd", etcd), ("kube-apiserver", api)):
            stack.enter_context(_running([str(BUILT / name), *flags], folder / f"{name}.log"))
        server = ApiServer(url=f"https://127.0.0.1:{port}", certificate=folder / "certificates" / "apiserver.crt")
        _until_ready(server, folder)
        yield server


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[None]:
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            yield
        finally:
            process.kill()


def _until_ready(server: ApiServer, folder: Path) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not (server.certificate.is_file() and _is_ready(server)):
        assert time.monotonic() < end_s, (folder / "kube-apiserver.log").read_text()[-4000:]
        time.sleep(0.2)


def _is_ready(server: ApiServer) -> bool:
    try:
        return server.ask("GET", "/readyz").status == 200
    except httpx2.HTTPError:
        return False


def _write_secrets(folder: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    for name, content in (("key", pem), ("tokens", f"{ADMIN},admin,1,system:masters\n".encode())):
        (folder / name).touch(mode=0o600)
        (folder / name).write_bytes(content)
