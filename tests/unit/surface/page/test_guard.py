import httpx2
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from farshore.surface.page.guard import HEADERS, POLICY, Sealed

pytestmark = pytest.mark.anyio


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    own = {"content-security-policy": "sandbox"} if scope["path"] == "/own" else {}
    await Response("said", headers=own)(scope, receive, send)


async def test_every_answer_is_sealed_and_may_seal_itself_tighter() -> None:
    transport = httpx2.ASGITransport(app=Sealed(_app))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        usual, own = await client.get("/"), await client.get("/own")
    assert {name: usual.headers[name] for name in HEADERS} == HEADERS
    assert own.headers["content-security-policy"] == "sandbox"
    assert own.headers["x-content-type-options"] == "nosniff"


def test_no_policy_lets_anything_run_inline_or_come_from_elsewhere() -> None:
    assert "unsafe" not in POLICY
    assert POLICY.startswith("default-src 'none'")
    assert {"frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} <= set(POLICY.split("; "))
