import pytest

from farshore.diagnosis.intake.document import MAX_LINE, Document, json_object


@pytest.mark.parametrize(
    "data", ["grün".encode(), b"\xef\xbb\xbf" + "grün".encode(), b"\xff\xfe" + "grün".encode("utf-16-le")]
)
def test_the_byte_order_mark_decides(data: bytes) -> None:
    assert Document(data).text == "grün"


def test_undecodable_bytes_are_replaced_and_lines_bounded() -> None:
    document = Document(b"a\xff\r\n" + b"b" * (MAX_LINE + 9))
    assert document.lines == ["a�", "b" * MAX_LINE]


def test_json_is_an_object_or_an_array_and_strict() -> None:
    assert Document(b' {"a": 1}').json == {"a": 1}
    assert Document(b"1").json is None
    assert Document(b'{"a": 1').json is None
    loose = Document(b'{"a": 1').loose
    assert loose is not None
    assert loose.value == {"a": 1}


def test_records_keep_their_lines() -> None:
    document = Document(b'{"a": 1}\n\nnot json\n{"b": 2}\n')
    assert document.records == [(1, {"a": 1}), (3, None), (4, {"b": 2})]
    assert document.sampled_records == [{"a": 1}, {"b": 2}]
    assert json_object("[1]") is None


def test_a_word_in_brackets_is_no_json() -> None:
    assert [Document(text).looks_like_json for text in (b"[v1] x", b"[UserDial] x", b' [ {"a": 1}', b"[]", b"{")] == [
        False,
        False,
        True,
        True,
        True,
    ]
