from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.records import Record
from farshore.diagnosis.intake.templates import MAX_GROUPS, REST, Templates


def record(text: str, count: int = 1) -> Record:
    return Record(origin=Origin(source="a.log"), line=1, text=text, count=count)


def test_what_varies_is_masked_and_the_most_frequent_comes_first() -> None:
    templates = Templates()
    for text in ("rare thing", "opened 10.0.0.1:5 in 3ms", "opened 10.0.0.2:6 in 4ms"):
        templates.add(record(text))
    templates.add(record("opened 10.0.0.3:7 in 5ms", count=4))
    assert [(group.template, group.count) for group in templates.groups()] == [
        ("opened * in *", 6),
        ("rare thing", 1),
    ]


def test_the_number_of_groups_is_bounded() -> None:
    templates = Templates()
    for number in range(MAX_GROUPS + 50):
        templates.add(record(" ".join("xy"[int(bit)] for bit in f"{number:b}")))
    found = {group.template: group.count for group in templates.groups()}
    assert len(found) == MAX_GROUPS + 1
    assert sum(found.values()) == MAX_GROUPS + 50
    assert found[REST] >= 1
