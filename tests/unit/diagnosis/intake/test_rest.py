from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.reader import Reading
from farshore.diagnosis.intake.rest import MAX_RUNS, Rest, together


def test_lines_that_follow_one_another_are_one_text_at_its_place() -> None:
    seen: list[tuple[str, int]] = []

    def inner(text: str, origin: Origin) -> Reading:
        seen.append((text, origin.first_line))
        return Reading(unread=(origin.unread("x"),))

    rest = Rest()
    for number, line in ((1, ""), (2, "a"), (3, "b"), (7, "c")):
        rest.add(number, line)
    reading = rest.read(Origin(source="s", first_line=10), inner)
    assert seen == [("a\nb", 11), ("c", 16)]
    assert len(reading.unread) == 2


def test_very_many_runs_are_one_text_with_its_lines_in_place() -> None:
    seen: list[tuple[str, int]] = []

    def inner(text: str, origin: Origin) -> Reading:
        seen.append((text, origin.first_line))
        return Reading()

    rest = Rest()
    for number in range(3, 2 * MAX_RUNS + 5, 2):
        rest.add(number, str(number))
    rest.read(Origin(source="s"), inner)
    ((text, first),) = seen
    assert [int(line) - first for line in text.split("\n") if line] == list(range(0, 2 * MAX_RUNS + 2, 2))
    assert text.split("\n")[4] == "7"


def test_readings_keep_their_order() -> None:
    one, other = (Reading(unread=(Origin(source=name).unread("x"),)) for name in "ab")
    assert [each.source for each in together([one, other]).unread] == ["a", "b"]
