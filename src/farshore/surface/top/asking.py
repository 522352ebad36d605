"""The question before something is ended."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer, Static


class Asking(ModalScreen[bool]):
    """Yes or no; whatever else is typed is neither."""

    CSS = """
    Asking { align: center middle; }
    Asking Vertical { width: 70%; max-width: 76; height: auto; border: heavy $foreground; padding: 1 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes, end it"),
        Binding("n,escape", "answer(False)", "No"),
    ]

    def __init__(self, question: Text) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """Show it."""
        with Vertical():
            yield Static(self._question, id="question")
        yield Footer(show_command_palette=False)

    def action_answer(self, answer: bool) -> None:  # noqa: FBT001 - what textual calls
        """Leave with the answer."""
        self.dismiss(answer)
