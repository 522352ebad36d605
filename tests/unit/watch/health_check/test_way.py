from collections.abc import Awaitable, Callable
from dataclasses import replace
from random import Random

import pytest

from farshore.config.egresses import DirectEgress
from farshore.config.model import Timeouts
from farshore.core.clock import SystemClock
from farshore.gateway.breaker import Breaker
from farshore.gateway.egress import build_egress
from farshore.gateway.route import Path
from farshore.watch.health_check.way import as_client, each
from farshore.watch.probes.result import ProbeResult

pytestmark = pytest.mark.anyio


def paths(*names: str) -> list[Path]:
    random = Random(1)  # noqa: S311 - a seed
    egress = build_egress("out", DirectEgress(kind="direct"), Timeouts(), SystemClock())
    return [
        Path(name=name, egress=egress, target=None, breaker=Breaker(random, changed=lambda *_: None)) for name in names
    ]


def answering(good: set[str], asked: list[str]) -> Callable[[Path], Awaitable[ProbeResult]]:
    async def probe(path: Path) -> ProbeResult:
        asked.append(path.name)
        ok = path.name in good
        code = None if ok else "target.dial.refused"
        return ProbeResult(kind="tcp", path=path.name, layers=(), ok=ok, code=code, detail="", server="")

    return probe


@pytest.mark.parametrize(
    ("good", "asked", "path"), [({"a", "b"}, ["a"], "a"), ({"b"}, ["a", "b"], "b"), (set[str](), ["a", "b", "c"], "c")]
)
async def test_a_client_takes_the_first_path_that_answers(good: set[str], asked: list[str], path: str) -> None:
    seen: list[str] = []
    (result,) = await as_client(paths("a", "b", "c"), answering(good, seen))
    assert (seen, result.path, result.ok) == (asked, path, bool(good))


async def test_a_login_that_is_denied_is_tried_over_no_other_path() -> None:
    seen: list[str] = []

    async def denied(path: Path) -> ProbeResult:
        return replace(await answering(set(), seen)(path), code="target.login.denied")

    (result,) = await as_client(paths("a", "b"), denied)
    assert (seen, result.path) == (["a"], "a")


async def test_each_path_has_its_result() -> None:
    results = await each(paths("a", "b"), answering({"b"}, []))
    assert [(result.path, result.ok) for result in results] == [("a", False), ("b", True)]
