import errno

import pytest

from farshore.core.outcome import Code
from farshore.gateway.judge import judge_connect, judge_decline, judge_direct, no_answer
from farshore.wire.handshake import Decline, Declined

TARGET = "172.16.20.88:1433"
SOCKS_1 = "SOCKS5 reply code 1: general SOCKS server failure"


def judged(text: str, elapsed_s: float, reason: Decline = Decline.DIAL_FAILED) -> Code:
    return judge_decline(Declined(reason=reason, detail=text), elapsed_s).code


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Decline.MALFORMED, Code.HANDSHAKE_MALFORMED),
        (Decline.REFUSED, Code.HANDSHAKE_REFUSED),
        (Decline.CLOSED, Code.HANDSHAKE_CLOSED),
        (Decline.NAME_UNKNOWN, Code.NAME_UNKNOWN),
        (Decline.NOT_A_ROUTE, Code.LEAK),
    ],
)
def test_what_the_egress_says_about_itself_keeps_its_words(reason: Decline, code: Code) -> None:
    failure = judge_decline(Declined(reason=reason, detail="as it was said"), 1.0)

    assert (failure.code, failure.detail) == (code, "as it was said")


@pytest.mark.parametrize("reason", Decline)
def test_a_refusal_was_never_a_connection(reason: Decline) -> None:
    assert not judge_decline(Declined(reason=reason, detail="any"), 1.0).leak_connected


# The words are those of tailscaled 1.102.3 on each of its ways in; gVisor's begin with `connect tcp`, the kernel's
# with `dial tcp`.
@pytest.mark.parametrize(
    ("text", "elapsed_s", "code"),
    [
        pytest.param(f"connect tcp {TARGET}: connection was refused", 0.0013, Code.TARGET_REFUSED, id="refused-early"),
        pytest.param(f"connect tcp {TARGET}: connection was refused", 2.49, Code.TARGET_REFUSED, id="refused-slow-wan"),
        pytest.param(f"connect tcp {TARGET}: connection was refused", 2.5, Code.TARGET_UNREACHABLE, id="refused-late"),
        pytest.param(f"connect tcp {TARGET}: connection was refused", 3.07, Code.TARGET_UNREACHABLE, id="netstack-arp"),
        pytest.param(f"connect tcp {TARGET}: no route to host", 3.06, Code.TARGET_UNREACHABLE, id="kernel-router-arp"),
        pytest.param(f"connect tcp {TARGET}: network is unreachable", 0.001, Code.TARGET_UNREACHABLE, id="no-family"),
        pytest.param(f"connect tcp {TARGET}: operation timed out", 127.0, Code.NO_ANSWER, id="netstack-gave-up"),
        pytest.param(f"connect tcp {TARGET}: connection timed out", 1.0, Code.NO_ANSWER, id="timed-out"),
        pytest.param("context deadline exceeded", 1.0, Code.NO_ANSWER, id="deadline-early"),
        pytest.param("context deadline exceeded", 5.0, Code.NO_ANSWER, id="deadline"),
        pytest.param(f"dial tcp {TARGET}: connect: connection refused", 0.001, Code.LEAK, id="kernel-refused"),
        pytest.param(f"dial tcp {TARGET}: connect: no route to host", 3.1, Code.LEAK, id="kernel-no-route"),
        pytest.param(f"dial tcp {TARGET}: i/o timeout", 5.0, Code.LEAK, id="kernel-timeout"),
        pytest.param(
            "dial tcp [fd7a:115c:a1e0:b1a:0:2:ac10:1458]:1433: connect: network is unreachable",
            0.0008,
            Code.LEAK,
            id="kernel-4via6-without-owner",
        ),
        pytest.param(SOCKS_1, 0.003, Code.DIAL_FAILED, id="socks-at-once"),
        pytest.param(SOCKS_1, 3.08, Code.DIAL_FAILED, id="socks-after-arp"),
        pytest.param(SOCKS_1, 4.49, Code.DIAL_FAILED, id="socks-just-before-its-deadline"),
        pytest.param(SOCKS_1, 4.5, Code.NO_ANSWER, id="socks-at-its-deadline"),
        pytest.param(SOCKS_1, 5.005, Code.NO_ANSWER, id="socks-deadline-as-measured"),
        pytest.param("SOCKS5 reply code 5: connection refused", 0.01, Code.DIAL_FAILED, id="socks-not-tailscaled"),
        pytest.param("something new", 0.01, Code.DIAL_FAILED, id="unknown-words"),
        pytest.param("", 0.01, Code.DIAL_FAILED, id="no-words"),
    ],
)
def test_a_failed_dial(text: str, elapsed_s: float, code: Code) -> None:
    assert judged(text, elapsed_s) is code


