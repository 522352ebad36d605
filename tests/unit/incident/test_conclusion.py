"""What an incident takes from a diagnosis."""

from msgspec.structs import replace
from tests.unit.incident.making import REMEDY, published

from farshore.incident.conclusion import Conclusion, conclude


def concluded(*args: str | None, **kwargs: object) -> Conclusion:
    conclusion = conclude(published(*args, **kwargs))  # type: ignore[arg-type]
    assert conclusion is not None
    return conclusion


def test_a_named_cause_brings_its_remedies_and_the_first_is_next() -> None:
    named = concluded("M01")
    assert (named.code, named.router, named.target, named.candidates) == ("M01", "r1", "172.16.20.88:1433", ())
    assert (named.command, named.remedies) == (REMEDY.command, (REMEDY,))
    assert str(named) == "M01 A router does not answer (proven)"


def test_what_is_undecided_brings_what_would_decide_and_no_remedy() -> None:
    open_ = concluded(None, candidates=("M01", "M05"))
    assert (open_.code, open_.candidates, open_.remedies) == (None, ("M01", "M05"), ())
    assert open_.command == "tailscale ping r1"
    assert str(open_) == "undecided between M01, M05"


def test_where_nothing_is_known_it_says_so() -> None:
    unknown = concluded(None)
    assert (unknown.command, str(unknown)) == ("", "undecided")


def test_nothing_wrong_is_no_conclusion() -> None:
    assert conclude(replace(published("M01"), verdicts=[])) is None


def test_the_root_is_the_cause_and_its_subject() -> None:
    assert concluded("M01").key == concluded("M01").key == ("M01", "r1")
    assert concluded("M01").key != concluded("M01", router="r2").key
    assert concluded(None, candidates=("M05", "M01")).key == concluded(None, candidates=("M01", "M05")).key
    assert concluded("M28", router=None).key == ("M28", "172.16.20.88:1433")
