"""What the chart renders, and the manifests for those without Helm, as a real API server takes them."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.cluster.server import ApiServer, Document
from tests.deploy.chart import ROOT, rendered
from tests.deploy.test_chart import FOREIGN, MATRIX

PLAIN = ROOT / "deploy" / "kubernetes" / "farshore.yaml"


def refused(cluster: ApiServer, documents: list[Document]) -> list[tuple[Any, ...]]:
    """What the server does not take as it stands, and why."""
    answers = [(document, cluster.create(document, dry_run=True)) for document in documents]
    return [(one["kind"], answer.body.get("message")) for one, answer in answers if answer.status != 201]


@pytest.mark.parametrize("name", MATRIX)
def test_everything_that_the_chart_renders_is_taken(name: str, cluster: ApiServer, tmp_path: Path) -> None:
    documents = [each for each in rendered(MATRIX[name], tmp_path) if each["kind"] not in FOREIGN]
    assert len(documents) > 4
    assert refused(cluster, documents) == []


def test_the_plain_manifests_are_taken(cluster: ApiServer) -> None:
    documents = [each for each in yaml.safe_load_all(PLAIN.read_text()) if each]
    assert len(documents) > 4
    assert refused(cluster, documents) == []


def test_a_field_that_nobody_knows_is_not_taken(cluster: ApiServer) -> None:
    """The server checks, and does not only nod."""
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "db"}, "dta": {}}
    ((_, why),) = refused(cluster, [document])
    assert 'unknown field "dta"' in why
