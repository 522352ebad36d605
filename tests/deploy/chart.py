"""The Helm chart as it comes out for some values: the documents that a cluster would be given."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "farshore"
HELM = ROOT / ".build" / "bin" / "helm"
KUBERNETES = "1.37.0"
RELEASE = "gateway"
ROUTE = {"name": "billing", "listen": 1433, "target": "172.16.20.88:1433", "protocol": "sqlserver"}
VALUES: dict[str, Any] = {"routes": [ROUTE], "tailscale": {"authSecret": {"name": "tailnet"}}}

Document = dict[str, Any]


def helm(*words: object, values: Mapping[str, Any], folder: Path) -> subprocess.CompletedProcess[str]:
    """One call of the real helm with these values; skips, by name, where it was not built."""
    if not HELM.is_file():
        pytest.skip("missing: helm: run `make deploy`")
    path = folder / "values.yaml"
    path.write_text(json.dumps(values))
    command = [HELM, *words, "--values", path]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, check=False)


def rendered(values: Mapping[str, Any], folder: Path) -> list[Document]:
    """All documents, in helm's order."""
    done = helm("template", RELEASE, CHART, "--kube-version", KUBERNETES, "-n", "db", values=values, folder=folder)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def only(documents: list[Document], *kinds: str) -> Document:
    """The one document of these kinds."""
    (found,) = (document for document in documents if document["kind"] in kinds)
    return found


def pod(documents: list[Document]) -> Document:
    """The pod that the workload makes."""
    return dict(only(documents, "StatefulSet", "Deployment")["spec"]["template"]["spec"])


def container(documents: list[Document], name: str = "farshore") -> Document:
    """One of its containers."""
    (found,) = (each for each in pod(documents)["containers"] if each["name"] == name)
    return dict(found)


def configuration(documents: list[Document]) -> str:
    """The file that the pod is given."""
    return str(only(documents, "ConfigMap")["data"]["farshore.yaml"])
