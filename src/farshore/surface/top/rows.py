"""A table whose rows are told anew: the cursor stays on the thing it stood on, not on the line."""

from collections.abc import Mapping
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import DataTable

Row = tuple[Text, ...]


class Rows(DataTable[Text]):
    """Rows by their keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", "Open"),
        Binding("home", "scroll_top", show=False),
        Binding("end", "scroll_bottom", show=False),
    ]

    def __init__(self, *columns: str, name: str) -> None:
        super().__init__(id=name, cursor_type="row", cell_padding=1, zebra_stripes=False)
        self._names = columns
        self._told: dict[str, Row] = {}

    def on_mount(self) -> None:
        """Give it its headings."""
        for name in self._names:
            self.add_column(name, key=name)

    @property
    def chosen(self) -> str:
        """The key of the row under the cursor; empty where there is none."""
        keys = list(self._told)
        return keys[self.cursor_row] if 0 <= self.cursor_row < len(keys) else ""

    def tell(self, rows: Mapping[str, Row]) -> None:
        """Show these, in this order."""
        told, chosen = dict(rows), self.chosen
        if list(told) == list(self._told):
            self._change(told)
        else:
            self._replace(told, chosen)
        self._told = told

    def _change(self, told: Mapping[str, Row]) -> None:
        for key, row in told.items():
            for name, cell, known in zip(self._names, row, self._told[key], strict=True):
                if cell != known:
                    self.update_cell(key, name, cell, update_width=True)

    def _replace(self, told: Mapping[str, Row], chosen: str) -> None:
        self.clear()
        for key, row in told.items():
            self.add_row(*row, key=key)
        if chosen in told:
            self.move_cursor(row=list(told).index(chosen))
