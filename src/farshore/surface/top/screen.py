"""The program on the terminal: what stands where, what each key does, and what is asked of the gateway when."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import ClassVar

import msgspec
from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.css.query import NoMatches
from textual.widgets import ContentSwitcher, DataTable, Footer, Input, Static

from farshore.core.clock import Clock
from farshore.surface.page.table import LONGEST, SORTS, Asked
from farshore.surface.page.words import age, clock_time
from farshore.surface.top import text
from farshore.surface.top.asking import Asking
from farshore.surface.top.link import Link, LostError
from farshore.surface.top.picture import Picture, begun, continued
from farshore.surface.top.rows import Rows
from farshore.surface.views import Connections, ConnectionView

AGAIN_S = 1.0
# As often as the page reads its list.
CONNECTIONS_EVERY_S = 2.0
VIEWS = ("routes", "incidents", "connections", "events")
_WITH_DETAIL = frozenset({"routes", "incidents"})
_OF_CONNECTIONS = frozenset({"filter", "sort", "end"})


class Top(App[None]):
    """Watches one gateway until it is left."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "farshore top"
    CSS = """
    Screen { layout: vertical; }
    #status, #numbers, #tabs, #shown { height: 1; }
    #headline { height: auto; max-height: 9; }
    ContentSwitcher { height: 1fr; min-height: 4; }
    DataTable { height: 1fr; }
    #detail { height: auto; max-height: 60%; border-top: solid $foreground; }
    #filter { height: 3; }
    .away { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "view('routes')", "View", key_display="1-4"),
        Binding("2", "view('incidents')", show=False),
        Binding("3", "view('connections')", show=False),
        Binding("4", "view('events')", show=False),
        Binding("d", "detail", "Detail"),
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("s", "sort", "Sort"),
        Binding("e", "end", "End"),
        Binding("r", "again", "Again"),
        Binding("escape", "return", "Back", key_display="esc"),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(self, link: Link, clock: Clock) -> None:
        super().__init__()
        self._link = link
        self._clock = clock
        self._picture: Picture | None = None
        self._heard_s = clock.monotonic_s()
        self._lost = ""
        self._asked = Asked()
        self._opened: dict[int, ConnectionView] = {}
        self._look_now = asyncio.Event()

    @property
    def picture(self) -> Picture | None:
        """The last one."""
        return self._picture

    @property
    def view(self) -> str:
        """Which of `VIEWS` is shown."""
        return next((each.current or VIEWS[0] for each in self.query(ContentSwitcher)), VIEWS[0])

    def compose(self) -> ComposeResult:
        """Place everything."""
        yield Static(id="status")
        yield Static(id="headline")
        yield Static(id="numbers")
        yield Static(id="tabs")
        with ContentSwitcher(initial=VIEWS[0]):
            yield Rows(*text.ROUTES, name="routes")
            yield Rows(*text.INCIDENTS, name="incidents")
            yield Rows(*text.CONNECTIONS, name="connections")
            with VerticalScroll(id="events"):
                yield Static(id="lines")
        yield Static(id="shown", classes="away")
        yield Input(placeholder="letters in client, path or phase", id="filter", classes="away")
        with VerticalScroll(id="detail"):
            yield Static(id="told")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Begin to watch."""
        self.action_view(VIEWS[0])
        self.set_interval(1.0, self._draw)
        self._watch()
        self._list_connections()
        self._draw()

    async def on_unmount(self) -> None:
        """Leave the gateway."""
        await self._link.close()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean nothing in a view are not offered in it."""
        del parameters
        if action == "detail":
            return self.view in _WITH_DETAIL
        return action not in _OF_CONNECTIONS or self.view == "connections"

    @work(exclusive=True, group="watch")
    async def _watch(self) -> None:
        while True:
            picture: Picture | None = None
            try:
                async for heard in self._link.news():
                    picture = begun(heard) if picture is None else continued(picture, heard)
                    self._take(picture)
            except LostError as error:
                self._lose(str(error))
            except msgspec.ValidationError as error:
                self._lose(f"another version's admin listener: {error}")
            await asyncio.sleep(AGAIN_S)

    def _take(self, picture: Picture) -> None:
        self._picture, self._heard_s, self._lost = picture, self._clock.monotonic_s(), ""
        self._draw()

    def _lose(self, reason: str) -> None:
        self._lost = reason
        self._draw()

    @work(exclusive=True, group="connections")
    async def _list_connections(self) -> None:
        with suppress(NoMatches):  # the screen is being taken down
            while True:
                self._look_now.clear()
                if self.view == "connections":
                    await self._list_once()
                with suppress(TimeoutError):
                    async with asyncio.timeout(CONNECTIONS_EVERY_S):
                        await self._look_now.wait()

    async def _list_once(self) -> None:
        try:
            self._show_connections(await self._link.connections(self._asked))
        except LostError as error:
            self._put("shown", text.said(f"The list is an old one: {error}"))

    def _show_connections(self, found: Connections) -> None:
        self._opened = {each.connection: each for each in found.connections}
        self.query_one("#connections", Rows).tell(
            {str(number): text.connection_row(each) for number, each in self._opened.items()}
        )
        asked = [f"{SORTS[self._asked.sort]}"]
        asked += [f"of {self._asked.route}"] if self._asked.route else []
        asked += [f"with “{self._asked.contains}”"] if self._asked.contains else []
        self._put("shown", text.said(f"{len(self._opened):,} of {found.total:,}: {', '.join(asked)}"))

    def _draw(self) -> None:
        with suppress(NoMatches):  # the screen is being taken down, and a gateway may speak meanwhile
            self._draw_all()

    def _draw_all(self) -> None:
        self._put("status", self._status())
        self._put("tabs", text.tabs(self._picture, self.view))
        picture = self._picture
        if picture is None:
            return
        now_s = self._now_s(picture)
        self._put("headline", text.headline(picture.headline, now_s))
        self._put("numbers", text.numbers(picture.numbers))
        self._put("lines", text.events(picture.events))
        self.query_one("#routes", Rows).tell({card.key: text.route_row(card) for card in picture.routes})
        incidents = {row.id: text.incident_row(row, now_s) for row in picture.incidents}
        self.query_one("#incidents", Rows).tell(incidents)
        self._draw_detail(picture)

    def _draw_detail(self, picture: Picture) -> None:
        match self.view:
            case "routes":
                card = picture.route(self.query_one("#routes", Rows).chosen)
                self._put("told", Text() if card is None else text.route_detail(card, self._now_s(picture)))
            case "incidents":
                row = picture.incident(self.query_one("#incidents", Rows).chosen)
                self._put("told", _no_incident(picture) if row is None else text.incident_detail(row))
            case _:
                pass

    def _now_s(self, picture: Picture) -> float:
        """By the gateway's clock; while it is not heard, too."""
        return picture.at_s + self._clock.monotonic_s() - self._heard_s

    def _status(self) -> Text:
        silent = age(self._clock.monotonic_s() - self._heard_s)
        if self._lost:
            kept = "" if self._picture is None else f"; below: how it was at {clock_time(self._picture.at_s)} UTC"
            return text.said(f"✗ NOT HEARD for {silent}{kept}: {self._link.url}: {self._lost}; trying again", "bold")
        if self._picture is None:
            return text.said(f"asking {self._link.url} for {silent}")
        at = clock_time(self._now_s(self._picture))
        return text.said(f"farshore {self._picture.about.version} at {self._link.url}, {at} UTC, heard {silent} ago")

    def _put(self, name: str, told: Text) -> None:
        self.query_one(f"#{name}", Static).update(told)

    def action_view(self, name: str) -> None:
        """Show one of `VIEWS`."""
        self.query_one(ContentSwitcher).current = name
        self.query_one("#detail").set_class(name not in _WITH_DETAIL, "away")
        self.query_one("#shown").set_class(name != "connections", "away")
        self.query_one(f"#{name}").focus()
        self.refresh_bindings()
        self._look_now.set()
        self._draw()

    def action_detail(self) -> None:
        """Scroll what is told of the row with the arrows; then go back to the rows."""
        detail = self.query_one("#detail")
        (self.query_one(f"#{self.view}") if detail.has_focus else detail).focus()

    def action_filter(self) -> None:
        """Type letters that connections have to hold."""
        field = self.query_one(Input)
        field.remove_class("away")
        field.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what holds the letters so far."""
        self._ask(contains=event.value[:LONGEST])

    def on_input_submitted(self) -> None:
        """Keep them."""
        self.query_one(Input).add_class("away")
        self.query_one("#connections").focus()

    def action_sort(self) -> None:
        """Take the next order."""
        sorts = list(SORTS)
        self._ask(sort=sorts[(sorts.index(self._asked.sort) + 1) % len(sorts)])

    def action_again(self) -> None:
        """Ask the gateway anew, at once."""
        self._watch()
        self._look_now.set()

    def action_return(self) -> None:
        """Forget filter and route; then show the routes."""
        if self.view == "connections" and (self._asked.contains or self._asked.route or self._is_typing):
            field = self.query_one(Input)
            field.value = ""
            field.add_class("away")
            self._ask(contains="", route="")
            self.query_one("#connections").focus()
            return
        self.action_view(VIEWS[0])

    @property
    def _is_typing(self) -> bool:
        return not self.query_one(Input).has_class("away")

    def action_end(self) -> None:
        """Ask, then end the connection under the cursor."""
        chosen = self.query_one("#connections", Rows).chosen
        each = self._opened.get(int(chosen)) if chosen else None
        if each is None:
            return
        what = f"connection {each.connection} of {each.client} on {each.route} to {each.target}"
        question = f"End {what}?\nIts client is cut off."
        self.push_screen(Asking(Text(question)), partial(self._answered, each.connection))

    def _answered(self, connection: int, answer: bool | None) -> None:  # noqa: FBT001 - what textual calls
        if answer:
            self._end(connection)

    @work(group="end")
    async def _end(self, connection: int) -> None:
        try:
            await self._link.end(connection)
        except LostError as error:
            self.notify(f"Connection {connection} is not ended: {error}", severity="error", markup=False)
        else:
            self.notify(f"Connection {connection} is ended.", markup=False)
        self._look_now.set()

    def on_data_table_row_highlighted(self) -> None:
        """Tell of the row under the cursor."""
        self._draw()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Lead from a route to its connections."""
        card = None if self._picture is None else self._picture.route(str(event.row_key.value))
        if event.data_table.id == "routes" and card is not None:
            self._ask(route=card.name)
            self.action_view("connections")

    def _ask(self, **changed: str) -> None:
        self._asked = msgspec.structs.replace(self._asked, **changed)
        self._look_now.set()


def _no_incident(picture: Picture) -> Text:
    if picture.about.keeps_incidents:
        return Text("None was noticed.")
    return Text("Nobody notices them: `incidents: {}` in the configuration does.")
