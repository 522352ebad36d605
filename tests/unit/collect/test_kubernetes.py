import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from lightkube import ConfigError, KubeConfig, SingleConfig
from lightkube.config.models import Cluster, User
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tests.unit.surface.seen import StoppedClock
from tests.unit.tailnet.control.fakes import served

from farshore.collect import kubernetes
from farshore.collect.beside import ask_all
from farshore.collect.documents import Notebook
from farshore.collect.kubernetes import namespace_of
from farshore.diagnosis.facts.hosts import ClusterEvent, ContainerEnded, PodStarted
from farshore.diagnosis.intake.dispatch import take_in
from farshore.diagnosis.intake.sources import Source as Text

pytestmark = pytest.mark.anyio
TOKEN, CANARY = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJnYXRld2F5In0.c2ln", "kCanary-in-the-environment"
POD: dict[str, Any] = {
    "metadata": {
        "name": "gateway-0",
        "namespace": "net",
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": CANARY},
    },
    "spec": {"nodeName": "node-a", "containers": [{"name": "gw", "env": [{"name": "TS_AUTHKEY", "value": CANARY}]}]},
    "status": {
        "phase": "Running",
        "startTime": "2026-03-04T05:00:00Z",
        "containerStatuses": [
            {
                "name": "gw",
                "image": "gw:1",
                "imageID": "x",
                "ready": True,
                "restartCount": 2,
                "lastState": {
                    "terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-03-04T05:06:07Z"}
                },
            }
        ],
    },
}
EVENT: dict[str, Any] = {
    "metadata": {"name": "gateway-0.17", "namespace": "net"},
    "involvedObject": {"kind": "Pod", "name": "gateway-0", "namespace": "net"},
    "reason": "Unhealthy",
    "message": "Readiness probe failed",
    "type": "Warning",
    "count": 3,
    "lastTimestamp": "2026-03-04T05:06:09Z",
}


class Server:
    """An API server with one namespace; `forbidden` are the kinds that nobody may list."""

    def __init__(self) -> None:
        self.forbidden: set[str] = set()
        self.asked: list[tuple[str, str]] = []

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/api/v1/namespaces/net/{kind}", self._list, methods=["GET"])])

    async def _list(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        self.asked.append((kind, request.headers["authorization"]))
        if kind in self.forbidden:
            status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403}
            return JSONResponse({**status, "message": f"{kind} is forbidden"}, 403)
        items = {"pods": [POD], "events": [EVENT]}[kind]
        return JSONResponse({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": items})


def config_of(url: str) -> SingleConfig:
    config = KubeConfig.from_one(cluster=Cluster(server=url), user=User(token=TOKEN), namespace="net").get()
    assert config is not None
    return config


@asynccontextmanager
async def cluster() -> AsyncIterator[tuple[Server, SingleConfig]]:
    fake = Server()
    async with served(fake.app()) as url:
        yield fake, config_of(url)


async def asked(config: SingleConfig | None) -> Notebook:
    notebook = Notebook(clock=StoppedClock())
    await ask_all([namespace_of(config)], notebook, asyncio.Event())
    return notebook


async def test_pods_and_events_are_read_and_nothing_that_a_pod_is_configured_with_is_kept() -> None:
    async with cluster() as (fake, config):
        notebook = await asked(config)
    (kept,) = notebook.kept
    taken = take_in([Text(name=kept.name, data=kept.data)])
    assert [type(fact) for fact in taken.facts] == [PodStarted, ContainerEnded, ClusterEvent]
    assert (taken.unread, notebook.missing) == ([], [])
    assert str(taken.facts[1].evidence.text).startswith("gateway-0/gw: OOMKilled, exit code 137")
    assert fake.asked == [("pods", f"Bearer {TOKEN}"), ("events", f"Bearer {TOKEN}")]
    assert [secret for secret in (CANARY, TOKEN) if secret.encode() in kept.data] == []


async def test_what_may_not_be_listed_is_left_out_and_named() -> None:
    async with cluster() as (fake, config):
        fake.forbidden = {"events"}
        notebook = await asked(config)
    (missing,) = notebook.missing
    assert (missing.what, missing.reason, missing.tried) == ("Kubernetes events", "events is forbidden", False)
    assert b"gateway-0" in notebook.kept[0].data


async def test_of_very_many_some_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubernetes, "MAX_PODS", 0)
    async with cluster() as (_, config):
        notebook = await asked(config)
    assert [(each.what, each.reason) for each in notebook.missing] == [("Kubernetes pods", "more than 0")]
    assert b"Unhealthy" in notebook.kept[0].data


async def test_a_server_that_is_gone_is_a_reason() -> None:
    notebook = await asked(config_of("http://127.0.0.1:1"))
    assert [(each.what, each.tried) for each in notebook.missing] == [("Kubernetes", True)]
    assert notebook.kept == []


async def test_a_pod_without_a_service_account_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> KubeConfig:
        msg = "no token is mounted"
        raise ConfigError(msg)

    monkeypatch.setattr(KubeConfig, "from_service_account", none)
    (missing,) = (await asked(None)).missing
    assert (missing.reason, missing.tried) == ("no token is mounted", False)


async def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightkube", None)
    (missing,) = (await asked(None)).missing
    assert missing.reason == "it needs the extra: pip install 'farshore[kubernetes]'"
