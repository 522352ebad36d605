"""Calls that block, on threads that nobody has to wait for: not at the end of the loop, nor of the program."""

import asyncio
import contextlib
from collections.abc import Callable
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


async def apart(work: Callable[[], T], *, name: str) -> T:
    """Its result, or what it raised. Who stops waiting leaves it to itself; the executor's threads are joined at exit.

    A resolver that hangs, or a mail server that says a byte a minute, holds up nothing but its own call.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)  # type: ignore[arg-type]
        else:
            future.set_exception(error)

    def call() -> None:
        result: T | None = None
        failure: BaseException | None = None
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - it is raised where it is awaited
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits
            loop.call_soon_threadsafe(settle, result, failure)

    Thread(target=call, name=name, daemon=True).start()
    return await future
