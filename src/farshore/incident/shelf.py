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
from farshore.incident.bundled import Bundled, bundled
from farshore.incident.examiner import Examined
from farshore.incident.record import Record

UNTOLD = Bundled()
RECORD, REPORT, PAGE = "incident.json", "report.json", "report.html"
EVIDENCE, DIAGNOSIS = "-evidence.tar.gz", "-diagnosis.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """One examination as it was kept: its files in the incident's folder; `bundle` is empty without one."""

    file: str
    bundle: str
    diagnosis: Published
    told: Bundled = UNTOLD


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

    def examinations(self, incident: str) -> list[Examination]:
        """What examinations of an incident have found, the first one first; what cannot be read is left out."""
        found = []
        for file in sorted((self.folder / incident).glob(f"*{DIAGNOSIS}")):
            try:
                diagnosis = msgspec.json.decode(file.read_bytes(), type=Published)
            except (OSError, msgspec.MsgspecError):
                continue
            number = file.name.removesuffix(DIAGNOSIS)
            archive = file.with_name(f"{number}{EVIDENCE}")
            try:
                bundle, told = archive.name, bundled(archive.read_bytes())
            except OSError:
                bundle, told = "", UNTOLD
            found.append(Examination(file=file.name, bundle=bundle, diagnosis=diagnosis, told=told))
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
        self._write(incident, f"{number:03d}{EVIDENCE}", examined.bundle)
        self._write(incident, f"{number:03d}{DIAGNOSIS}", _pretty(examined.diagnosis))

    def is_reported(self, record: Record) -> bool:
        """Whether there is a report on it; one that went into another needs none."""
        return record.merged_into is not None or (self.folder / record.id / REPORT).exists()

    def report(self, incident: str) -> bytes | None:
        """The report on an incident for a browser; None where there is none, or the name is none of an incident."""
        if not _number(incident) or "/" in incident:
            return None
        try:
            return (self.folder / incident / PAGE).read_bytes()
        except OSError:
            return None

    def save_report(self, incident: str, name: str, data: bytes) -> None:
        """Keep a report beside the evidence.

        Raises:
            OSError: it cannot be written.
        """
        self._write(incident, name, data)

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
