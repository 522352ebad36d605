"""What the collector gets out of a cluster with the role that the chart gives it, and with none."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from lightkube import KubeConfig
from tests.cluster.server import ApiServer, Document
from tests.deploy.chart import VALUES, rendered

from farshore.collect.beside import ask_all
from farshore.collect.documents import Notebook
from farshore.collect.kubernetes import namespace_of
from farshore.core.clock import SystemClock

NAMESPACE = "seen"
SECRET = "the-canary-in-the-pods-environment"
KINDS = ("ServiceAccount", "Role", "RoleBinding")
POD: Document = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "gateway-0", "namespace": NAMESPACE, "annotations": {"note": SECRET}},
    "spec": {"containers": [{"name": "farshore", "image": "farshore", "env": [{"name": "KEY", "value": SECRET}]}]},
}
EVENT: Document = {
    "apiVersion": "v1",
    "kind": "Event",
    "metadata": {"name": "gateway-0.1", "namespace": NAMESPACE},
    "involvedObject": {"kind": "Pod", "namespace": NAMESPACE, "name": "gateway-0"},
    "reason": "Unhealthy",
    "message": "Readiness probe failed: no router answers",
    "type": "Warning",
    "firstTimestamp": "2026-03-04T05:50:34Z",
}


@pytest.fixture(scope="module")
def account(cluster: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The account of the chart's pods, with the role that `evidence` gives it; beside it a pod and an event."""
    documents = rendered(VALUES | {"evidence": {"enabled": True}}, tmp_path_factory.mktemp("chart"))
    elsewhere = json.loads(json.dumps(documents).replace('"namespace": "db"', f'"namespace": "{NAMESPACE}"'))
    wanted = [each for each in elsewhere if each["kind"] in KINDS]
    assert len(wanted) == len(KINDS)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    for document in (namespace, *wanted, POD, EVENT):
        made = cluster.create(document)
        assert made.status == 201, made.body
    status = {**POD, "status": {"phase": "Pending", "reason": "NoNodes"}}
    assert cluster.ask("PUT", f"/api/v1/namespaces/{NAMESPACE}/pods/gateway-0/status", status).status == 200
    return str(wanted[0]["metadata"]["name"])


def token(cluster: ApiServer, account: str) -> str:
    """What kubelet would put into the account's pods."""
    asked: dict[str, Any] = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    made = cluster.ask("POST", f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{account}/token", asked)
    assert made.status == 201, made.body
    return str(made.body["status"]["token"])


def gathered(cluster: ApiServer, holder: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Notebook:
    """What doctor would take in a pod of this account: its files and variables are what kubelet puts there."""
    (folder / "token").write_text(token(cluster, holder))
    (folder / "namespace").write_text(NAMESPACE)
    (folder / "ca.crt").write_bytes(cluster.certificate.read_bytes())
    host, _, port = cluster.url.removeprefix("https://").partition(":")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)
    notebook = Notebook(clock=SystemClock())
    asyncio.run(ask_all([namespace_of(KubeConfig.from_service_account(str(folder)).get())], notebook, asyncio.Event()))
    return notebook


def test_the_charts_role_suffices_for_pods_and_events_and_takes_no_secret(
    cluster: ApiServer, account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = gathered(cluster, account, tmp_path, monkeypatch)
    assert [(one.what, one.reason) for one in notebook.missing] == []
    (kept,) = notebook.kept
    items = json.loads(kept.data)["items"]
    assert [(one["kind"], one["metadata"]["name"]) for one in items] == [("Pod", "gateway-0"), ("Event", "gateway-0.1")]
    assert (items[0]["status"]["phase"], items[1]["message"]) == ("Pending", EVENT["message"])
    assert SECRET not in kept.data.decode()


def test_the_role_is_leave_for_nothing_else(cluster: ApiServer, account: str) -> None:
    mine = token(cluster, account)
    refused = {
        what: cluster.ask("GET", f"/api/v1/namespaces/{where}", token=mine).status
        for what, where in (
            ("secrets", f"{NAMESPACE}/secrets"),
            ("one pod", f"{NAMESPACE}/pods/gateway-0"),
            ("others", "default/pods"),
        )
    }
    assert refused == {"secrets": 403, "one pod": 403, "others": 403}


def test_who_may_not_list_is_told_what_he_may_not(
    cluster: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "nobody", "namespace": NAMESPACE}}
    assert cluster.create(nobody).status == 201
    notebook = gathered(cluster, "nobody", tmp_path, monkeypatch)
    assert notebook.kept == []
    assert [one.what for one in notebook.missing] == ["Kubernetes pods", "Kubernetes events"]
    assert all(f"system:serviceaccount:{NAMESPACE}:nobody" in one.reason for one in notebook.missing)
