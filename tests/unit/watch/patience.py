"""Patience that is over when something has happened, however busy the machine is."""

from collections.abc import Callable

import pytest
from tests.unit.gateway.wires import until

from farshore.watch.call import Call


def ends_when(monkeypatch: pytest.MonkeyPatch, *happened: Callable[[], bool]) -> None:
    """A call's first wait ends when the first of these holds, its second when the second does."""
    waited = iter(happened)

    async def wait(_: Call, time_s: float) -> None:
        if time_s > 0:
            await until(next(waited))

    monkeypatch.setattr(Call, "_wait", wait)
