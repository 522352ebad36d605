"""Somebody else's words, made fit for a terminal."""

from typing import Any
from unicodedata import category

# Control and format characters, line and paragraph separators, half a surrogate pair: a terminal acts on the first, and
# the others hide, turn round or break what stands beside them (unicode.org, UTS 39).
_ACTED_ON = frozenset(("Cc", "Cf", "Zl", "Zp", "Cs"))


def visible(text: str) -> str:
    """The same text, in lines as it was; what a terminal could act on is shown as it is written in Python."""
    if text.isprintable():
        return text
    return "".join(each if each in "\n\t" or category(each) not in _ACTED_ON else _escaped(each) for each in text)


def visible_words(document: Any) -> Any:  # noqa: ANN401 - decoded JSON
    """A decoded JSON document with every text in it visible and on one line."""
    match document:
        case dict():
            return {visible_words(key): visible_words(value) for key, value in document.items()}
        case list():
            return [visible_words(each) for each in document]
        case str() if not document.isprintable():
            return "".join(each if category(each) not in _ACTED_ON else _escaped(each) for each in document)
        case _:
            return document


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
