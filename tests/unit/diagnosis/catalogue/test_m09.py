import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, LIKELY, POSSIBLE, PROVEN, Row, argued, read, rule_in
from tests.unit.diagnosis.making import failed, moment, pong, routing
from tests.unit.diagnosis.tailnet_texts import (
    ANSWERS,
    DIAL_LEAKED,
    DIAL_REFUSED,
    HANGS,
    MUTE,
    OTHER,
    REPLY_1,
    pending_flow,
    pings,
    prefs,
    router_log,
    said,
)
from tests.unit.diagnosis.texts import TARGET, dial, doctor, lines, peer, status
from tests.unit.diagnosis.texts import at as clock

from farshore.diagnosis.catalogue.m09 import CAUSE
from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.verdict import Confidence

NOW = moment("05:50")
FERRY = routing("ferry-a", "100.64.0.2", "10.9.8.0/24")
HUNG = failed(Wording.DEADLINE, time=NOW)


def found(*facts: Fact) -> dict[str, Confidence]:
    findings = diagnose([FERRY, HUNG, pong("100.64.0.2", time=NOW), *facts]).findings
    return {finding.cause.code: finding.confidence for finding in findings}


def test_from_the_gateway_alone_it_is_one_of_three() -> None:
    said = found()
    assert {code for code, sure in said.items() if sure is Confidence.POSSIBLE} >= {"M06", "M09", "M10"}
    assert Confidence.LIKELY not in said.values()


def test_a_drop_in_the_routers_log_explains_a_reply_that_names_no_cause() -> None:
    (verdict,) = diagnose(read(KNOWN, DROP, REPLY_1)).verdicts
    assert verdict.finding is not None
    assert verdict.finding.cause.code == "M09"


KNOWN = status(peer())
DROP = said(f"Drop: TCP{{100.64.0.1:5 > {TARGET}}} 60 no rules matched", by="ferry-a")


def router_report(dropped: int, host: str = "ferry-a") -> str:
    """What `farshore collect --script` prints on a router, of its counters."""
    about = ("==== router report: about ====", f"host: {host}", f"time: {clock('09:14')}", "")
    return lines(
        *about,
        "==== router report: metrics ====",
        f'tailscaled_inbound_dropped_packets_total{{reason="acl"}} {dropped}',
    )


ROWS = [
    Row(
        "_dropped_alone",
        (KNOWN, HANGS, DROP, doctor(dial(target="10.9.8.7:22"))),
        PROVEN,
        (KNOWN, HANGS, DROP, doctor(dial(target="10.9.9.7:22"))),
        LIKELY,
    ),
    Row(
        "_rejected",
        (pending_flow("rejected due to acl"),),
        PROVEN,
        (pending_flow("rejected due to shields"),),
        None,
    ),
    Row(
        "_dropped",
        (KNOWN, HANGS, DROP),
        LIKELY,
        (KNOWN, HANGS, DROP.replace("no rules matched", "tcp non-syn")),
        POSSIBLE,
    ),
    Row("_hidden", (KNOWN, DROP, REPLY_1), LIKELY, (KNOWN, REPLY_1), None),
    Row("lost_behind", (KNOWN, HANGS, ANSWERS), POSSIBLE, (KNOWN, HANGS, MUTE), POSSIBLE),
    Row("nobody_answered", (KNOWN, HANGS), POSSIBLE, (KNOWN, DIAL_REFUSED), None),
    Row("dial_answered", (KNOWN, DROP, DIAL_REFUSED), CONTRADICTED, (KNOWN, DROP, REPLY_1), LIKELY),
    Row(
        "reached",
        (KNOWN, DROP, HANGS, doctor(dial())),
        CONTRADICTED,
        (KNOWN, DROP, HANGS, doctor(dial(clock="09:15:02"))),
        LIKELY,
    ),
    Row("not_through_tailnet", (KNOWN, DROP, DIAL_LEAKED), CONTRADICTED, (KNOWN, DROP, REPLY_1), LIKELY),
    Row("router_dialled", (KNOWN, HANGS, DROP, router_log("i/o timeout")), CONTRADICTED, (KNOWN, HANGS, DROP), LIKELY),
    Row(
        "_shielded",
        (KNOWN, HANGS, DROP, prefs("ferry-a", ShieldsUp=True)),
        CONTRADICTED,
        (KNOWN, HANGS, DROP, prefs("gw", ShieldsUp=True)),
        LIKELY,
    ),
    Row("router_dead", (KNOWN, HANGS, DROP, MUTE), POSSIBLE, (KNOWN, HANGS, DROP, pings("timeout", of=OTHER)), LIKELY),
    Row(
        "_counted",
        (KNOWN, HANGS, router_report(4), router_report(9)),
        LIKELY,
        (KNOWN, HANGS, router_report(4), router_report(4)),
        POSSIBLE,
    ),
    Row(
        "_counted",
        (KNOWN, HANGS, router_report(4), router_report(9)),
        LIKELY,
        (KNOWN, HANGS, router_report(4), router_report(9, host="gull")),
        POSSIBLE,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
