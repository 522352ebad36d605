"""One probe of a check: as a client connects, over one path after the other, or over each path at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from farshore.core.outcome import Code
from farshore.gateway.route import Path
from farshore.watch.probes.result import ProbeResult

ProbePath = Callable[[Path], Awaitable[ProbeResult]]


async def as_client(paths: Sequence[Path], probe: ProbePath) -> Sequence[ProbeResult]:
    """The paths in their order until one answers; the result of that one, or of the last.

    A login that is denied over one is denied over the others, and counts once more at the target.
    """
    result = await probe(paths[0])
    for path in paths[1:]:
        if result.ok or result.code == Code.LOGIN_DENIED:
            break
        result = await probe(path)
    return (result,)


async def each(paths: Sequence[Path], probe: ProbePath) -> Sequence[ProbeResult]:
    """All paths at the same time, a result for each."""
    return await asyncio.gather(*(probe(path) for path in paths))
