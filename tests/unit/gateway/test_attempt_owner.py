"""An attempt whose answer proves nothing by itself: an owner of the target before and after."""

import pytest
from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.reaching import CONNECTED, TARGET, VIA, VIA_ROUTED, Answering, Reach, granted
from tests.unit.gateway.tailnets import (
    OWN_IPV6,
    ROUTED,
    ROUTER,
    SWITCHED,
    UNROUTED,
    StubApi,
    document,
    node,
    unanswered,
)
from tests.unit.gateway.wires import door, stay_silent

from farshore.core.outcome import Code
from farshore.gateway.egress import Speech
from farshore.tailnet.localapi import LocalApiFailure

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_socket_stays_open")]


OWN_RANGE = [
    pytest.param(Speech.LOCALAPI, SWITCHED, id="localapi"),
    pytest.param(Speech.SOCKS5, granted(OWN_IPV6), id="socks5"),
    pytest.param(Speech.CONNECT, CONNECTED, id="connect"),
]


@pytest.mark.parametrize(("speech", "reply"), OWN_RANGE)
class TestOwnRangeOrNoProof:
    """A target inside Tailscale's own ranges over any egress: an owner before and after."""

    async def test_with_an_owner_before_and_after(self, reach: Reach, speech: Speech, reply: bytes) -> None:
        api = StubApi(VIA_ROUTED)
        async with door(Answering(reply + b"hello")) as egress:
            end = reach.start(reach.egress(speech, egress, api), VIA)
            await end.succeeded()

            assert end.early == b"hello"
        assert api.questions == 2

    async def test_without_an_owner_nothing_is_dialled(self, reach: Reach, speech: Speech, reply: bytes) -> None:
        async with door(Answering(reply)) as egress:
            failure = await reach.start(reach.egress(speech, egress, StubApi()), VIA).failed()

            assert failure.code is Code.LEAK
            assert not failure.leak_connected
            assert egress.accepted == 0

    async def test_with_an_owner_lost_on_the_way_not_a_byte_is_sent(
        self, reach: Reach, speech: Speech, reply: bytes
    ) -> None:
        api, script = StubApi(VIA_ROUTED, ROUTED), Answering(reply)
        async with door(script) as egress:
            failure = await reach.start(reach.egress(speech, egress, api), VIA).failed()

        assert failure.code is Code.LEAK
        assert failure.leak_connected
        assert script.after_the_reply == b""

    async def test_with_nobody_to_ask_afterwards_not_a_byte_is_sent(
        self, reach: Reach, speech: Speech, reply: bytes
    ) -> None:
        api, script = StubApi(VIA_ROUTED, unanswered(LocalApiFailure.MALFORMED)), Answering(reply)
        async with door(script) as egress:
            failure = await reach.start(reach.egress(speech, egress, api), VIA).failed()

        assert failure.code is Code.OWNER_UNCONFIRMED
        assert script.after_the_reply == b""

    async def test_with_nobody_to_ask_before_nothing_is_dialled(
        self, reach: Reach, speech: Speech, reply: bytes
    ) -> None:
        dead = StubApi(unanswered(LocalApiFailure.MALFORMED))
        async with door(Answering(reply)) as egress:
            failure = await reach.start(reach.egress(speech, egress, dead), VIA).failed()

            assert failure.code is Code.OWNER_UNCONFIRMED
            assert egress.accepted == 0

    async def test_without_any_localapi_nothing_is_dialled(self, reach: Reach, speech: Speech, reply: bytes) -> None:
        async with door(Answering(reply)) as egress:
            failure = await reach.start(reach.egress(speech, egress), VIA).failed()

            assert failure.code is Code.OWNER_UNCONFIRMED
            assert egress.accepted == 0

    async def test_the_answer_before_may_be_a_second_old_the_one_after_may_not(
        self, reach: Reach, clock: HeldClock, speech: Speech, reply: bytes
    ) -> None:
        api = StubApi(VIA_ROUTED)
        async with door(Answering(reply)) as egress:
            shared = reach.egress(speech, egress, api)
            await reach.start(shared, VIA).succeeded()
            assert api.questions == 2

            clock.advance(0.5)
            await reach.start(shared, VIA).succeeded()
            assert api.questions == 3

            clock.advance(1.0)
            await reach.start(shared, VIA).succeeded()
            assert api.questions == 5


async def test_over_socks5_an_owner_is_not_enough_where_the_bound_address_is_not_ours(reach: Reach) -> None:
    script = Answering(granted("100.64.0.77"))
    async with door(script) as socks:
        failure = await reach.start(reach.egress(Speech.SOCKS5, socks, StubApi(VIA_ROUTED)), VIA).failed()

    assert failure.code is Code.LEAK
    assert failure.leak_connected
    assert script.after_the_reply == b""


@pytest.mark.parametrize("speech", [Speech.CONNECT, Speech.NOTHING])
@pytest.mark.parametrize("then", [ROUTED, UNROUTED, unanswered(LocalApiFailure.TIMEOUT)], ids=["yes", "no", "dead"])
async def test_what_proves_nothing_needs_an_owner_before_and_after(
    reach: Reach, speech: Speech, then: dict[str, object]
) -> None:
    script = Answering(CONNECTED)
    async with door(script) as there:
        # A direct dial has to end somewhere that answers: the target is then the listener itself.
        target = there.address if speech is Speech.NOTHING else TARGET
        routed = document(node("router", ROUTER, "172.16.20.0/24", "127.0.0.0/8"))
        api = StubApi(routed, routed if then is ROUTED else then)
        end = reach.start(reach.egress(speech, None if speech is Speech.NOTHING else there, api), target)
        if then is ROUTED:
            await end.succeeded()
        else:
            failure = await end.failed()
            assert failure.code is (Code.LEAK if then is UNROUTED else Code.OWNER_UNCONFIRMED)
            assert failure.leak_connected is (then is UNROUTED)
        assert api.questions == 2
    assert script.after_the_reply == b""


async def test_routes_that_are_not_accepted_are_no_owner(reach: Reach) -> None:
    async with door(Answering(CONNECTED)) as proxy:
        api = StubApi()
        api.accepts_routes = False
        failure = await reach.start(reach.egress(Speech.CONNECT, proxy, api)).failed()

        assert failure.code is Code.LEAK
        assert "--accept-routes" in failure.detail
        assert proxy.accepted == 0


async def test_an_old_view_refuses_nobody(reach: Reach, clock: HeldClock) -> None:
    api = StubApi(UNROUTED, ROUTED)
    async with door(Answering(CONNECTED)) as proxy:
        egress = reach.egress(Speech.CONNECT, proxy, api)
        assert (await reach.start(egress).failed()).code is Code.LEAK

        clock.advance(0.5)
        await reach.start(egress).succeeded()

    assert api.questions == 3


async def test_a_direct_dial_does_not_lead_into_a_userspace_tailnet(reach: Reach) -> None:
    async with door(stay_silent) as target:
        userspace = document(node("router", ROUTER, "127.0.0.0/8"), tun=False)
        failure = await reach.start(reach.egress(Speech.NOTHING, None, StubApi(userspace)), target.address).failed()

        assert failure.code is Code.LEAK
        assert "userspace" in failure.detail
        assert target.accepted == 0


async def test_a_direct_dial_that_nobody_allowed_is_not_made(reach: Reach) -> None:
    async with door(stay_silent) as target:
        failure = await reach.start(reach.egress(Speech.NOTHING, None), target.address).failed()

        assert failure.code is Code.OWNER_UNCONFIRMED
        assert target.accepted == 0
