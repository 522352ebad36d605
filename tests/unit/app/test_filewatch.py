import os
from pathlib import Path

from farshore.app.filewatch import LOOK_S, SETTLE_S, FileWatch, look


def config_map(folder: Path, version: str, text: str) -> Path:
    """A volume as the kubelet writes it: a link through `..data`, itself a link to the folder of a version."""
    (folder / version).mkdir(parents=True)
    (folder / version / "farshore.yaml").write_text(text)
    (folder / "..next").symlink_to(version)
    (folder / "..next").rename(folder / "..data")
    link = folder / "farshore.yaml"
    if not link.is_symlink():
        link.symlink_to("..data/farshore.yaml")
    return link


def test_the_same_file_looks_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("a")
    assert look(path) == look(path) is not None


def test_what_cannot_be_looked_at_is_none(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert look(tmp_path / "absent") is look(tmp_path / "loop") is look(Path("a\0b")) is None


def test_a_swapped_folder_is_another_file(tmp_path: Path) -> None:
    path = config_map(tmp_path, "..1", "same")
    before = look(path)
    config_map(tmp_path, "..2", "same")
    assert look(path) != before


def test_a_file_that_is_written_or_replaced_is_another_one(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_text("a")
    first = look(path)
    path.write_text("b")
    os.utime(path, ns=(1, 1))
    second = look(path)
    other.write_text("b")
    os.utime(other, ns=(1, 1))
    other.rename(path)
    assert len({first, second, look(path)}) == 3


def test_a_change_counts_once_two_looks_agree(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("a")
    watch = FileWatch(look(path))
    assert not watch.has_changed(look(path))
    assert watch.pause_s == LOOK_S
    path.write_text("half")
    assert not watch.has_changed(look(path))
    assert watch.pause_s == SETTLE_S
    path.write_text("half and half")
    assert not watch.has_changed(look(path))
    assert watch.has_changed(look(path))
    assert watch.pause_s == LOOK_S
    assert not watch.has_changed(look(path))


def test_a_file_that_is_away_for_a_moment_has_not_changed(tmp_path: Path) -> None:
    path, away = tmp_path / "a", tmp_path / "b"
    path.write_text("a")
    watch = FileWatch(look(path))
    path.rename(away)
    assert not watch.has_changed(look(path))
    away.rename(path)
    assert not watch.has_changed(look(path))
    assert watch.pause_s == LOOK_S


def test_a_file_that_stays_away_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("a")
    watch = FileWatch(look(path))
    path.unlink()
    assert [watch.has_changed(look(path)) for _ in range(3)] == [False, True, False]


def test_what_was_read_otherwise_is_no_change(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("a")
    watch = FileWatch(None)
    assert not watch.has_changed(look(path))
    watch.has_been_read(look(path))
    assert not watch.has_changed(look(path))
