from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.reader import Reading
from farshore.diagnosis.intake.rest import Rest, together


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


def test_readings_keep_their_order() -> None:
    one, other = (Reading(unread=(Origin(source=name).unread("x"),)) for name in "ab")
    assert [each.source for each in together([one, other]).unread] == ["a", "b"]
