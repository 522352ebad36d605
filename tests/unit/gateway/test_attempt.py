"""One attempt over one egress: what it sends, what it believes, and how it ends."""

import asyncio
import errno
import socket
from ipaddress import ip_address

import pytest
from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.reaching import CONNECTED, FAILED, OLD, VIA, Answering, Reach, granted
from tests.unit.gateway.tailnets import (
    DIAL_SELF,
    OWN,
    OWN_IPV6,
    ROUTED,
    ROUTER,
    SWITCHED,
    UNROUTED,
    StubApi,
    dial_failure,
    document,
    node,
    unanswered,
)
from tests.unit.gateway.wires import door, stay_silent, until

from farshore.core.address import IPAddress
from farshore.core.outcome import Code, Phase
from farshore.gateway import attempt as attempt_module
from farshore.gateway.attempt import is_of_this_host
from farshore.gateway.egress import Speech
from farshore.tailnet.localapi import LocalApiFailure

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_socket_stays_open")]


class TestLocalApi:
    async def test_a_success_of_a_daemon_that_refuses_to_leak_is_proof_enough(self, reach: Reach) -> None:
        api = StubApi()
        async with door(Answering(SWITCHED + b"hello")) as daemon:
            egress = reach.egress(Speech.LOCALAPI, daemon, api)
            for _ in range(3):
                end = reach.start(egress)
                await end.succeeded()
                assert end.early == b"hello"

        assert api.questions == 1

    @pytest.mark.parametrize("reply", [b"HTTP/1.1 101 S\r\n\r\n", SWITCHED.replace(b"1.102.3", b"1.96.4")])
    @pytest.mark.parametrize(("status", "ours"), [(ROUTED, True), (UNROUTED, False)])
    async def test_a_success_of_a_daemon_that_may_leak_needs_an_owner(
        self,
        reach: Reach,
        reply: bytes,
        status: dict[str, object],
        ours: bool,  # noqa: FBT001
    ) -> None:
        api, script = StubApi(ROUTED, status), Answering(reply)
        async with door(script) as daemon:
            end = reach.start(reach.egress(Speech.LOCALAPI, daemon, api))
            if ours:
                await end.succeeded()
            else:
                failure = await end.failed()
                assert failure.code is Code.LEAK
                assert failure.leak_connected
            assert api.questions == 2
        assert script.after_the_reply == b""

    async def test_no_route_is_a_leak_refused_before_anything_was_dialled(self, reach: Reach) -> None:
        async with door(Answering(DIAL_SELF)) as daemon:
            failure = await reach.start(reach.egress(Speech.LOCALAPI, daemon, StubApi())).failed()

        assert failure.code is Code.LEAK
        assert not failure.leak_connected

    async def test_the_kernels_words_are_a_leak(self, reach: Reach) -> None:
        text = "dial tcp 172.16.20.88:1433: connect: connection refused"
        async with door(Answering(dial_failure(text))) as daemon:
            failure = await reach.start(reach.egress(Speech.LOCALAPI, daemon, StubApi())).failed()

        assert failure.code is Code.LEAK
        assert text in failure.detail

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("connect tcp 172.16.20.88:1433: connection was refused", Code.TARGET_REFUSED),
            ("connect tcp 172.16.20.88:1433: no route to host", Code.TARGET_UNREACHABLE),
        ],
    )
    async def test_a_failure_with_a_reason_is_believed(self, reach: Reach, text: str, code: Code) -> None:
        api = StubApi()
        async with door(Answering(dial_failure(text))) as daemon:
            failure = await reach.start(reach.egress(Speech.LOCALAPI, daemon, api)).failed()

        assert failure.code is code
        assert api.questions == 1

    @pytest.mark.parametrize(
        ("reason", "code"),
        [
            (LocalApiFailure.MISSING, Code.EGRESS_MISSING),
            (LocalApiFailure.REFUSED, Code.EGRESS_REFUSED),
            (LocalApiFailure.NOT_PERMITTED, Code.EGRESS_NOT_PERMITTED),
            (LocalApiFailure.TIMEOUT, Code.HANDSHAKE_TIMEOUT),
            (LocalApiFailure.MALFORMED, Code.OWNER_UNCONFIRMED),
            (LocalApiFailure.DECLINED, Code.OWNER_UNCONFIRMED),
        ],
    )
    async def test_a_dead_daemon_is_named_and_never_dialled(
        self, reach: Reach, reason: LocalApiFailure, code: Code
    ) -> None:
        async with door(Answering(SWITCHED)) as daemon:
            egress = reach.egress(Speech.LOCALAPI, daemon, StubApi(unanswered(reason)))
            failure = await reach.start(egress).failed()

            assert failure.code is code
            assert daemon.accepted == 0

    async def test_an_old_daemon_falls_back_to_socks5(self, reach: Reach) -> None:
        socks = Answering(granted(OWN))
        async with door(Answering(SWITCHED)) as daemon, door(socks) as fallback:
            way = reach.way(Speech.SOCKS5, fallback)
            egress = reach.egress(Speech.LOCALAPI, daemon, StubApi(OLD), fallback=way)
            await reach.start(egress).succeeded()

            assert daemon.accepted == 0
            assert socks.requests[0].startswith(b"\x05")

    async def test_the_fallback_of_an_old_daemon_has_to_prove_itself(self, reach: Reach) -> None:
        impostor = Answering(granted("10.200.0.10"))
        async with door(Answering(SWITCHED)) as daemon, door(impostor) as fallback:
            way = reach.way(Speech.SOCKS5, fallback)
            failure = await reach.start(reach.egress(Speech.LOCALAPI, daemon, StubApi(OLD), fallback=way)).failed()

        assert failure.code is Code.LEAK
        assert failure.leak_connected
        assert impostor.after_the_reply == b""

    @pytest.mark.parametrize("version", ["1.96.4", "1.97.255", "", "unknown"])
    async def test_an_old_daemon_without_a_fallback_is_refused(self, reach: Reach, version: str) -> None:
        status = document(node("router", ROUTER, "172.16.20.0/24"), version=version)
        async with door(Answering(SWITCHED)) as daemon:
            failure = await reach.start(reach.egress(Speech.LOCALAPI, daemon, StubApi(status))).failed()

            assert failure.code is Code.OWNER_UNCONFIRMED
            assert "socks5" in failure.detail
            assert daemon.accepted == 0

    async def test_silence_that_the_daemon_itself_shares_is_a_hung_daemon(self, reach: Reach, clock: HeldClock) -> None:
        api = StubApi(ROUTED, unanswered(LocalApiFailure.TIMEOUT))
        async with door(stay_silent) as daemon:
            attempt, end = reach.make(reach.egress(Speech.LOCALAPI, daemon, api))
            attempt.start()
            await until(lambda: attempt.times.connect_ms is not None)
            clock.advance(7.1)
            attempt.check_deadline(clock.now_s)
            failure = await end.failed()

        assert failure.code is Code.HANDSHAKE_TIMEOUT
        assert "nobody answered for 7.1 s" in failure.detail


