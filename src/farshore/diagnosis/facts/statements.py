"""What a person or a document says. A claim is no evidence of what it claims; misreadings are looked for here."""

from datetime import datetime

from farshore.diagnosis.facts.base import Fact


class StatementMade(Fact, frozen=True, kw_only=True):
    """A sentence, a list item, a table's row or a comment, in the author's words (whitespace folded, emphasis removed).

    `heading` is what it stands under. `text` is complete up to 2,000 characters, unlike its evidence's.
    """

    text: str
    heading: str = ""


class LinesGrouped(Fact, frozen=True, kw_only=True):
    """Log lines that no dialect knows, grouped by template: how many, the first one as evidence, when the last."""

    template: str
    count: int
    last: datetime | None = None


def is_evidence(fact: Fact) -> bool:
    """Whether it says something about the way, and is not a bare claim or a line that nobody understood."""
    return not isinstance(fact, StatementMade | LinesGrouped)
