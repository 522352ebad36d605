from dataclasses import replace

import pytest

from farshore.config.remedies import Mode
from farshore.core.outcome import Code
from farshore.core.remedy import Remedy
from farshore.tailnet.remedy import Sighting
from farshore.watch.remedies import (
    BUDGETS,
    LADDER,
    ROUND_PAUSE_S,
    Apply,
    Decision,
    Facts,
    Ladder,
    Rung,
    Suggest,
    Withhold,
    objection,
)

SILENT = Sighting(router="r1")
ANSWERS = Sighting(router="r2", disco_s=0.001, tsmp_s=0.002)
ZOMBIE = Facts(subject="s.sock", routers=(SILENT,))
ALL_AUTO = dict.fromkeys(Remedy, Mode.AUTO)


def ladder(modes: dict[Remedy, Mode] | None = None) -> Ladder:
    made = Ladder(modes or ALL_AUTO)
    made.outage_started("db", Code.NO_ANSWER, "r1: nobody answered for 1.0 s", 100.0)
    return made


def climb(on: Ladder, facts: Facts = ZOMBIE, *, now_s: float = 100.0) -> tuple[Remedy, Decision | None]:
    rung = on.due(now_s)
    assert isinstance(rung, Rung)
    decision = on.decide(rung, facts, now_s)
    if isinstance(decision, Apply):
        on.finished(rung, now_s)
    return rung.remedy, decision


def test_the_ladder_goes_from_harmless_to_strong_and_then_rests() -> None:
    on = ladder()
    assert [climb(on)[0] for _ in LADDER] == [
        Remedy.PING,
        Remedy.REBIND,
        Remedy.BREAK_DERP,
        Remedy.RESTART,
        Remedy.MOVE,
    ]
    assert on.due(100.0) == 100.0 + ROUND_PAUSE_S
    assert climb(on, now_s=100.0 + ROUND_PAUSE_S)[0] is Remedy.PING


def test_without_an_outage_nothing_is_due_and_nothing_is_decided() -> None:
    on = ladder()
    rung = on.due(100.0)
    assert isinstance(rung, Rung)
    on.outage_ended("db")
    assert on.due(1e9) is None
    assert on.decide(rung, ZOMBIE, 100.0) is None


def test_a_target_that_refuses_is_no_outage_of_the_way_there() -> None:
    on = Ladder(ALL_AUTO)
    on.outage_started("db", Code.TARGET_REFUSED, "refused", 0.0)
    assert on.due(1e9) is None


def test_never_two_at_a_time() -> None:
    on = ladder()
    on.outage_started("files", Code.NO_ANSWER, "", 100.0)
    first = on.due(100.0)
    assert isinstance(first, Rung)
    assert isinstance(on.decide(first, ZOMBIE, 100.0), Apply)
    assert on.due(100.0) is None
    assert on.decide(Rung("files", Remedy.PING), ZOMBIE, 100.0) is None
    on.finished(first, 101.0)
    assert on.due(101.0) == Rung("files", Remedy.PING)


def test_off_is_left_out_and_suggest_only_suggests() -> None:
    on = ladder({**ALL_AUTO, Remedy.PING: Mode.OFF, Remedy.REBIND: Mode.SUGGEST})
    assert climb(on) == (Remedy.REBIND, Suggest("tailnet.dial.no-answer: r1: nobody answered for 1.0 s"))
    assert climb(on)[0] is Remedy.BREAK_DERP


def test_where_all_is_off_nothing_is_ever_due() -> None:
    assert ladder(dict.fromkeys(Remedy, Mode.OFF)).due(1e9) is None


def test_a_suggestion_and_an_objection_are_told_once_an_outage() -> None:
    on = ladder({**dict.fromkeys(Remedy, Mode.OFF), Remedy.REBIND: Mode.SUGGEST, Remedy.BREAK_DERP: Mode.AUTO})
    answered = replace(ZOMBIE, routers=(ANSWERS,))
    later_s = 100.0 + ROUND_PAUSE_S
    assert [climb(on)[1], climb(on, answered)[1]] == [
        Suggest("tailnet.dial.no-answer: r1: nobody answered for 1.0 s"),
        Withhold("pings are answered by r2: what is broken lies behind"),
    ]
    assert [climb(on, now_s=later_s)[1], climb(on, answered, now_s=later_s)[1]] == [None, None]
    on.outage_ended("db")
    on.outage_started("db", Code.NO_ANSWER, "", 1000.0)
    assert isinstance(climb(on, now_s=1000.0)[1], Suggest)


