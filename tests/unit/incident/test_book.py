"""Which routes share an incident, and when it is over."""

from tests.unit.incident.making import published

from farshore.core.remedy import Remedy, RemedyResult
from farshore.incident.book import MOST_KEPT, TOGETHER_S, Book, Incident
from farshore.incident.conclusion import Conclusion, conclude
from farshore.incident.course import Shift, Tried
from farshore.incident.threshold import Sign

T0 = 1_795_000_000.0  # 2026-11-18T11:06:40Z
LATER = T0 + TOGETHER_S + 1


def conclusion(code: str | None = "M01", router: str = "r1") -> Conclusion:
    found = conclude(published(code, router=router, candidates=("M01", "M05") if code is None else ()))
    assert found is not None
    return found


def opened(book: Book, route: str, now_s: float = T0, sign: Sign = Sign.FAILURES) -> Incident:
    incident = book.failing(route, sign, now_s - 1, now_s)
    assert incident is not None
    return incident


def test_one_is_named_by_its_day_and_number() -> None:
    book = Book()
    names = [opened(book, "a").id, opened(book, "b", LATER).id, opened(book, "c", T0 + 86_400).id]
    assert names == ["2026-11-18-1", "2026-11-18-2", "2026-11-19-1"]
    assert opened(Book("2026-11-18-9"), "a").id == "2026-11-18-10"
    assert opened(Book("2026-11-17-9"), "a").id == "2026-11-18-1"


def test_what_happened_in_the_course_of_one_goes_with_it_into_another_in_the_order_of_time() -> None:
    def shift(at_s: float) -> Shift:
        return Shift(at_s=at_s, route="a", path="r1", now="down", was="up", reason="")

    def tried(at_s: float) -> Tried:
        return Tried(at_s=at_s, route="a", remedy=Remedy.PING, subject="r1", why="", result=RemedyResult.NO_CHANGE)

    book = Book()
    older, newer = opened(book, "a"), opened(book, "b", LATER)
    for incident, at_s in ((older, 3.0), (newer, 2.0)):
        incident.note(shift(at_s))
        incident.note(tried(at_s))
    book.concluded(older, conclusion(), LATER)
    assert book.concluded(newer, conclusion(), LATER) is older
    assert [each.at_s for each in older.paths] == [each.at_s for each in older.remedies] == [2.0, 3.0]
    for at_s in range(2 * MOST_KEPT):
        older.note(shift(10.0 + at_s))
    assert len(older.paths) == MOST_KEPT


def test_what_begins_to_fail_together_is_one() -> None:
    book = Book()
    incident = opened(book, "a")
    assert book.failing("b", Sign.HELD, T0 - 5, T0 + TOGETHER_S) is None
    assert (incident.routes, incident.since_s) == ({"a": Sign.FAILURES, "b": Sign.HELD}, T0 - 5)
    assert book.failing("c", Sign.HELD, T0, LATER) is not None


def test_what_begins_to_fail_long_before_by_a_clock_that_was_set_back_is_another() -> None:
    book = Book()
    opened(book, "a")
    assert book.failing("b", Sign.HELD, T0 - 3_600, T0 - 3_600) is not None


def test_once_a_cause_is_known_the_next_route_is_one_of_its_own_until_it_is_known_to_be_the_same() -> None:
    book = Book()
    first = opened(book, "a")
    assert book.concluded(first, conclusion(), T0 + 1) is None
    second = opened(book, "b", T0 + 2)
    assert book.concluded(second, conclusion(), T0 + 3) is first
    assert (list(book.open.values()), set(first.routes)) == ([first], {"a", "b"})
    assert book.of("b") is first


def test_another_subject_is_another_incident() -> None:
    book = Book()
    first, second = opened(book, "a"), opened(book, "b", LATER)
    assert book.concluded(first, conclusion(router="r1"), LATER) is None
    assert book.concluded(second, conclusion(router="r2"), LATER) is None
    assert list(book.open.values()) == [first, second]


def test_an_older_one_does_not_go_into_a_younger_one() -> None:
    book = Book()
    first, second = opened(book, "a"), opened(book, "b", LATER)
    assert book.concluded(second, conclusion(), LATER) is None
    assert book.concluded(first, conclusion(), LATER) is None
    assert book.concluded(second, conclusion(), LATER) is first


def test_only_news_is_kept() -> None:
    book = Book()
    incident = opened(book, "a")
    for code, at_s in ((None, 1.0), (None, 2.0), ("M01", 3.0), ("M01", 4.0)):
        book.concluded(incident, conclusion(code), at_s)
    assert [(reached.at_s, reached.conclusion.code) for reached in incident.history] == [(1.0, None), (3.0, "M01")]


def test_another_cause_that_is_no_surer_has_to_be_named_twice_in_a_row() -> None:
    book = Book()
    incident = opened(book, "a")
    named = [("M01", "r1"), ("M01", "r2"), ("M01", "r1"), ("M01", "r2"), ("M01", "r2")]
    for at_s, (code, router) in enumerate(named, start=1):
        book.concluded(incident, conclusion(code, router), at_s)
    assert [(reached.at_s, reached.conclusion.router) for reached in incident.history] == [(1, "r1"), (5, "r2")]


def test_what_was_undecided_is_told_anew_at_once() -> None:
    book = Book()
    incident = opened(book, "a")
    between = [("M01", "M05", "M06"), ("M05", "M06"), ("M05",)]
    for at_s, candidates in enumerate(between):
        found = conclude(published(None, candidates=candidates))
        assert found is not None
        book.concluded(incident, found, at_s)
    assert [reached.at_s for reached in incident.history] == [0, 1, 2]


def test_it_is_over_when_the_last_route_is_well() -> None:
    book = Book()
    incident = opened(book, "a")
    book.failing("b", Sign.HELD, T0, T0 + 1)
    assert book.well(["a"], T0 + 200, is_proven=True) == []
    assert incident.failing == ("b",)
    assert book.well(["b"], T0 + 300, is_proven=True) == [incident]
    assert (incident.closed_s, incident.is_proven, dict(book.open)) == (T0 + 300, True, {})


def test_a_route_that_fails_again_meanwhile_is_failing_again() -> None:
    book = Book()
    incident = opened(book, "a")
    book.failing("b", Sign.HELD, T0, T0)
    book.well(["a"], T0 + 130, is_proven=True)
    assert book.failing("a", Sign.HELD, T0 + 140, T0 + 140) is None
    assert set(incident.failing) == {"a", "b"}


def test_where_one_of_them_is_not_proven_well_nobody_knows() -> None:
    book = Book()
    incident = opened(book, "a")
    book.failing("b", Sign.HELD, T0, T0)
    book.well(["a"], T0 + 130, is_proven=False)
    book.well(["b"], T0 + 130, is_proven=True)
    assert not incident.is_proven


def test_a_well_route_without_an_incident_is_no_news() -> None:
    assert Book().well(["a"], T0, is_proven=True) == []


def test_what_went_into_another_keeps_who_is_well() -> None:
    book = Book()
    first = opened(book, "a")
    book.failing("b", Sign.HELD, T0, T0)
    book.concluded(first, conclusion(), T0)
    second = opened(book, "c", LATER)
    book.well(["a"], LATER, is_proven=True)
    book.concluded(second, conclusion(), LATER)
    assert first.failing == ("b", "c")
