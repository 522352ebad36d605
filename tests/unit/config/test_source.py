import os
from pathlib import Path

import pytest

from farshore.config.problem import Problem
from farshore.config.source import MAX_BYTES, decode, read


def said(outcome: bytes | str | Problem) -> str:
    assert isinstance(outcome, Problem)
    return str(outcome)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"x" * MAX_BYTES)
    assert read(path, "f") == b"x" * MAX_BYTES


def test_a_missing_file_is_named() -> None:
    assert said(read(Path("/nowhere/f.yaml"), "f")) == "f: expected a configuration file, found no such file"
    assert "looked for nope.yaml in the working directory" in said(read(Path("nope.yaml"), "nope.yaml"))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert said(read(tmp_path, "f")) == "f: expected a configuration file, found a folder (name the file in it)"


def test_a_path_through_a_file_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    assert said(read(tmp_path / "f" / "g", "g")) == "g: expected a configuration file, found not a directory"


def test_a_nul_in_the_path_is_no_file() -> None:
    assert "a path that no file can have" in said(read(Path("a\0b"), "a?b"))


def test_a_file_that_may_not_be_read_is_told_with_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)
    assert said(read(tmp_path, "f")) == (
        f"f: expected a file that may be read, found one that user {os.geteuid()} may not (see ls -l)"
    )


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    assert said(read(path, "f")) == (
        "f: expected at most 1 MiB, found 100.0 MiB (nothing of it was used; is it the right file?)"
    )


def test_an_endless_device_is_refused_after_a_bounded_read() -> None:
    assert "expected at most 1 MiB, found more" in said(read(Path("/dev/zero"), "f"))


def test_a_pipe_is_read(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"a: 1")
    os.close(writing)
    try:
        assert read(Path(f"/dev/fd/{reading}"), "f") == b"a: 1"
    finally:
        os.close(reading)


def test_a_byte_order_mark_is_skipped() -> None:
    assert decode(b"\xef\xbb\xbfa: 1", "f") == "a: 1"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"a: 1\nb: \xff", "f:2:4: expected UTF-8, found the byte 0xFF at offset 8 (save it as UTF-8)"),
        (b"\xef\xbb\xbfa: \xff", "f:1:4: expected UTF-8, found the byte 0xFF at offset 6 (save it as UTF-8)"),
        (b"a: \xed\xa0\x80", "f:1:4: expected UTF-8, found the byte 0xED at offset 3 (save it as UTF-8)"),
        ("a: é".encode("utf-16"), "f: expected UTF-8, found UTF-16 (save the file as UTF-8)"),
        ("a: é".encode("latin-1"), "f:1:4: expected UTF-8, found the byte 0xE9 at offset 3 (save it as UTF-8)"),
        (b"a: 1\n\0", "f:2:1: expected text, found a NUL character (is it a binary file, or UTF-16?)"),
        (b"a: \x1b[31m", "f:1:4: expected printable text, found the control character U+001B (remove it)"),
    ],
)
def test_what_is_no_text_is_told_with_its_place(content: bytes, line: str) -> None:
    assert said(decode(content, "f")) == line


def test_too_many_bytes_are_refused_from_memory_too() -> None:
    assert decode(b"x" * MAX_BYTES, "f") == "x" * MAX_BYTES
    assert "expected at most 1 MiB" in said(decode(b"x" * (MAX_BYTES + 1), "f"))