class TestSocks5:
    async def test_a_success_bound_to_our_own_address_is_proof_enough(self, reach: Reach) -> None:
        api = StubApi()
        async with door(Answering(granted(OWN))) as socks:
            await reach.start(reach.egress(Speech.SOCKS5, socks, api)).succeeded()

        assert api.questions == 1

    @pytest.mark.parametrize("bound", ["10.200.0.10", "100.64.0.77", "fd7a:115c:a1e0::77", "127.0.0.1"])
    @pytest.mark.parametrize("knows", ["localapi", "own-ips", "both"])
    async def test_a_success_bound_elsewhere_is_a_leak_and_gets_no_byte(
        self, reach: Reach, bound: str, knows: str
    ) -> None:
        script = Answering(granted(bound) + b"the impostor's greeting")
        own = () if knows == "localapi" else (OWN, OWN_IPV6)
        async with door(script) as socks:
            egress = reach.egress(Speech.SOCKS5, socks, None if knows == "own-ips" else StubApi(), *own)
            failure = await reach.start(egress).failed()

        assert failure.code is Code.LEAK
        assert failure.leak_connected
        assert bound in failure.detail
        assert script.after_the_reply == b""

    async def test_no_route_is_known_before_anything_is_dialled(self, reach: Reach) -> None:
        async with door(Answering(granted(OWN))) as socks:
            egress = reach.egress(Speech.SOCKS5, socks, StubApi(UNROUTED))
            failure = await reach.start(egress).failed()

            assert failure.code is Code.LEAK
            assert not failure.leak_connected
            assert socks.accepted == 0

    async def test_with_a_dead_localapi_the_bound_address_must_be_known_otherwise(self, reach: Reach) -> None:
        dead = unanswered(LocalApiFailure.MISSING)
        async with door(Answering(granted(OWN))) as socks:
            known = reach.egress(Speech.SOCKS5, socks, StubApi(dead), OWN)
            await reach.start(known).succeeded()

            unknown = reach.egress(Speech.SOCKS5, socks, StubApi(dead))
            failure = await reach.start(unknown).failed()

        assert failure.code is Code.OWNER_UNCONFIRMED

    async def test_a_new_address_of_ours_is_found_by_asking_again(self, reach: Reach) -> None:
        api = StubApi(document(node("r", ROUTER, "172.16.20.0/24"), own=("100.64.0.5",)), ROUTED)
        async with door(Answering(granted(OWN))) as socks:
            await reach.start(reach.egress(Speech.SOCKS5, socks, api)).succeeded()

        assert api.questions == 2

    async def test_without_localapi_an_address_of_tailscale_that_no_interface_has_is_ours(
        self, reach: Reach, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def has(address: IPAddress) -> bool:
            return str(address) == "100.64.0.9"

        monkeypatch.setattr(attempt_module, "is_of_this_host", has)
        async with door(Answering(granted(OWN))) as socks:
            await reach.start(reach.egress(Speech.SOCKS5, socks)).succeeded()
        # A pod whose own address lies in 100.64.0.0/10: in range, and a leak.
        async with door(Answering(granted("100.64.0.9"))) as socks:
            failure = await reach.start(reach.egress(Speech.SOCKS5, socks)).failed()

        assert failure.code is Code.LEAK
        assert failure.leak_connected

    async def test_a_name_as_bound_address_proves_nothing(self, reach: Reach) -> None:
        reply = b"\x05\x00\x05\x00\x00\x03\x0a100.64.0.1\xc0\x01"
        async with door(Answering(reply)) as socks:
            assert (await reach.start(reach.egress(Speech.SOCKS5, socks)).failed()).code is Code.LEAK

    async def test_a_failure_without_a_reason_is_a_leak_when_nobody_owns_the_target(self, reach: Reach) -> None:
        api = StubApi(ROUTED, UNROUTED)
        async with door(Answering(FAILED)) as socks:
            failure = await reach.start(reach.egress(Speech.SOCKS5, socks, api)).failed()

        assert failure.code is Code.LEAK
        assert "no peer's routes cover 172.16.20.88" in failure.detail
        assert "reply code 1" in failure.detail

    @pytest.mark.parametrize(
        ("then", "code"),
        [
            (ROUTED, Code.DIAL_FAILED),
            (unanswered(LocalApiFailure.MISSING), Code.DIAL_FAILED),
            (unanswered(LocalApiFailure.TIMEOUT), Code.HANDSHAKE_TIMEOUT),
        ],
        ids=["owner", "no-answer", "hung"],
    )
    async def test_a_failure_without_a_reason_is_explained_where_it_can_be(
        self, reach: Reach, then: dict[str, object], code: Code
    ) -> None:
        api = StubApi(ROUTED, then)
        async with door(Answering(FAILED)) as socks:
            failure = await reach.start(reach.egress(Speech.SOCKS5, socks, api)).failed()

        assert failure.code is code
        assert api.questions == 2

    async def test_without_localapi_a_failure_stays_as_it_is(self, reach: Reach) -> None:
        async with door(Answering(FAILED)) as socks:
            assert (await reach.start(reach.egress(Speech.SOCKS5, socks, None, OWN)).failed()).code is Code.DIAL_FAILED


class TestAllowedToLeak:
    """A route with `allow_direct`."""

    async def test_a_direct_dial_needs_no_owner(self, reach: Reach) -> None:
        async with door(stay_silent) as target:
            for api in (None, StubApi(UNROUTED)):
                egress = reach.egress(Speech.NOTHING, None, api)
                await reach.start(egress, target.address, tolerate_leaks=True).succeeded()

    async def test_where_tailscaled_has_no_route_the_target_is_dialled_directly(self, reach: Reach) -> None:
        async with door(stay_silent) as target, door(Answering(DIAL_SELF)) as daemon:
            attempt, end = reach.make(
                reach.egress(Speech.LOCALAPI, daemon, StubApi()), target.address, tolerate_leaks=True
            )
            attempt.start()
            upstream = await end.succeeded()

            assert upstream.sock.getpeername() == target.wires[0].sock.getsockname()
            assert upstream.sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)

    async def test_any_bound_address_will_do(self, reach: Reach) -> None:
        async with door(Answering(granted("10.200.0.10"))) as socks:
            egress = reach.egress(Speech.SOCKS5, socks, StubApi(UNROUTED))
            await reach.start(egress, tolerate_leaks=True).succeeded()

    async def test_an_address_in_tailscales_own_ranges_needs_no_owner(self, reach: Reach) -> None:
        async with door(Answering(SWITCHED)) as daemon:
            egress = reach.egress(Speech.LOCALAPI, daemon, StubApi())
            await reach.start(egress, VIA, tolerate_leaks=True).succeeded()

    async def test_a_failure_is_not_called_a_leak(self, reach: Reach) -> None:
        async with door(Answering(FAILED)) as socks:
            egress = reach.egress(Speech.SOCKS5, socks, StubApi(UNROUTED))
            failure = await reach.start(egress, tolerate_leaks=True).failed()

        assert failure.code is Code.DIAL_FAILED


