"""Whatever happens to a file on its way, a reader neither raises nor hangs."""

import random
from collections.abc import Callable

import pytest
from tests.unit.diagnosis import casebook

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.intake.dispatch import readers
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reader, Reading
from farshore.diagnosis.intake.sources import Source

ROUNDS = 12
MAX_SEED_BYTES = 20_000


def _truncate(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def _splice(data: bytes, chance: random.Random) -> bytes:
    a, b, c = sorted(chance.randrange(len(data)) for _ in range(3))
    return data[:a] + data[b:c] + data[a:]


def _reorder(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    chance.shuffle(lines)
    return b"\n".join(lines)


def _flip(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(1 + len(data) // 200):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _retype(data: bytes, chance: random.Random) -> bytes:
    """A value of another kind where one stood."""
    places = [at for at, byte in enumerate(data) if byte in b':=">']
    if not places:
        return data
    at = chance.choice(places)
    other = chance.choice([b"null", b"[]", b"{}", b"-1", b"1e400", b'"\\ud800"', b"true", b'"x"', b"9" * 400])
    return data[: at + 1] + other + data[at + 1 + chance.randrange(8) :]


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (_truncate, _splice, _reorder, _flip, _retype)


def _seeds(reader: Reader) -> list[bytes]:
    sources = [each for name in casebook.case_names() for each in casebook.load(name).sources]
    texts = [each.data[:MAX_SEED_BYTES] for each in sources if isinstance(each, Source)]
    return [text for text in texts if reader.recognise(Document(text)) > Fit.FALLBACK] or texts


@pytest.mark.parametrize("reader", readers(), ids=lambda reader: reader.name)
def test_a_reader_survives_mutation(reader: Reader) -> None:
    chance = random.Random(20260304)  # noqa: S311 - no secret, and the same every time
    for seed in _seeds(reader)[:8]:
        for mutate in MUTATIONS:
            for _ in range(ROUNDS):
                data = mutate(seed, chance) if seed else seed
                reader.recognise(Document(data))
                reading = reader.read(Document(data), Origin(source="mutated"), lambda _, __: Reading())
                assert all(isinstance(fact, Fact) for fact in reading.facts)


@pytest.mark.parametrize("reader", readers(), ids=lambda reader: reader.name)
def test_a_reader_survives_what_is_not_its_own(reader: Reader) -> None:
    for data in (b"", b"\n", b"{", b"[" * 5000, b'{"a":' * 5000, b"\xff\xfe\x00", b"a" * 300_000, b": " * 20_000):
        reader.recognise(Document(data))
        reader.read(Document(data), Origin(source="foreign"), lambda _, __: Reading())
