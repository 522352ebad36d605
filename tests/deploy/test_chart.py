import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from tests.deploy.chart import (
    CHART,
    KUBERNETES,
    ROOT,
    ROUTE,
    VALUES,
    configuration,
    container,
    helm,
    only,
    pod,
    rendered,
)

from farshore.app.exits import Exit
from farshore.surface.export.rules import rule_file

FILES = {
    "name": "files",
    "listen": 2121,
    "target": "172.16.20.90:21",
    "protocol": "ftp",
    "data_ports": "50000-50009",
}
AUTH = {"name": "tailnet", "key": "authkey"}
MATRIX: dict[str, dict[str, Any]] = {
    "stateful-child": VALUES,
    "stateful-sidecar": VALUES | {"tailscale": {"mode": "sidecar", "authSecret": AUTH, "tags": ["tag:gw", "tag:db"]}},
    "deployment-child": VALUES | {"kind": "Deployment", "replicas": 3},
    "deployment-sidecar": VALUES
    | {
        "kind": "Deployment",
        "tailscale": {"mode": "sidecar", "authSecret": AUTH, "loginServer": "https://headscale.example.com"},
    },
    "everything": VALUES
    | {
        "routes": [
            ROUTE,
            {"name": "reports", "listen": 5432, "target": "172.16.20.89:5432", "protocol": "postgres"},
            FILES,
        ],
        "config": {"drain": {"settle": "5s", "grace": "20s"}, "incidents": {}, "alerts": {}},
        "image": {"repository": "example/farshore", "tag": "1.2.3", "pullPolicy": "Always"},
        "imagePullSecrets": [{"name": "pull"}],
        "env": [{"name": "SLACK_URL", "valueFrom": {"secretKeyRef": {"name": "slack", "key": "url"}}}],
        "persistence": {"size": "2Gi", "storageClassName": "fast", "accessModes": ["ReadWriteOncePod"]},
        "service": {"type": "LoadBalancer", "annotations": {"example.com/internal": "true"}},
        "networkPolicy": {
            "enabled": True,
            "routedCIDRs": ["172.16.20.0/24"],
            "allowFrom": [{"namespaceSelector": {"matchLabels": {"team": "billing"}}}],
        },
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
        "lease": {"enabled": True},
        "evidence": {"enabled": True},
        "podAnnotations": {"example.com/a": "b"},
        "podLabels": {"team": "platform"},
        "nodeSelector": {"zone": "a"},
        "tolerations": [{"key": "dedicated", "operator": "Exists"}],
        "priorityClassName": "high",
        "topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {}}
        ],
    },
}
# Kinds of the Prometheus operator, of which Kubernetes itself has no schema.
FOREIGN = {"ServiceMonitor", "PrometheusRule"}
every = pytest.mark.parametrize("values", MATRIX.values(), ids=MATRIX.keys())


