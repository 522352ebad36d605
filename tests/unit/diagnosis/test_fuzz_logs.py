"""Whatever happens to a log line on its way, its wrappers come off, dialects read it, and nobody raises or hangs."""

import random
from collections.abc import Callable

import pytest
from tests.unit.diagnosis import casebook

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.statements import LinesGrouped
from farshore.diagnosis.intake.dialect import Dialect
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Reading
from farshore.diagnosis.intake.records import Record, read_records
from farshore.diagnosis.intake.sources import Source
from farshore.diagnosis.intake.wrappers import MAX_MESSAGE
from farshore.diagnosis.readers.log import READER, dialects

ROUNDS = 40
ORIGIN = Origin(source="fuzzed.log")
FRAGMENTS = (
    '{"log":"',
    '"}',
    "[RATELIMIT] format(",
    "message repeated 3 times: [ ",
    "2026-03-04T05:06:07Z ",
    "9999-99-99T99:99:99Z ",
    "stdout P ",
    "> ",
    "\tat a.b.C(",
    "Caused by: ",
    '"',
    "\u0430\u0435",
    ")" * 300,
    "(" * 300,
    "1" * 300,
    "a." * 300,
    " " * 300,
)


def _cut(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(len(text) + 1)]


def _splice(text: str, chance: random.Random) -> str:
    a, b = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    return text[:b] + text[a:]


def _reorder(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    chance.shuffle(words)
    return " ".join(words)


def _flip(text: str, chance: random.Random) -> str:
    letters = list(text)
    for _ in range(1 + len(letters) // 40):
        at = chance.randrange(len(letters))
        letters[at] = chr(max(1, ord(letters[at]) ^ (1 << chance.randrange(7))))
    return "".join(letters)


def _insert(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(FRAGMENTS) + text[at:]


MUTATIONS: tuple[Callable[[str, random.Random], str], ...] = (_cut, _splice, _reorder, _flip, _insert)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    sources = [each for name in casebook.case_names() for each in casebook.load(name).sources]
    return [each.data.decode("utf-8", "replace")[:4000] for each in sources if isinstance(each, Source)]


@pytest.mark.parametrize("dialect", dialects(), ids=lambda dialect: dialect.name)
def test_a_dialect_survives_mutation(dialect: Dialect, texts: list[str]) -> None:
    chance = random.Random(20260304)  # noqa: S311 - no secret, and the same every time
    spoken = [
        record
        for text in texts
        for record in read_records(Document(text.encode()), ORIGIN)
        if any(needle in record.text.lower() for needle in dialect.needles)
    ]
    assert spoken
    for record in spoken[:6]:
        for mutate in MUTATIONS:
            for _ in range(ROUNDS):
                told = mutate(record.text, chance) if record.text else record.text
                facts = list(dialect.read(Record(origin=ORIGIN, line=1, text=told[:MAX_MESSAGE], fields=record.fields)))
                assert all(isinstance(fact, Fact) for fact in facts)


@pytest.mark.parametrize("dialect", dialects(), ids=lambda dialect: dialect.name)
def test_a_dialect_survives_its_own_words_without_end(dialect: Dialect) -> None:
    for needle in dialect.needles:
        for tail in (needle, " ", "1", "a.", "(", "{", ":1", "->", '"', "\\"):
            text = (needle + tail * MAX_MESSAGE)[:MAX_MESSAGE]
            assert all(isinstance(fact, Fact) for fact in dialect.read(Record(origin=ORIGIN, line=1, text=text)))


def test_no_line_of_a_mutated_log_is_lost(texts: list[str]) -> None:
    """Every message is understood or counted in a group, and the lines between two messages belong to the first."""
    chance = random.Random(20260305)  # noqa: S311
    for text in texts:
        for mutate in MUTATIONS:
            told = Document(mutate(text, chance).encode("utf-8", "replace") if text else b"")
            records = list(read_records(told, ORIGIN))
            lines = [record.line for record in records]
            assert lines == sorted(set(lines))
            reading = READER.read(told, ORIGIN, lambda _, __: Reading())
            grouped = [fact for fact in reading.facts if isinstance(fact, LinesGrouped)]
            understood = {fact.evidence.line for fact in reading.facts if not isinstance(fact, LinesGrouped)}
            rest = sum(record.count for record in records if record.line not in understood)
            assert sum(group.count for group in grouped) == rest
