from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.logfmt import logfmt
from farshore.diagnosis.intake.wrappers import unwrap

LINE = r'time="2026-03-04T06:50:34+01:00" level=error msg="dial \"db\" failed" error="connect tcp: refused" n=3 empty='


def test_a_line_of_keys_and_values() -> None:
    assert logfmt(LINE) == {
        "time": "2026-03-04T06:50:34+01:00",
        "level": "error",
        "msg": 'dial "db" failed',
        "error": "connect tcp: refused",
        "n": "3",
        "empty": "",
    }


def test_anything_else_on_the_line_makes_it_another() -> None:
    for other in ('level=error said "no"', "a=1 b=2", "level=error", 'msg="never closed', "time=2026 and so on", ""):
        assert logfmt(other) is None


def test_its_message_and_its_time_are_the_records() -> None:
    record = unwrap(LINE, 1, Origin(source="a.log"))
    assert (record.text, str(record.time)) == ('dial "db" failed: connect tcp: refused', "2026-03-04T05:50:34Z")
