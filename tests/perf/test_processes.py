import mmap
import os
from pathlib import Path

from bench.processes import Process

SIZE_KIB = 32 * 1024
BYTES = bytes(range(1, 256)) * (SIZE_KIB * 1024 // 255)


def test_memory_is_what_a_process_has_written_and_not_what_it_maps(tmp_path: Path) -> None:
    mine = Process(os.getpid())
    file = tmp_path / "library"
    file.write_bytes(BYTES)
    before_kib = mine.memory_kib()
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert any(mapped[:: mmap.PAGESIZE])
        assert mine.memory_kib() - before_kib < SIZE_KIB / 4
        written = bytearray(BYTES)
        assert mine.memory_kib() - before_kib > SIZE_KIB / 2
    assert len(written) == len(BYTES)
