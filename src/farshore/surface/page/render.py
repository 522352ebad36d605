"""Writes what is to be shown as HTML. Everything is escaped: names, log lines and evidence may be hostile."""

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.environment import TemplateModule
from markupsafe import Markup, escape

from farshore.surface.page.model import Page
from farshore.surface.page.words import age, clock_time, millis, moment, size, stamp

MOST_EXPANDED = 3
MOST_WHOLE = 30
LONGEST_EVIDENCE = 600


@cache
def environment() -> Environment:
    """The templates of the page; a name that is not there is an error."""
    found = Environment(
        loader=PackageLoader("farshore.surface.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "age": age,
        "stamp": stamp,
        "clock_time": clock_time,
        "moment": moment,
        "millis": millis,
        "size": size,
        "ticked": ticked,
        "cut": cut,
        "runs": runs,
    }
    return found


def ticked(text: str) -> Markup:
    """Text with what stands between backticks set as code."""
    parts = enumerate(text.split("`"))
    return Markup().join(Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in parts)


def cut(text: str) -> str:
    """A line of evidence, and of a very long one its beginning."""
    return text if len(text) <= LONGEST_EVIDENCE else f"{text[:LONGEST_EVIDENCE]} …"


def runs(cells: Sequence[str]) -> list[tuple[str, int, int]]:
    """Equal neighbours together: the cell, where it begins, and how many there are."""
    found: list[tuple[str, int, int]] = []
    for at, cell in enumerate(cells):
        if found and found[-1][0] == cell:
            found[-1] = cell, found[-1][1], found[-1][2] + 1
        else:
            found.append((cell, at, 1))
    return found


def render_page(page: Page, *, can_leave: bool) -> str:
    """The whole page."""
    return render("page.html", here="/", can_leave=can_leave, page=page, **_shape(page))


def render(template: str, **values: object) -> str:
    """Any of the pages."""
    return environment().get_template(template).render(**values)


class Fragments:
    """The parts of the page that change, each written again only when its own values have."""

    def __init__(self) -> None:
        self._written: dict[str, tuple[object, str]] = {}

    def of(self, page: Page) -> dict[str, str]:
        """By the name of the place where it stands. A part that did not change keeps the ages it was written with."""
        module = _parts(**_shape(page))
        now_s = page.at_s
        parts: dict[str, tuple[object, str, tuple[object, ...]]] = {
            "headline": (page.headline, "headline", (now_s,)),
            "numbers": (page.numbers, "numbers", ()),
            "incidents": (page.incidents, "incidents", (page.keeps_incidents, now_s)),
            "events": (page.lines, "events", ()),
            "outcomes": (page.numbers.outcomes, "outcomes", ("How connections of all routes ended since the start",)),
            **{card.key: (card, "route", (now_s,)) for card in page.routes},
        }
        for name in self._written.keys() - parts.keys():
            del self._written[name]
        for name, (value, macro, more) in parts.items():
            if name not in self._written or self._written[name][0] != value:
                self._written[name] = value, str(getattr(module, macro)(value, *more)).strip()
        return {name: html for name, (_, html) in self._written.items()}


@cache
def _parts(*, expand: bool, is_brief: bool) -> TemplateModule:
    return environment().get_template("parts.html").make_module({"expand": expand, "is_brief": is_brief})


def _shape(page: Page) -> dict[str, bool]:
    """Few routes are shown with all there is, of many those that are well in one line each."""
    return {"expand": len(page.routes) <= MOST_EXPANDED, "is_brief": len(page.routes) > MOST_WHOLE}
