import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from lightkube import KubeConfig, SingleConfig
from lightkube.config.models import Cluster, User
from starlette.responses import JSONResponse
from tests.unit.surface.seen import StoppedClock
from tests.unit.tailnet.control.fakes import FakeKubernetes, served

from farshore.tailnet.control.kubernetes import HELD_S, KubernetesLease

pytestmark = pytest.mark.anyio
Replica = Callable[[str], KubernetesLease]


def config_of(url: str) -> SingleConfig:
    config = KubeConfig.from_one(cluster=Cluster(server=url), user=User()).get()
    assert config is not None
    return config


@asynccontextmanager
async def cluster() -> AsyncIterator[tuple[FakeKubernetes, Replica, StoppedClock]]:
    fake, clock, made = FakeKubernetes(), StoppedClock(), list[KubernetesLease]()
    async with served(fake.app()) as url:
        config = config_of(url)

        def replica(name: str) -> KubernetesLease:
            made.append(KubernetesLease("moves", "gateways", name, clock, config=config))
            return made[-1]

        yield fake, replica, clock
        for each in made:
            await each.aclose()


async def test_the_first_one_has_it_until_it_gives_it_back() -> None:
    async with cluster() as (fake, replica, _):
        one, two = replica("one"), replica("two")
        assert await one.acquire() is None
        assert fake.holder() == "one"
        assert await two.acquire() == "one holds the lease moves"
        await two.release()
        assert fake.holder() == "one"
        await one.release()
        assert await two.acquire() is None
        assert fake.holder() == "two"


async def test_one_that_died_with_it_loses_it_in_time() -> None:
    async with cluster() as (fake, replica, clock):
        assert await replica("one").acquire() is None
        two = replica("two")
        clock.now_s += HELD_S - 1
        assert await two.acquire() == "one holds the lease moves"
        clock.now_s += 1
        assert await two.acquire() is None
        assert fake.holder() == "two"


async def test_of_two_who_saw_it_free_only_the_faster_one_has_it() -> None:
    async with cluster() as (fake, replica, _):
        one, two = replica("one"), replica("two")
        await one.acquire()
        await one.release()
        free = dict(fake.leases["moves"], metadata=dict(fake.leases["moves"]["metadata"]))
        assert await one.acquire() is None
        fake.next = [JSONResponse(free)]
        assert await two.acquire() == "another replica was faster to take the lease moves"
        assert fake.holder() == "one"


async def test_of_two_who_saw_none_only_the_faster_one_has_it() -> None:
    async with cluster() as (fake, replica, _):
        await replica("one").acquire()
        absent = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
        fake.next = [JSONResponse(absent, 404)]
        assert await replica("two").acquire() == "another replica was faster to take the lease moves"
        assert fake.holder() == "one"


async def test_who_may_not_or_cannot_ask_has_no_lease() -> None:
    async with cluster() as (fake, replica, clock):
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403}
        fake.next = [JSONResponse({**status, "message": "leases is forbidden"}, 403)]
        assert await replica("one").acquire() == "the lease moves cannot be had: leases is forbidden"
        gone = KubernetesLease("moves", None, "one", clock, config=config_of("http://127.0.0.1:1"))
        assert (await gone.acquire() or "").startswith("the lease moves cannot be had: ")
        await gone.release()
        await gone.aclose()


async def test_outside_a_pod_there_is_no_lease() -> None:
    lease = KubernetesLease("moves", None, "one", StoppedClock())
    assert (await lease.acquire() or "").startswith("the lease moves cannot be had: ")


async def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightkube", None)
    lease = KubernetesLease("moves", None, "one", StoppedClock())
    assert await lease.acquire() == "the lease needs the extra: pip install 'farshore[kubernetes]'"
