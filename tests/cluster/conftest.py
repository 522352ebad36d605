"""One API server for all tests, with the namespace that the chart is rendered for."""

from collections.abc import Iterator

import pytest
from tests.cluster.server import ApiServer, api_server


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with api_server(tmp_path_factory.mktemp("cluster")) as server:
        made = server.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "db"}})
        assert made.status == 201, made.body
        yield server
