import asyncio
from collections.abc import Awaitable, Callable

import pytest

from farshore.core.health_check import NOT_STARTED
from farshore.core.outcome import Code
from farshore.watch.health_check.denials import MOST_DENIED, Denials
from farshore.watch.probes.result import Layer, LayerTime, ProbeResult

pytestmark = pytest.mark.anyio


def answering(code: Code | None, *reached: Layer) -> Callable[[], Awaitable[ProbeResult]]:
    async def probe() -> ProbeResult:
        layers = tuple(LayerTime(layer=layer, took_ms=1.0) for layer in reached)
        told = None if code is None else code.value
        return ProbeResult(kind="x", path="p", layers=layers, ok=code is None, code=told, detail="", server="")

    return probe


DENIED = answering(Code.LOGIN_DENIED, Layer.LOGIN)


async def test_after_three_in_a_row_nobody_logs_in_any_more() -> None:
    denials = Denials()
    codes = [(await denials.guard("p", DENIED)).code for _ in range(MOST_DENIED + 2)]
    assert codes == [Code.LOGIN_DENIED] * 3 + [NOT_STARTED] * 2
    assert denials.is_enough


@pytest.mark.parametrize(
    ("between", "is_enough"),
    [
        (answering(None, Layer.LOGIN, Layer.QUERY), False),
        (answering(Code.QUERY_REFUSED, Layer.LOGIN, Layer.QUERY), False),
        (answering(Code.LOGIN_REFUSED, Layer.LOGIN), True),
        (answering(Code.TARGET_REFUSED, Layer.TCP), True),
    ],
)
async def test_only_a_login_that_is_taken_ends_the_row(
    between: Callable[[], Awaitable[ProbeResult]], *, is_enough: bool
) -> None:
    denials = Denials()
    for probe in (DENIED, DENIED, between, DENIED):
        await denials.guard("p", probe)
    assert denials.is_enough is is_enough


async def test_after_the_first_one_there_is_one_login_at_a_time() -> None:
    denials = Denials()
    await denials.guard("p", DENIED)
    may_end = asyncio.Event()

    async def waits() -> ProbeResult:
        await may_end.wait()
        return await answering(None, Layer.LOGIN, Layer.QUERY)()

    waiting = asyncio.get_running_loop().create_task(denials.guard("p", waits))
    await asyncio.sleep(0)
    meanwhile = await denials.guard("q", DENIED)
    assert (meanwhile.code, meanwhile.path) == (NOT_STARTED, "q")
    may_end.set()
    assert (await waiting).ok
    assert (await denials.guard("p", DENIED)).code == Code.LOGIN_DENIED
