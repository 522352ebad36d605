"""What a person wrote, as plain sentences: marks of emphasis gone, what was struck out gone with them."""

import re
from collections.abc import Iterator

MAX_SENTENCE = 2000
_LEADING = re.compile(r"^\s{0,40}(?:[-*+•] |\d{1,3}[.)] |> ?|#{1,6} ){0,3}")
_END = re.compile(r"(?<=[a-zA-Z0-9)\]%`\"'])[.!?] (?=[A-Z\"'(*`✓✗✅⚠])")
_LINK = re.compile(r"\[([^\]\n]{1,200})\]\([^)\n]{0,400}\)")


def plain(text: str) -> str:
    """One line without Markdown's marks, checks and crosses kept as words; struck-out text is taken back and gone."""
    text = _LINK.sub(r"\1", _without_struck(_LEADING.sub("", text[: 4 * MAX_SENTENCE], count=1)))
    for mark, word in (("**", ""), ("__", ""), ("`", ""), ("✗", "not ok"), ("✓", "ok"), ("✅", "ok"), ("⚠", "")):
        text = text.replace(mark, word)
    return " ".join(text.split())[:MAX_SENTENCE]


def sentences(text: str) -> Iterator[str]:
    """The sentences of a plain text."""
    for sentence in _END.split(text):
        if sentence.strip():
            yield sentence.strip()


def _without_struck(text: str) -> str:
    parts = text.split("~~")
    return text if len(parts) % 2 == 0 else "".join(parts[::2])
