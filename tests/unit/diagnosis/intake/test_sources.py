import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from farshore.core.clock import SystemClock
from farshore.diagnosis.evidence import Unread
from farshore.diagnosis.intake.sources import Bounds, Opener, Source


class Hurried:
    """A clock on which every look costs ten seconds."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def monotonic_s(self) -> float:
        self._now_s += 10.0
        return self._now_s

    def wall_s(self) -> float:
        return 0.0


def opened(data: bytes, bounds: Bounds | None = None) -> list[tuple[str, str]]:
    found = Opener(SystemClock(), bounds).open_bytes("x", data)
    return [(s.name, s.data.decode()) if isinstance(s, Source) else (s.source, f"! {s.reason}") for s in found]


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo("passwords")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return out.getvalue()


def test_archives_open_whatever_they_are_called_and_within_each_other() -> None:
    assert opened(zipped(**{"b.log": b"B", "a.log": b"A"})) == [("x!a.log", "A"), ("x!b.log", "B")]
    assert opened(gzip.compress(tarred("d/a.log", b"A"))) == [("x!d/a.log", "A")]
    assert opened(zipped(**{"in.tgz": gzip.compress(tarred("a", b"A"))})) == [("x!in.tgz!a", "A")]


def test_a_path_in_an_archive_leads_nowhere_and_a_link_is_not_followed(tmp_path: Path) -> None:
    assert opened(tarred("../../outside", b"A")) == [("x!../../outside", "A")]
    assert not (tmp_path.parent / "outside").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_a_link_or_a_device_in_an_archive_holds_nothing(kind: bytes) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        member = tarfile.TarInfo("logs/gw.log")
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    assert opened(packed.getvalue()) == []


def test_a_link_is_followed_within_its_folder_and_not_out_of_it(tmp_path: Path) -> None:
    folder, secret = tmp_path / "given", tmp_path / "secret"
    folder.mkdir()
    secret.write_text("secret")
    (folder / "a.log").write_text("A")
    (folder / "b.log").symlink_to("a.log")
    (folder / "c.log").symlink_to(secret)
    (folder / "d").symlink_to(tmp_path)
    found = list(Opener(SystemClock()).open_paths([folder], io.BytesIO()))
    assert [(each.name, each.data) for each in found if isinstance(each, Source)] == [("a.log", b"A"), ("b.log", b"A")]
    assert [each.source for each in found if isinstance(each, Unread)] == ["c.log"]


def test_a_bomb_ends_at_the_bound() -> None:
    bomb = gzip.compress(b"\0" * 3_000_000)
    ((name, reason),) = opened(bomb, Bounds(document_bytes=1024 * 1024, total_bytes=2 * 1024 * 1024))
    assert (name, reason) == ("x", "! larger than 1 MiB")


def test_what_is_beyond_a_bound_is_said() -> None:
    two = zipped(a=b"A" * 10, b=b"B" * 10)
    assert opened(two, Bounds(total_bytes=500_000, documents=1))[0] == ("x!a", "A" * 10)
    nested = two
    for _ in range(4):
        nested = zipped(inner=nested)
    assert "deeper than 3" in opened(nested)[-1][1]
    late = list(Opener(Hurried(), Bounds(seconds=5)).open_bytes("x", b"A"))
    assert late == [Unread(source="x", reason="not reached within 5 s")]


@pytest.mark.parametrize(
    "data",
    [zipped(a=b"A" * 5000)[:60], gzip.compress(b"A" * 5000)[:40], tarred("a", b"A")[:700]],
    ids=["zip", "gzip", "tar"],
)
def test_a_broken_archive_costs_itself(data: bytes) -> None:
    found = opened(data)
    assert found
    assert all(text.startswith("! the archive is broken") or name == "x!a" for name, text in found)


def test_a_folder_is_gone_through_in_order_and_what_is_no_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b").write_text("B")
    (tmp_path / "a").write_text("A")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    found = list(Opener(SystemClock()).open_paths([tmp_path], io.BytesIO()))
    assert [each.name if isinstance(each, Source) else f"! {each.source}" for each in found] == ["a", "! gone", "sub/b"]


def test_standard_input_is_a_document() -> None:
    assert list(Opener(SystemClock()).open_paths([Path("-")], io.BytesIO(b"A"))) == [
        Source(name="standard input", data=b"A")
    ]