@pytest.mark.parametrize(
    "text", [f"connect tcp {TARGET}: connection was refused", f"dial tcp {TARGET}: i/o timeout", SOCKS_1]
)
def test_the_egresss_own_words_are_kept_as_evidence(text: str) -> None:
    assert text in judge_decline(Declined(reason=Decline.DIAL_FAILED, detail=text), 0.1).detail


def test_how_long_it_took_is_evidence_too() -> None:
    refused = judge_decline(Declined(reason=Decline.DIAL_FAILED, detail=f"connect tcp {TARGET}: connection was refused"), 3.07)  # noqa: E501 # fmt: skip

    assert "3.07 s" in refused.detail


def test_silence_is_told_with_its_length() -> None:
    assert no_answer(Code.NO_ANSWER, 7.04).detail == "nobody answered for 7.0 s"
    assert "5.0 s" in judge_decline(Declined(reason=Decline.DIAL_FAILED, detail=SOCKS_1), 5.005).detail


OF_THE_EGRESS = {
    errno.ENOENT: Code.EGRESS_MISSING,
    errno.ENOTDIR: Code.EGRESS_MISSING,
    errno.EACCES: Code.EGRESS_NOT_PERMITTED,
    errno.EPERM: Code.EGRESS_NOT_PERMITTED,
    errno.EMFILE: Code.NO_DESCRIPTORS,
    errno.ENFILE: Code.NO_DESCRIPTORS,
    errno.ETIMEDOUT: Code.EGRESS_SILENT,
}
OF_A_DIRECT_TARGET = {
    errno.EMFILE: Code.NO_DESCRIPTORS,
    errno.ENFILE: Code.NO_DESCRIPTORS,
    errno.ECONNREFUSED: Code.TARGET_REFUSED,
    errno.ETIMEDOUT: Code.TARGET_SILENT,
}


@pytest.mark.parametrize("error", sorted(errno.errorcode), ids=errno.errorcode.__getitem__)
def test_every_errno_of_the_egresss_own_port(error: int) -> None:
    failure = judge_connect(error, "127.0.0.1:1055")

    assert failure.code is OF_THE_EGRESS.get(error, Code.EGRESS_REFUSED)
    assert errno.errorcode[error] in failure.detail
    assert ("127.0.0.1:1055" in failure.detail) is (failure.code is not Code.NO_DESCRIPTORS)


@pytest.mark.parametrize("error", sorted(errno.errorcode), ids=errno.errorcode.__getitem__)
def test_every_errno_of_a_target_on_this_hosts_own_network(error: int) -> None:
    failure = judge_direct(error, TARGET)

    assert failure.code is OF_A_DIRECT_TARGET.get(error, Code.TARGET_UNREACHABLE)
    assert errno.errorcode[error] in failure.detail
    assert (TARGET in failure.detail) is (failure.code is not Code.NO_DESCRIPTORS)


def test_an_errno_without_a_name_is_shown_as_a_number() -> None:
    assert "(99999)" in judge_connect(99999, "127.0.0.1:1055").detail
