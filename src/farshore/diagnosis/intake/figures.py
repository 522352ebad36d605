"""Numbers as people write them, each with the words that say what it counts: before it (`resets: 12`) or behind it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

MAX_LINE = 2000
MAX_BEHIND = 80
# No-break, thin and narrow no-break space, as number formats put them between thousands and before a percent sign.
_SPACES = " \u00a0\u2009\u202f"
_GROUPED = rf"\d{{1,3}}(?:[,'\u2019_{_SPACES}]\d{{3}}){{1,4}}"
_ONLY_GROUPED = re.compile(_GROUPED)
_PLAIN = r"\d{1,15}(?:,\d{1,2}|\.\d{1,6})?"
_NUMBER = re.compile(
    rf"(?<![\w.,/:'\u2019-])({_GROUPED}|{_PLAIN})(?![.,:/'\u2019-]?\d)\+?(?=[{_SPACES}]?(%|[a-zA-Z]{{1,12}}\b)?)"
)
_SEPARATORS = str.maketrans("", "", f",'\u2019_{_SPACES}")
_END = re.compile(r"[.;!?](?: |$)")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, the word or percent sign right behind it, and all words up to the next number or the sentence's end."""

    value: float
    unit: str
    behind: str
    at: int


def figures(text: str) -> Iterator[Figure]:
    """The numbers of a text; thousands may be parted by commas, apostrophes or spaces, decimals by a comma."""
    text = text[:MAX_LINE]
    found = list(_NUMBER.finditer(text))
    for matched, following in zip_longest(found, found[1:]):
        end = len(text) if following is None else following.start()
        behind = text[matched.end() : min(end, matched.end() + MAX_BEHIND)]
        sentence = _END.search(behind)
        yield Figure(
            value=_value(matched[1]),
            unit=(matched[2] or "").lower(),
            behind=(behind if sentence is None else behind[: sentence.start()]).strip(" +").lower(),
            at=matched.start(),
        )


def numbers(text: str) -> list[tuple[float, str]]:
    """The numbers of a text with the word or percent sign behind each."""
    return [(figure.value, figure.unit) for figure in figures(text)]


def _value(written: str) -> float:
    if _ONLY_GROUPED.fullmatch(written):
        return float(written.translate(_SEPARATORS))
    return float(written.replace(",", "."))