@pytest.mark.parametrize("remedy", Remedy)
def test_a_budget_holds_over_outages_and_is_the_subjects_own(remedy: Remedy) -> None:
    on = Ladder({**dict.fromkeys(Remedy, Mode.OFF), remedy: Mode.AUTO})
    budget, now_s = BUDGETS[remedy], 100.0
    decisions = []
    for _ in range(budget.times + 1):
        on.outage_started("db", Code.NO_ANSWER, "", now_s)
        decisions.append(climb(on, now_s=now_s)[1])
        on.outage_ended("db")
        now_s += 1
    assert decisions == [*[Apply("tailnet.dial.no-answer")] * budget.times, Withhold(f"done {budget} already")]
    on.outage_started("db", Code.NO_ANSWER, "", now_s)
    assert isinstance(climb(on, replace(ZOMBIE, subject="another"), now_s=now_s)[1], Apply)
    on.outage_ended("db")
    on.outage_started("db", Code.NO_ANSWER, "", now_s + budget.window_s)
    assert isinstance(climb(on, now_s=now_s + budget.window_s)[1], Apply)


def test_what_the_gateway_cannot_do_itself_is_suggested_with_the_reason() -> None:
    on = ladder({**dict.fromkeys(Remedy, Mode.OFF), Remedy.RESTART: Mode.AUTO})
    decision = climb(on, replace(ZOMBIE, only_suggest="this gateway did not start it"))[1]
    assert decision == Suggest("this gateway did not start it; tailnet.dial.no-answer: r1: nobody answered for 1.0 s")


@pytest.mark.parametrize(
    ("remedy", "facts", "against"),
    [
        (Remedy.PING, ZOMBIE, None),
        (Remedy.PING, replace(ZOMBIE, routers=()), "no peer's routes cover what the route dials"),
        (Remedy.PING, replace(ZOMBIE, trouble="no socket"), "no socket"),
        (Remedy.REBIND, ZOMBIE, None),
        (Remedy.REBIND, replace(ZOMBIE, routers=(SILENT, ANSWERS)), None),
        (Remedy.REBIND, replace(ZOMBIE, routers=(ANSWERS,)), "pings are answered by r2: what is broken lies behind"),
        (
            Remedy.BREAK_DERP,
            replace(ZOMBIE, routers=(ANSWERS,)),
            "pings are answered by r2: what is broken lies behind",
        ),
        (Remedy.RESTART, ZOMBIE, None),
        (Remedy.RESTART, replace(ZOMBIE, trouble="no socket"), None),
        (
            Remedy.RESTART,
            replace(ZOMBIE, routers=(SILENT, ANSWERS)),
            "pings are answered by r2: this host's tailscaled works",
        ),
        (
            Remedy.RESTART,
            replace(ZOMBIE, served=("files", "web"), trouble="no socket"),
            "it would end the connections of files, web, which work",
        ),
        (Remedy.MOVE, ZOMBIE, None),
        (Remedy.MOVE, replace(ZOMBIE, objection="r2 does not answer"), "r2 does not answer"),
    ],
)
def test_what_speaks_against_a_remedy(remedy: Remedy, facts: Facts, against: str | None) -> None:
    assert objection(remedy, facts) == against


def test_another_allowance_holds_in_an_outage_that_lasts_and_what_was_spent_stays_so() -> None:
    on = ladder(dict.fromkeys(Remedy, Mode.OFF))
    assert on.due(200.0) is None
    only_ping = {**dict.fromkeys(Remedy, Mode.OFF), Remedy.PING: Mode.AUTO}
    on.allow(only_ping, 200.0)
    for _ in range(BUDGETS[Remedy.PING].times):
        assert isinstance(climb(on, now_s=200.0)[1], Apply)
        on.allow(only_ping, 200.0)
    assert climb(on, now_s=200.0) == (Remedy.PING, Withhold(f"done {BUDGETS[Remedy.PING]} already"))
    on.allow(dict.fromkeys(Remedy, Mode.SUGGEST), 200.0)
    assert [type(climb(on, now_s=200.0)[1]) for _ in LADDER] == [Suggest] * len(LADDER)
