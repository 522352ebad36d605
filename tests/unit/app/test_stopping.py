import asyncio
import os
import signal

import pytest

from farshore.app.stopping import StopSignals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_asks_and_the_second_one_cuts(number: signal.Signals) -> None:
    async def stopped() -> list[tuple[bool, bool]]:
        stop = StopSignals()
        seen = [(stop.asked.is_set(), stop.cut.is_set())]
        for waited in (stop.asked, stop.cut):
            os.kill(os.getpid(), number)
            async with asyncio.timeout(10):
                await waited.wait()
            seen.append((stop.asked.is_set(), stop.cut.is_set()))
        return seen

    assert asyncio.run(stopped()) == [(False, False), (True, False), (True, True)]
