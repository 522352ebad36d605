"""Groups unknown log messages by template, so that a hundred thousand lines show as a handful.

A fixed-depth tree would group more finely; masking what varies (numbers, addresses, hex, quoted texts) is enough to
show what stands there, and costs one pass.
"""

import re
from dataclasses import dataclass

from farshore.diagnosis.intake.records import Record

MAX_GROUPS = 500
MAX_WORDS = 24
MAX_TEMPLATE = 160
REST = "(other messages)"
_VARIES = re.compile(r"\d|^[0-9a-fA-F-]{8,}$|^[\"'\[(]")


@dataclass(slots=True, kw_only=True)
class Group:
    """One template: its text, how many messages it stands for, the first and the last of them."""

    template: str
    count: int
    first: Record
    last: Record


class Templates:
    """Messages by template; beyond `MAX_GROUPS` templates the rest share one group."""

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}

    def add(self, record: Record) -> None:
        """Count one message."""
        template = " ".join(_mask(word) for word in record.text.split(maxsplit=MAX_WORDS)[:MAX_WORDS])[:MAX_TEMPLATE]
        if template not in self._groups and len(self._groups) >= MAX_GROUPS:
            template = REST
        group = self._groups.setdefault(template, Group(template=template, count=0, first=record, last=record))
        group.last = record
        group.count += record.count

    def groups(self) -> list[Group]:
        """Every group, the most frequent first."""
        return sorted(self._groups.values(), key=lambda group: -group.count)


def _mask(word: str) -> str:
    return "*" if _VARIES.search(word[:64]) else word
