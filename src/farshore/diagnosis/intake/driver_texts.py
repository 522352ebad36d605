"""What the dialects of drivers share: a table from a driver's words to what they prove about its connection."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.intake.records import Record

# Each text: words in lower case that all occur; the first text of a table that fits is the answer.
Texts = tuple[tuple[tuple[str, ...], Symptom], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverTable:
    """A driver as a table. `needles` are its marks: a message without one of them is not its own.

    `addresses` have a group `host` and a group `port`, `numbers` one group; the first that is found counts.
    `foreign` are marks of others that use the same words.
    """

    name: str
    needles: tuple[str, ...]
    texts: Texts
    addresses: tuple[re.Pattern[str], ...] = ()
    numbers: tuple[re.Pattern[str], ...] = ()
    foreign: tuple[str, ...] = field(default=())

    def read(self, record: Record) -> Iterator[Fact]:
        """The failure that the message tells; nothing if no text fits."""
        lowered = record.text.lower()
        if any(mark in lowered for mark in self.foreign):
            return
        if not any(needle in lowered for needle in self.needles):
            return
        symptom = symptom_in(lowered, self.texts)
        if symptom is not None:
            yield DriverFailed(
                evidence=record.evidence(),
                driver=self.name,
                symptom=symptom,
                address=address_in(record.text, self.addresses),
                number=next((found[1] for each in self.numbers if (found := each.search(record.text))), ""),
            )


def symptom_in(lowered: str, texts: Texts) -> Symptom | None:
    """What the first text says whose words all occur; None if none fits."""
    return next((symptom for words, symptom in texts if all(word in lowered for word in words)), None)


def address_in(text: str, patterns: tuple[re.Pattern[str], ...]) -> str:
    """The `host:port` that a message names; empty where it names none."""
    for pattern in patterns:
        found = pattern.search(text)
        if found is not None:
            host = f"[{found['host']}]" if ":" in found["host"] else found["host"]
            return f"{host}:{found['port']}"
    return ""
