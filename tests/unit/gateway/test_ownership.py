import asyncio
import math
from ipaddress import ip_address

import pytest
from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.tailnets import LAN, OWN, ROUTED, ROUTER, UNROUTED, StubApi, document, node, unanswered
from tests.unit.gateway.wires import until

from farshore.gateway.ownership import Answer, View, tell_of_leak
from farshore.tailnet.localapi import LocalApiError, LocalApiFailure
from farshore.tailnet.status import parse_status

pytestmark = pytest.mark.anyio

TARGET = ip_address("172.16.20.88")
VIA = "fd7a:115c:a1e0:b1a:0:1:ac10:1458"
VIA_NETWORK = "fd7a:115c:a1e0:b1a:0:1:ac10:1400/120"


def tell(status: dict[str, object], address: str = str(TARGET), *, accepts_routes: bool = True) -> str | None:
    view = View(status=parse_status(status), accepts_routes=accepts_routes, asked_s=0.0)
    return tell_of_leak(view, ip_address(address))


@pytest.mark.parametrize(
    ("status", "address"),
    [
        pytest.param(ROUTED, "172.16.20.88", id="a-route"),
        pytest.param(ROUTED, ROUTER, id="the-peers-own-address"),
        pytest.param(ROUTED, OWN, id="this-nodes-own-address"),
        pytest.param(document(node("router", ROUTER, VIA_NETWORK)), VIA, id="4via6"),
        pytest.param(document(node("exit", ROUTER, "0.0.0.0/0", exit_node=True)), "172.16.20.88", id="exit-node"),
    ],
)
def test_an_address_with_an_owner(status: dict[str, object], address: str) -> None:
    assert tell(status, address) is None


@pytest.mark.parametrize(
    ("status", "address", "words"),
    [
        pytest.param(UNROUTED, "172.16.20.88", "no peer's routes cover", id="withdrawn"),
        pytest.param(ROUTED, "172.16.21.88", "no peer's routes cover", id="next-network"),
        pytest.param(ROUTED, "100.64.0.9", "no peer's routes cover", id="unknown-node"),
        pytest.param(ROUTED, VIA, "no peer's routes cover", id="unserved-site"),
        pytest.param(document(node("r", ROUTER, LAN, expired=True)), "172.16.20.88", "no peer's", id="expired"),
        pytest.param(document(node("r", ROUTER, "0.0.0.0/0")), "172.16.20.88", "no peer's", id="exit-not-selected"),
        pytest.param(document(state="NeedsLogin", own=()), "172.16.20.88", "NeedsLogin, not Running", id="logged-out"),
        pytest.param(document(state="Stopped"), OWN, "Stopped, not Running", id="stopped"),
        pytest.param(document(state=""), OWN, "in no state", id="says-nothing"),
    ],
)
def test_an_address_without_an_owner(status: dict[str, object], address: str, words: str) -> None:
    found = tell(status, address)

    assert found is not None
    assert words in found


def test_a_route_that_is_not_accepted_is_no_way() -> None:
    found = tell(ROUTED, accepts_routes=False)

    assert found is not None
    assert "router" in found
    assert "--accept-routes" in found


def test_a_peers_own_address_and_an_exit_node_need_no_accepted_routes() -> None:
    exit_node = document(node("exit", ROUTER, "0.0.0.0/0", "::/0", exit_node=True))

    assert tell(ROUTED, ROUTER, accepts_routes=False) is None
    assert tell(exit_node, accepts_routes=False) is None


