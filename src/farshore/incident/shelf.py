"""Keeps incidents in a folder, one folder each: `incident.json`, and of every examination evidence and diagnosis. I/O.

What is written replaces what was there whole or not at all, so a gateway that dies leaves the last record readable.
Everything is for its owner alone. Threads may save at once.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import msgspec

from farshore.diagnosis.published import Published
from farshore.incident.examiner import Examined
from farshore.incident.record import Record

RECORD = "incident.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A folder of incidents, of which the newest `keep` stay."""

    folder: Path
    keep: int
    _writing: Lock = field(default_factory=Lock, compare=False, repr=False)

    def records(self) -> list[Record]:
        """Those that can be read, the oldest first."""
        found = []
        for place in self._places():
            try:
                found.append(msgspec.json.decode((place / RECORD).read_bytes(), type=Record))
            except (OSError, msgspec.MsgspecError):
                continue
        return found

    def save(self, record: Record) -> None:
        """Keep the record in place of the one before, and make room.

        Raises:
            OSError: it cannot be written.
        """
        self._write(record.id, RECORD, msgspec.json.format(msgspec.json.encode(record)))
        for old in list(self._places())[: -self.keep]:
            shutil.rmtree(old, ignore_errors=True)

    def save_evidence(self, incident: str, number: int, examined: Examined) -> None:
        """Keep what one examination has found, beside the others.

        Raises:
            OSError: it cannot be written.
        """
        self._write(incident, f"{number:03d}-evidence.tar.gz", examined.bundle)
        self._write(incident, f"{number:03d}-diagnosis.json", _pretty(examined.diagnosis))

    def _places(self) -> Iterator[Path]:
        if not self.folder.is_dir():
            return iter(())
        return iter(sorted((each for each in self.folder.iterdir() if _number(each.name)), key=_by_name))

    def _write(self, incident: str, name: str, data: bytes) -> None:
        place = self.folder / incident
        beside = place / f".{name}"
        with self._writing:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
                file.write(data)
            beside.replace(place / name)


def _pretty(diagnosis: Published) -> bytes:
    return msgspec.json.format(msgspec.json.encode(diagnosis))


def _number(name: str) -> int:
    day, _, number = name.rpartition("-")
    return int(number) if len(day) == len("2026-01-31") and number.isdecimal() else 0


def _by_name(place: Path) -> tuple[str, int]:
    return place.name.rpartition("-")[0], _number(place.name)
