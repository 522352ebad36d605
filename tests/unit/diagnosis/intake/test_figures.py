from farshore.diagnosis.intake.figures import figures, numbers


def test_thousands_and_decimals_of_other_countries() -> None:
    written = "2,407 a; 3\u2019120 b; 1'960 c; 12 400 d; 21\u202f658 e; 9_050 f; 97,3 % g; 98.0\u00a0% h; 1,234,567 i"
    values = [2407, 3120, 1960, 12400, 21658, 9050, 97.3, 98.0, 1234567]
    assert [value for value, _ in numbers(written)] == values
    assert [unit for _, unit in numbers(written)] == ["a", "b", "c", "d", "e", "f", "%", "%", "i"]
    assert numbers("10.9.8.7:1433 and 2026-03-04 at 05:50:34 [::1]:1055 v1.102.3") == []


def test_what_stands_behind_a_number_ends_with_the_sentence_or_at_the_next() -> None:
    first, second, third = figures("Of 40 calls 30 Came Through. Nice. And 10 did not")
    assert [each.behind for each in (first, second, third)] == ["calls", "came through", "did not"]
    assert (second.value, second.unit, second.at) == (30, "came", 12)
    assert list(figures("none at all")) == []