class Asked:
    """The answers one caller got."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []

    def __call__(self, answer: Answer) -> None:
        self.answers.append(answer)

    async def answer(self) -> Answer:
        await until(lambda: bool(self.answers))
        assert len(self.answers) == 1
        return self.answers[0]


async def test_a_question_is_asked_and_answered(clock: HeldClock) -> None:
    api, asked = StubApi(), Asked()
    api.accepts_routes = False
    ownership = api.ownership(clock)

    ownership.ask(0.0, asked)
    answer = await asked.answer()

    assert isinstance(answer, View)
    assert answer.status.version == "1.102.3"
    assert not answer.accepts_routes
    assert answer.asked_s == clock.now_s
    assert ownership.last is answer
    await ownership.close()
    assert api.closed


async def test_a_young_view_is_used_at_once_and_an_old_one_is_not(clock: HeldClock) -> None:
    api = StubApi()
    ownership = api.ownership(clock)
    first, young, old, ageless = Asked(), Asked(), Asked(), Asked()
    ownership.ask(1.0, first)
    await first.answer()

    clock.advance(0.9)
    ownership.ask(1.0, young)
    assert young.answers == first.answers
    await asyncio.sleep(0.01)
    assert api.questions == len(young.answers) == 1

    clock.advance(0.2)
    ownership.ask(math.inf, ageless)
    assert ageless.answers == first.answers
    ownership.ask(1.0, old)
    assert not old.answers
    await old.answer()

    assert api.questions == 2
    await ownership.close()


async def test_with_no_age_allowed_the_question_is_asked_anew(clock: HeldClock) -> None:
    api, first, second = StubApi(), Asked(), Asked()
    ownership = api.ownership(clock)
    ownership.ask(0.0, first)
    await first.answer()

    ownership.ask(0.0, second)
    assert not second.answers
    await second.answer()

    assert api.questions == 2
    await ownership.close()


async def test_those_who_ask_together_share_one_question(clock: HeldClock) -> None:
    api = StubApi()
    ownership = api.ownership(clock)
    callers = [Asked() for _ in range(50)]

    for caller in callers:
        ownership.ask(0.0, caller)
    answers = [await caller.answer() for caller in callers]

    assert all(answer is answers[0] for answer in answers)
    assert api.questions == 1
    await ownership.close()


async def test_nobody_gets_the_answer_to_a_question_sent_before_they_asked(clock: HeldClock) -> None:
    api = StubApi(ROUTED, UNROUTED, held=1)
    ownership = api.ownership(clock)
    early, late = Asked(), Asked()
    ownership.ask(0.0, early)
    await until(lambda: api.questions == 1)

    ownership.ask(0.0, late)
    api.release.set()
    await late.answer()

    assert api.questions == 2
    assert early.answers != late.answers
    await ownership.close()


async def test_a_question_without_an_answer_is_told_and_nothing_is_remembered(clock: HeldClock) -> None:
    api = StubApi(ROUTED, unanswered(LocalApiFailure.TIMEOUT), ROUTED)
    first, second, third = Asked(), Asked(), Asked()
    ownership = api.ownership(clock)
    ownership.ask(0.0, first)
    await first.answer()

    ownership.ask(0.0, second)
    error = await second.answer()

    assert isinstance(error, LocalApiError)
    assert error.reason is LocalApiFailure.TIMEOUT
    assert ownership.last is None
    ownership.ask(math.inf, third)
    assert isinstance(await third.answer(), View)
    await ownership.close()


async def test_a_mistake_of_our_own_is_reported_and_leaves_nobody_waiting(clock: HeldClock) -> None:
    api, asked, reported = StubApi(), Asked(), []
    api.prefs_error = KeyError("a mistake")  # type: ignore[assignment]
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reported.append(context["message"]))
    ownership = api.ownership(clock)

    ownership.ask(0.0, asked)

    assert isinstance(await asked.answer(), LocalApiError)
    assert reported == ["asking for an owner"]
    loop.set_exception_handler(None)
    await ownership.close()


async def test_preferences_that_cannot_be_had_are_no_answer_either(clock: HeldClock) -> None:
    api, asked = StubApi(), Asked()
    api.prefs_error = unanswered(LocalApiFailure.DECLINED)
    ownership = api.ownership(clock)

    ownership.ask(0.0, asked)

    assert isinstance(await asked.answer(), LocalApiError)
    await ownership.close()


async def test_a_failure_leaves_no_half_of_the_question_running(clock: HeldClock) -> None:
    api, asked = StubApi(held=1), Asked()
    api.prefs_error = unanswered(LocalApiFailure.DECLINED)
    ownership = api.ownership(clock)
    before = asyncio.all_tasks()
    ownership.ask(0.0, asked)
    await until(lambda: api.questions == 1)
    for _ in range(10):
        await asyncio.sleep(0)

    await ownership.close()

    assert asyncio.all_tasks() == before


async def test_one_callers_mistake_is_not_the_others_misfortune(clock: HeldClock) -> None:
    seen: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: seen.append(context["exception"]))
    api, before, after, later = StubApi(), Asked(), Asked(), Asked()
    ownership = api.ownership(clock)

    def fail(_answer: Answer) -> None:
        raise ZeroDivisionError

    ownership.ask(0.0, before)
    ownership.ask(0.0, fail)
    ownership.ask(0.0, after)
    await after.answer()
    ownership.ask(0.0, later)
    await later.answer()

    assert [type(mistake) for mistake in seen] == [ZeroDivisionError]
    await ownership.close()
    loop.set_exception_handler(None)


async def test_after_the_end_nobody_is_called(clock: HeldClock) -> None:
    api, asked = StubApi(held=1), Asked()
    ownership = api.ownership(clock)
    before = asyncio.all_tasks()
    ownership.ask(0.0, asked)
    await until(lambda: api.questions == 1)

    await ownership.close()
    api.release.set()
    await asyncio.sleep(0)

    assert not asked.answers
    assert asyncio.all_tasks() == before
    assert api.closed
