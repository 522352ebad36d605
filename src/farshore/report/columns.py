"""A table as text within a terminal's width: headings fold, what matters least goes, long words lose their middle.

What is left out is named under the table, so that nobody takes it for all there is.
"""

from collections.abc import Sequence

GAP = "  "
INDENT = "  "
# No text cell is cut shorter than this.
NARROWEST = 13
ELLIPSIS = "…"


def text_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[bool], leave_out: Sequence[str], width: int
) -> tuple[list[str], list[str]]:
    """The lines of a table, and the columns that were left out of it.

    `right` says which columns are set to the right; `leave_out` names those that may go, the first to go first.
    """
    columns = [[*_folded(head), *(row[at] for row in rows)] for at, head in enumerate(heads)]
    kept = list(range(len(heads)))
    gone: list[str] = []
    for name in leave_out:
        if _width(columns, kept) <= width:
            break
        if name in heads:
            kept.remove(heads.index(name))
            gone.append(name)
    widths = {at: max(map(len, columns[at])) for at in kept}
    while sum(widths.values()) + _gaps(kept) > width:
        widest = max((at for at in kept if not right[at]), key=lambda at: widths[at], default=None)
        if widest is None or widths[widest] <= NARROWEST:
            break
        widths[widest] -= 1
    lines = [[_cut(columns[at][number], widths[at]) for at in kept] for number in range(len(rows) + 2)]
    sides = [right[at] for at in kept]
    told = [_line(cells, list(widths.values()), sides) for cells in lines]
    return [line for line in told if line.strip()], gone


def _folded(head: str) -> tuple[str, str]:
    """A heading on two lines, the last word below; what is one word stands below."""
    first, _, last = head.rpartition("_")
    return first.replace("_", " "), last


def _width(columns: Sequence[Sequence[str]], kept: Sequence[int]) -> int:
    return sum(max(map(len, columns[at])) for at in kept) + _gaps(kept)


def _gaps(kept: Sequence[int]) -> int:
    return len(INDENT) + len(GAP) * (len(kept) - 1)


def _cut(cell: str, width: int) -> str:
    """The beginning and the end of a word that is too long: what differs is seldom in the middle."""
    if len(cell) <= width:
        return cell
    head = (width - len(ELLIPSIS)) // 2
    return cell[:head] + ELLIPSIS + cell[len(cell) - (width - len(ELLIPSIS) - head) :]


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    told = zip(cells, widths, right, strict=True)
    return INDENT + GAP.join(cell.rjust(width) if side else cell.ljust(width) for cell, width, side in told).rstrip()
