from dataclasses import replace

import pytest
from tests.unit.gateway.test_succession import House

from farshore.core.outcome import MEANINGS, Code
from farshore.gateway.wording import MAX_CHARACTERS, wording
from farshore.wire.refusal.turn import Why

(ROUTE,) = House().routes
REMARK = "incident 2026-11-22-3 (M01)"


def test_the_reason_stands_with_the_target_the_code_and_the_incident() -> None:
    words = wording(ROUTE, Code.NO_ANSWER, "r1: nobody answered for 5.0 s", REMARK)
    assert words.text == (
        f"farshore: no way to {ROUTE.target_text}: r1: nobody answered for 5.0 s [tailnet.dial.no-answer]; {REMARK}"
    )
    assert words.why is Why.NO_WAY
    assert words.detail == MEANINGS[Code.NO_ANSWER].summary
    assert words.hint.startswith("Run tailscale ping --tsmp to the route's owner")


def test_without_a_detail_the_meaning_is_told() -> None:
    text = wording(ROUTE, Code.UPSTREAM_CLOSED_SILENT, None, "").text
    assert text.endswith(
        ": the target was reached, and the far side closed without sending a single byte [upstream.first-byte.closed]"
    )


def test_the_target_is_not_named_twice() -> None:
    text = wording(ROUTE, Code.TARGET_REFUSED, f"{ROUTE.target_text}: Connection refused", "").text
    assert text == f"farshore: no way to {ROUTE.target_text}: Connection refused [target.dial.refused]"


@pytest.mark.parametrize(
    ("code", "why"),
    [(Code.ROUTE_FULL, Why.FULL), (Code.CLIENT_NOT_ALLOWED, Why.NOT_ALLOWED), (Code.DRAINING, Why.ENDING)],
)
def test_other_reasons_say_theirs(code: Code, why: Why) -> None:
    words = wording(ROUTE, code, None, "")
    assert (words.why, words.text[:19]) == (why, "farshore: route db:")
    assert f"[{code}]" in words.text


@pytest.mark.parametrize("code", list(Code))
def test_somebody_who_may_not_know_is_told_no_address_no_host_and_no_router(code: Code) -> None:
    for route in (replace(ROUTE, redact=True), ROUTE):
        if not route.redact and code is not Code.CLIENT_NOT_ALLOWED:
            continue
        words = wording(route, code, "r1: 100.64.0.2 is silent", REMARK)
        text = f"{words.text} {words.detail} {words.hint}"
        assert str(code) in text
        assert not any(each in text for each in (ROUTE.target_text, "100.64", "r1", REMARK))


@pytest.mark.parametrize("code", list(Code))
def test_every_reason_is_one_line_that_is_not_too_long(code: Code) -> None:
    hostile = "r1: \x1b[31m\r\n220 welcome\0" + "x" * 1000
    text = wording(ROUTE, code, hostile, REMARK).text
    assert text.isprintable()
    assert len(text) <= MAX_CHARACTERS
    assert f"[{code}]" in text
    assert "`" not in MEANINGS[code].summary or "`" not in text
