"""Letters that only look like Latin ones: text recognition and keyboards put them into words that they don't belong to.

Only a word that mixes both alphabets is mended; a word that is wholly Cyrillic or Greek is somebody's language.
"""

import re

_WORD = re.compile(r"[^\W\d_]{2,60}")
_LOOKALIKES = str.maketrans(
    {
        **dict(zip("АВЕКМНОРСТХІЅЈУ", "ABEKMHOPCTXISJY", strict=True)),  # noqa: RUF001
        **dict(zip("аеорсухіѕјһԁѵпт", "aeopcyxisjhdvnt", strict=True)),
        **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοντ", "ABEZHIKMNOPTYXovt", strict=True)),
    }
)


def latin(text: str) -> str:
    """The text with look-alike letters mended in words that also have Latin ones; the same text where it is ASCII."""
    return text if text.isascii() else _WORD.sub(_mended, text)


def _mended(word: re.Match[str]) -> str:
    found = word[0]
    return found.translate(_LOOKALIKES) if any("a" <= letter.lower() <= "z" for letter in found) else found
