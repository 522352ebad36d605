import pytest

from farshore.diagnosis.intake.loose_json import MAX_DEPTH, decode_loosely


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, "b": [true, null, "x"],}', {"a": 1, "b": [True, None, "x"]}),
        ('{"a": 1, ...}', {"a": 1}),
        ("[1, 2, …]", [1, 2]),
        (r'{"a": "q\"uo\\te // no comment"}', {"a": 'q"uo\\te // no comment'}),
        ('{"a": -1.5e3} and what follows', {"a": -1500.0}),
    ],
)
def test_it_reads_what_people_paste(text: str, value: object) -> None:
    loose = decode_loosely(text)
    assert (loose.value, loose.problem) == (value, "")


def test_a_comment_is_kept_with_its_whole_line_and_number() -> None:
    loose = decode_loosely('{\n  "CurAddr": "",  // empty!\n  "a": 1 // two\n}')
    assert loose.comments == [(2, '"CurAddr": "",  // empty!'), (3, '"a": 1 // two')]
    assert loose.value == {"CurAddr": "", "a": 1}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, "Peer": {"k": {"Online": true, "Rx', {"a": 1, "Peer": {"k": {"Online": True}}}),
        ('{"a": 1, "b": 2 "c": 3}', {"a": 1, "b": 2, "c": 3}),
        ('{"a": [1, 2', {"a": [1, 2]}),
        ('{"a": oops, "b": 1}', {}),
    ],
)
def test_a_cut_loses_only_what_was_not_there(text: str, value: object) -> None:
    assert decode_loosely(text).value == value


def test_what_was_wrong_is_said_with_its_line() -> None:
    assert decode_loosely('{"a": 1,\n "b": oops}').problem == "line 2: 'oops' is no value"
    assert "in the middle" in decode_loosely('{"a": 1,').problem


def test_depth_is_bounded() -> None:
    assert "deeper" in decode_loosely("[" * (MAX_DEPTH + 2)).problem
