"""What a client's first bytes amount to, in a protocol whose client speaks first."""

from enum import StrEnum


class FirstMessage(StrEnum):
    """`HARMLESS`: exactly one message that may be said again on another connection, and nothing after it.

    Said twice, it opens a conversation that nobody goes on with; nothing is logged in, asked for or changed by it.
    """

    INCOMPLETE = "incomplete"
    HARMLESS = "harmless"
    OTHER = "other"


def starts_like(data: bytes, expected: bytes) -> bool:
    """Whether the bytes may still become, or are, those with which a message begins."""
    return expected.startswith(data[: len(expected)])
