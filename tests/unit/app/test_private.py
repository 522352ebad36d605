import stat
from pathlib import Path

from farshore.app.private import LINK, write_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "bundle.tar.gz"
    assert write_private(path, b"evidence") is None
    assert (path.read_bytes(), mode(path)) == (b"evidence", 0o600)


def test_a_file_that_everybody_could_read_is_private_afterwards_and_holds_nothing_of_before(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("something longer")
    path.chmod(0o644)
    assert write_private(path, b"new") is None
    assert (path.read_bytes(), mode(path)) == (b"new", 0o600)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    mine, link = tmp_path / "mine", tmp_path / "bundle"
    mine.write_text("mine")
    link.symlink_to(mine)
    assert write_private(link, b"evidence") == LINK
    assert mine.read_text() == "mine"


def test_a_device_keeps_its_mode() -> None:
    before = mode(Path("/dev/null"))
    assert write_private(Path("/dev/null"), b"evidence") is None
    assert mode(Path("/dev/null")) == before


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    assert write_private(tmp_path / "none" / "bundle", b"") == "No such file or directory"
