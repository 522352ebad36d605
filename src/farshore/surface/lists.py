"""Lists for a person at a terminal: aligned columns, and how long something took."""

from rich.console import Console
from rich.table import Table

PIPED_COLUMNS = 200


def columns(*names: str) -> Table:
    """An empty list with these headings; what is too long for its column is folded."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def console() -> Console:
    """Standard output; where it is no terminal, wide enough that hardly anything is folded."""
    output = Console(highlight=False, markup=False)
    if not output.is_terminal:
        output.width = PIPED_COLUMNS
    return output


def duration(seconds: float) -> str:
    """Seconds with a tenth below a minute, then minutes and seconds, then hours and minutes."""
    if seconds < 60:  # noqa: PLR2004 - seconds in a minute
        return f"{seconds:.1f} s"
    minutes, whole_s = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {whole_s} s"
