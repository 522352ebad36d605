import struct
import sys

import pytest

from farshore.core.clock import SystemClock
from farshore.diagnosis.evidence import Unread
from farshore.diagnosis.intake.sources import Bounds, Opener, Source

pytest.importorskip("duckdb")


def frame(data: bytes) -> bytes:
    """One frame with one raw block (RFC 8878 section 3.1.1)."""
    head = b"\x28\xb5\x2f\xfd" + b"\xa0" + struct.pack("<I", len(data))
    return head + struct.pack("<I", len(data) << 3 | 1)[:3] + data


def opened(data: bytes, bounds: Bounds | None = None) -> list[Source | Unread]:
    return list(Opener(SystemClock(), bounds).open_bytes("x", data))


def test_the_lines_come_out_as_they_went_in() -> None:
    text = b'2026/03/04 05:50:35 a "quoted" | x\n\n{"a": "b,c"}\n'
    assert opened(frame(text)) == [Source(name="x", data=text)]


def test_what_is_too_long_ends_at_the_bound() -> None:
    (found,) = opened(frame(b"line\n" * 20_000), Bounds(document_bytes=1000, total_bytes=10**6))
    assert isinstance(found, Unread)


@pytest.mark.parametrize(
    "data", [frame(b"line\n")[:9] + b"\xff\xff\xff", frame(b"\xff\xfe\x00\x80\n")], ids=["bad", "binary"]
)
def test_what_is_broken_costs_itself(data: bytes) -> None:
    (found,) = opened(data)
    assert isinstance(found, Unread)
    assert found.reason.startswith("the archive is broken: ")


def test_without_the_extra_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    (found,) = opened(frame(b"line\n"))
    assert isinstance(found, Unread)
    assert "farshore[analysis]" in found.reason