class TestAbort:
    async def test_before_the_owner_is_known(self, reach: Reach) -> None:
        api = StubApi(held=1)
        async with door(Answering(CONNECTED)) as proxy:
            attempt, end = reach.make(reach.egress(Speech.CONNECT, proxy, api))
            attempt.start()
            assert attempt.phase is Phase.DIAL
            await until(lambda: api.questions == 1)
            attempt.abort()
            api.release.set()
            await asyncio.sleep(0.01)

            assert end.told == 0
            assert proxy.accepted == 0

    async def test_while_it_dials(self, reach: Reach) -> None:
        async with door(stay_silent) as socks:
            attempt, end = reach.make(reach.egress(Speech.SOCKS5, socks, None, OWN))
            attempt.start()
            await until(lambda: socks.accepted == 1)
            assert attempt.phase is Phase.HANDSHAKE
            attempt.abort()
            attempt.abort()
            await socks.wires[0].receive_all()

        assert end.told == 0

    async def test_while_the_proof_is_awaited(self, reach: Reach) -> None:
        api, script = StubApi(held=2), Answering(CONNECTED)
        async with door(script) as proxy:
            attempt, end = reach.make(reach.egress(Speech.CONNECT, proxy, api))
            attempt.start()
            await until(lambda: api.questions == 2)
            # What the target says meanwhile wakes nobody.
            assert len(reach.poller) == 0
            attempt.abort()
            api.release.set()
            await asyncio.sleep(0.01)

            assert end.told == 0
        assert script.after_the_reply == b""

    async def test_while_a_failure_is_explained(self, reach: Reach) -> None:
        api = StubApi(held=2)
        async with door(Answering(FAILED)) as socks:
            attempt, end = reach.make(reach.egress(Speech.SOCKS5, socks, api))
            attempt.start()
            await until(lambda: api.questions == 2)
            attempt.abort()
            api.release.set()
            await asyncio.sleep(0.01)

        assert end.told == 0


def test_this_host_has_its_loopback_addresses_and_not_those_of_a_userspace_tailnet() -> None:
    assert is_of_this_host(ip_address("127.0.0.1"))
    assert is_of_this_host(ip_address("::1"))
    assert not is_of_this_host(ip_address(OWN))
    assert not is_of_this_host(ip_address(OWN_IPV6))


def test_what_cannot_be_found_out_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "socket", fail)
    of_this_host = is_of_this_host(ip_address(OWN))
    monkeypatch.undo()

    assert of_this_host


async def test_what_each_phase_took_is_told(reach: Reach) -> None:
    async with door(Answering(granted(OWN))) as socks:
        attempt, end = reach.make(reach.egress(Speech.SOCKS5, socks, None, OWN))
        before = attempt.times.connect_ms
        attempt.start()
        await end.succeeded()

    assert before is None
    assert (attempt.times.connect_ms, attempt.times.dial_ms) == (0.0, 0.0)
