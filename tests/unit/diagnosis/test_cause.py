from dataclasses import replace

from farshore.diagnosis.cause import About, Cost, Gravity, Hop, words_of
from farshore.diagnosis.causes import BY_CODE
from farshore.diagnosis.index import Scope


def test_a_cause_is_asked_about_its_own_kind_of_suspect_and_those_beside_it() -> None:
    cause = replace(BY_CODE["M05"], about=About.TARGET, also_about=())
    assert [kind.value for kind in About if cause.is_about(kind.value)] == ["target"]
    both = replace(cause, also_about=(About.ROUTER,))
    assert [kind.value for kind in About if both.is_about(kind.value)] == ["router", "target"]


def test_a_rule_in_words_is_its_docstring_on_one_line() -> None:
    def rule(_: Scope) -> None:
        """It is so,
        and not otherwise.
        """

    assert words_of(rule) == "It is so, and not otherwise."
    assert words_of(lambda _: None) == ""


def test_hops_gravities_and_costs_are_in_order() -> None:
    assert next(iter(Hop)) is Hop.CLIENT
    assert list(Hop)[-1] is Hop.TARGET
    assert max(Gravity) is Gravity.ALL
    assert min(Cost) is Cost.READ
