"""The gateway's own namespace: pods with how their containers ended, and events. Never what a pod is configured with.

Needs the extra `kubernetes`, and a role that may list pods and events; what it may not list is left out.
"""

import asyncio
from collections.abc import AsyncIterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from farshore.collect.beside import Source
from farshore.collect.documents import Notebook

if TYPE_CHECKING:
    from lightkube import AsyncClient, SingleConfig

ANSWER_S = 5.0
DEADLINE_S = 8.0
MAX_PODS = 200
MAX_EVENTS = 500
WHAT = "Kubernetes"

# Environment variables, arguments and annotations hold secrets: only what is named here is kept.
_POD_METADATA = ("name", "namespace", "creationTimestamp", "deletionTimestamp")
_POD_STATUS = ("phase", "reason", "message", "startTime", "conditions", "containerStatuses", "initContainerStatuses")
_EVENT = ("involvedObject", "reason", "message", "type", "count", "firstTimestamp", "lastTimestamp", "eventTime",
          "series", "source")  # fmt: skip


def namespace_of(config: "SingleConfig | None" = None) -> Source:
    """Pods and events of the namespace that a configuration names; None is that of the pod itself."""

    async def ask(page: Notebook, _: asyncio.Event) -> str | None:
        try:
            import lightkube  # noqa: PLC0415 - an extra, imported where it is used
        except ImportError:
            page.leave(WHAT, "it needs the extra: pip install 'farshore[kubernetes]'")
            return None
        import httpx2  # noqa: PLC0415 - comes with it

        try:
            chosen = config or lightkube.KubeConfig.from_service_account()
            client = lightkube.AsyncClient(config=chosen, timeout=httpx2.Timeout(ANSWER_S), trust_env=False)
            try:
                await _gather(client, page)
            finally:
                await client.close()
        except lightkube.ConfigError as error:
            page.leave(WHAT, str(error))
        except (httpx2.HTTPError, lightkube.ApiError, OSError) as error:
            return str(error) or type(error).__name__
        return None

    return Source(what=WHAT, ask=ask, deadline_s=DEADLINE_S)


async def _gather(client: "AsyncClient", page: Notebook) -> None:
    from lightkube.resources.core_v1 import Event, Pod  # noqa: PLC0415 - as above

    pods = await _listed(client.list(Pod), MAX_PODS, "pods", page)
    events = await _listed(client.list(Event), MAX_EVENTS, "events", page)
    items = [*map(_pod, pods), *map(_event, events)]
    if items:
        document = {"apiVersion": "v1", "kind": "List", "items": items}
        page.keep("kubernetes.json", msgspec.json.format(msgspec.json.encode(document)), "pods and events, in part")


async def _listed(objects: AsyncIterable[Any], most: int, what: str, page: Notebook) -> list[dict[str, Any]]:
    from lightkube import ApiError  # noqa: PLC0415 - as above

    found: list[dict[str, Any]] = []
    try:
        async for each in objects:
            if len(found) == most:
                page.leave(f"{WHAT} {what}", f"more than {most}")
                break
            found.append(each.to_dict())
    except ApiError as error:
        if error.status.code != HTTPStatus.FORBIDDEN:
            raise
        page.leave(f"{WHAT} {what}", error.status.message or "not permitted")
    return found


def _pod(pod: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": _part(pod.get("metadata"), _POD_METADATA),
        "spec": _part(pod.get("spec"), ("nodeName",)),
        "status": _part(pod.get("status"), _POD_STATUS),
    }


def _event(event: dict[str, Any]) -> dict[str, Any]:
    metadata = _part(event.get("metadata"), _POD_METADATA)
    return {"apiVersion": "v1", "kind": "Event", "metadata": metadata, **_part(event, _EVENT)}


def _part(value: dict[str, Any] | None, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value[name] for name in names if value and value.get(name) is not None}
