"""No text makes a regular expression of the product take cubic time or worse.

Each is given what its own structure says is worst: a way into every repetition, then what that repeats, then what
cannot match. What is measured is this process's own time, against a quadratic expression on a text of the same length
in the same run; `search` is tried whatever the product calls, which is the worst of all.
"""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest
from tests.properties import patterns

LONG = 4096
MOST_TIMES = 20
FEW = 16
ENDS = ("\0", "!")
LETTERS = 'a1 .:-x"=/(é\n'
REPEATS = {c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT}
AROUND = {c.ASSERT, c.ASSERT_NOT}
CATEGORIES = {
    c.CATEGORY_DIGIT: "1",
    c.CATEGORY_SPACE: " ",
    c.CATEGORY_WORD: "a",
    c.CATEGORY_NOT_DIGIT: "a",
    c.CATEGORY_NOT_SPACE: "a",
    c.CATEGORY_NOT_WORD: " ",
}
CLASSES = {
    c.CATEGORY_DIGIT: r"\d",
    c.CATEGORY_SPACE: r"\s",
    c.CATEGORY_WORD: r"\w",
    c.CATEGORY_NOT_DIGIT: r"\D",
    c.CATEGORY_NOT_SPACE: r"\S",
    c.CATEGORY_NOT_WORD: r"\W",
}
Found = tuple[str, str | None, int, bool]


class _TooLong(BaseException):
    pass


@cache
def found() -> list[Found]:
    listed = subprocess.run([sys.executable, patterns.__file__], capture_output=True, timeout=100, check=True)
    return [(row[0], row[1], row[2], row[3]) for row in json.loads(listed.stdout)]


def of_set(items: Any) -> str:
    """A letter that a set takes."""
    if items[0][0] is c.NEGATE:
        return next((letter for letter in LETTERS if re.match(_set(items), letter) is not None), "\x01")
    kind, value = items[0]
    match kind:
        case c.LITERAL:
            return chr(value)
        case c.RANGE:
            return chr(value[0])
        case _:
            return CATEGORIES[value]


def _set(items: Any) -> str:
    parts = []
    for kind, value in items[1:]:
        match kind:
            case c.LITERAL:
                parts.append(re.escape(chr(value)))
            case c.RANGE:
                parts.append(f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}")
            case _:
                parts.append(CLASSES[value])
    return f"[^{''.join(parts)}]"


def shortest(tree: Any) -> str:
    """A text that it matches, or nearly."""
    return "".join(of_one(kind, value) for kind, value in tree)


def of_one(kind: Any, value: Any) -> str:
    if kind in REPEATS:
        return shortest(value[2]) * int(value[0])
    match kind:
        case c.LITERAL:
            return chr(value)
        case c.NOT_LITERAL:
            return "b" if value == ord("a") else "a"
        case c.ANY:
            return "a"
        case c.IN:
            return of_set(value)
        case _:
            # Of alternatives the first one; what looks around takes nothing.
            within = [] if kind in AROUND else inside(kind, value)
            return shortest(within[0]) if within else ""


def inside(kind: Any, value: Any) -> list[Any]:
    """The expressions within one."""
    if kind in REPEATS:
        return [value[2]]
    match kind:
        case c.SUBPATTERN:
            return [value[3]]
        case c.ATOMIC_GROUP:
            return [value]
        case c.BRANCH:
            return list(value[1])
        case c.ASSERT | c.ASSERT_NOT:
            return [value[1]]
        case _:
            return []


def pumped(tree: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """For every repetition a way to it, and what it repeats."""
    for kind, value in tree:
        if kind in REPEATS and value[1] > FEW:
            yield before, shortest(value[2]) or "a"
            for inner_kind, inner in value[2]:
                if inner_kind is c.IN and inner[0][0] is not c.NEGATE:
                    yield from ((before, of_set([item])) for item in inner)
                yield before, " "
        for each in inside(kind, value):
            yield from pumped(each, before)
        before += of_one(kind, value)


def worst_texts(pattern: str, flags: int) -> Iterator[str]:
    pairs = set(pumped(parser.parse(pattern, flags)))
    starts = {before for before, _ in pairs}
    cases = pairs | {("", unit) for _, unit in pairs} | {("", before + unit) for before, unit in pairs}
    for before, unit in cases | {("", start) for start in starts if start}:
        for end in ENDS:
            yield before + unit * (LONG // len(unit)) + end


def took_s(pattern: re.Pattern[Any], text: Any, most_s: float) -> float:
    """This process's time, or endless."""
    begun_s = time.process_time()
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, most_s)
        pattern.search(text)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except _TooLong:
        return float("inf")
    return time.process_time() - begun_s


@pytest.fixture
def quadratic_s() -> Iterator[float]:
    def give_up(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGVTALRM, give_up)
    slow = re.compile("[a-z]*b")
    yield min(took_s(slow, "a" * 2 * LONG, 60) for _ in range(3))
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


def slowest(one: Found, most_s: float) -> str | None:
    """A text on which it takes too long."""
    _, pattern, flags, is_bytes = one
    assert pattern is not None
    written: Any = pattern.encode("latin-1") if is_bytes else pattern
    compiled = re.compile(written, flags)
    for text in worst_texts(written, flags):
        given: Any = text.encode("latin-1", "replace") if is_bytes else text
        if took_s(compiled, given, most_s) == float("inf"):
            return text[:80]
    return None


def test_every_expression_is_looked_at() -> None:
    places = [place for place, *_ in found()]
    assert len(places) > 200
    assert [place for place, pattern, *_ in found() if pattern is None] == [], "not compiled on import, nor literal"
    assert any(place.startswith("wire/onward.py") for place in places)


def test_no_expression_takes_cubic_time(quadratic_s: float) -> None:
    most_s = MOST_TIMES * quadratic_s
    slow = [(one[0], one[1], text) for one in found() if (text := slowest(one, most_s)) is not None]
    assert slow == []


@pytest.mark.parametrize("pattern", ["(a+)+b", r"= *([^()]{1,300}?) *\)x", "(a|a)*b"])
def test_a_bad_expression_is_found(pattern: str, quadratic_s: float) -> None:
    assert slowest(("here", pattern, 0, False), MOST_TIMES * quadratic_s) is not None
