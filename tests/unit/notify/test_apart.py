import asyncio
import threading

import pytest

from farshore.notify.apart import apart

pytestmark = pytest.mark.anyio


async def test_a_call_has_its_result_or_its_failure() -> None:
    assert await apart(lambda: 42, name="t") == 42

    def fail() -> None:
        raise OSError(5, "no")

    with pytest.raises(OSError, match="no"):
        await apart(fail, name="t")


async def test_nobody_waits_for_a_call_that_hangs() -> None:
    go = threading.Event()
    ended = threading.Event()

    def hang() -> None:
        go.wait(30)
        ended.set()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await apart(hang, name="hangs")
    [thread] = [each for each in threading.enumerate() if each.name == "hangs"]
    assert thread.daemon
    go.set()
    thread.join()
    assert ended.is_set()