@every
def test_helm_finds_nothing_to_say(values: dict[str, Any], tmp_path: Path) -> None:
    done = helm("lint", "--strict", "--kube-version", "1.37.0", CHART, values=values, folder=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "[WARNING]" not in done.stdout


@every
@pytest.mark.parametrize("version", ["1.25", "1.37"])
def test_every_document_is_what_kubernetes_expects_and_has_no_field_beside(
    values: dict[str, Any], version: str, tmp_path: Path
) -> None:
    documents = rendered(values, tmp_path)
    for document in documents:
        if document["kind"] not in FOREIGN:
            kubernetes_validate.validate(document, version, strict=True)
    names = [(document["kind"], document["metadata"]["name"]) for document in documents]
    assert len(set(names)) == len(names)


@every
def test_the_configuration_is_accepted_and_what_it_names_is_mounted(values: dict[str, Any], tmp_path: Path) -> None:
    documents = rendered(values, tmp_path)
    path = tmp_path / "farshore.yaml"
    path.write_text(configuration(documents))
    done = subprocess.run(
        [sys.executable, "-m", "farshore", "check", "-c", path], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == Exit.OK, done.stdout
    mounted = [mount["mountPath"] for mount in container(documents)["volumeMounts"]]
    config = yaml.safe_load(path.read_text())
    if "tailscaled" in config:
        named = [config["tailscaled"]["auth_key_file"]]
    else:
        named = [config["egresses"]["tailnet"]["socket"]]
    for each in [*named, container(documents)["args"][2]]:
        assert any(each.startswith(f"{mount}/") for mount in mounted), each


@every
def test_nothing_has_privileges_or_writes_to_its_root(values: dict[str, Any], tmp_path: Path) -> None:
    made = pod(rendered(values, tmp_path))
    assert made["securityContext"]["runAsNonRoot"] is True
    for each in made["containers"]:
        context = each["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
    assert made["automountServiceAccountToken"] is values.get("lease", {}).get("enabled", False)


@every
def test_it_is_ready_by_itself_and_not_by_its_peers(values: dict[str, Any], tmp_path: Path) -> None:
    documents = rendered(values, tmp_path)
    made = container(documents)
    ports = {port["name"]: port["containerPort"] for port in made["ports"]}
    assert made["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "health"}
    assert made["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "health"}
    assert yaml.safe_load(configuration(documents))["health"] == f"0.0.0.0:{ports['health']}"
    for document in documents:
        if document["kind"] == "Service":
            for port in document["spec"]["ports"]:
                assert ports[port["targetPort"]] == port["port"]


def test_a_key_is_never_in_a_document_but_by_reference(tmp_path: Path) -> None:
    for values in MATRIX.values():
        documents = rendered(values, tmp_path)
        assert not [document for document in documents if document["kind"] == "Secret"]
    sidecar = container(rendered(MATRIX["stateful-sidecar"], tmp_path), "tailscale")
    (key,) = (each for each in sidecar["env"] if each["name"] == "TS_AUTHKEY")
    assert key["valueFrom"] == {"secretKeyRef": AUTH}
    (told,) = (each["value"] for each in sidecar["env"] if each["name"] == "TS_EXTRA_ARGS")
    assert told == "--accept-routes --advertise-tags=tag:gw,tag:db"


def test_the_routed_networks_are_closed_to_the_pods_own_network(tmp_path: Path) -> None:
    policy = only(rendered(MATRIX["everything"], tmp_path), "NetworkPolicy")["spec"]
    (egress,) = policy["egress"]
    assert egress["to"][0]["ipBlock"] == {"cidr": "0.0.0.0/0", "except": ["172.16.20.0/24"]}
    assert [port["port"] for port in policy["ingress"][0]["ports"]] == [1433, 5432, 2121, *range(50000, 50010)]


def test_data_connections_come_to_the_pod_that_has_their_control_connection(tmp_path: Path) -> None:
    services = {
        document["metadata"]["name"]: document["spec"]
        for document in rendered(MATRIX["everything"], tmp_path)
        if document["kind"] == "Service"
    }
    assert [port["port"] for port in services["files"]["ports"]] == [2121, *range(50000, 50010)]
    assert services["files"]["sessionAffinity"] == "ClientIP"
    assert "sessionAffinity" not in services["billing"]
    hidden = {"name": "files-data", "listen": "50000-50004", "target": "172.16.20.90:50000-50004"}
    (shown,) = (
        document["spec"]
        for document in rendered(VALUES | {"routes": [hidden]}, tmp_path)
        if (document["kind"], document["metadata"]["name"]) == ("Service", "files-data")
    )
    assert ([port["port"] for port in shown["ports"]], shown["sessionAffinity"]) == ([*range(50000, 50005)], "ClientIP")


@pytest.mark.parametrize(
    ("ports", "said"), [("1024-65000", "files has 63978 ports, and a Service takes 1000"), ("all", "data_ports")]
)
def test_ports_that_no_service_takes_are_refused(ports: str, said: str, tmp_path: Path) -> None:
    values = VALUES | {"routes": [FILES | {"data_ports": ports}]}
    done = helm("template", "gateway", CHART, "--kube-version", KUBERNETES, values=values, folder=tmp_path)
    assert done.returncode != 0
    assert said in done.stderr


def test_rules_are_the_programs_own_under_the_releases_job(tmp_path: Path) -> None:
    spec = only(rendered(MATRIX["everything"], tmp_path), "PrometheusRule")["spec"]
    assert spec == yaml.safe_load(rule_file(job="gateway"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"routes": []}, "/routes"),
        ({"tailscale": {"authSecret": {"name": ""}}}, "/tailscale/authSecret/name"),
        ({"kind": "DaemonSet"}, "/kind"),
        ({"networkPolicy": {"enabled": True}}, "/networkPolicy/routedCIDRs"),
        ({"config": {"listen_host": "127.0.0.1"}}, "/config"),
        ({"replica": 2}, "replica"),
        ({"routes": [{"name": "Billing", "listen": 1433, "target": "a:1"}]}, "/routes/0/name"),
    ],
)
def test_wrong_values_are_refused_by_their_field(wrong: dict[str, Any], said: str, tmp_path: Path) -> None:
    done = helm("template", "gateway", CHART, values=VALUES | wrong, folder=tmp_path)
    assert done.returncode != 0
    assert said in done.stderr


def test_the_plain_manifests_are_the_charts_own(tmp_path: Path) -> None:
    folder = ROOT / "deploy" / "kubernetes"
    values = yaml.safe_load((folder / "values.yaml").read_text())
    plain = [document for document in yaml.safe_load_all((folder / "farshore.yaml").read_text()) if document]
    assert plain == rendered(values, tmp_path), "run `make manifests`"
