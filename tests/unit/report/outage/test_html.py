"""The report as a page."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import msgspec
from tests.unit.report.outage.outages import HELPED, course, given, said, zombie

from farshore.diagnosis.evidence import Unread
from farshore.report.outage.build import build
from farshore.report.outage.html import render_html

HOSTILE = "<img src=x onerror=alert(1)>`<b>`\"&'</title><script>alert(1)</script>"
LOADING = frozenset(
    {"script", "img", "iframe", "link", "object", "embed", "base", "form", "foreignobject", "image", "use"}
)


class Page(HTMLParser):
    """What a browser would see: elements, ids, links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)


REPORT = build(given(course(said(zombie()), remedies=(HELPED,))), given(course(said(zombie()), name="x-1")))


def test_every_source_has_its_place_and_every_link_leads_somewhere() -> None:
    page = Page(render_html(REPORT))
    assert [each for each in page.ids if re.fullmatch(r"E\d+", each)] == [source.id for source in REPORT.sources]
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert "#E1" in page.links
    assert (page.open, page.unbalanced) == ([], [])


def test_nothing_is_loaded_or_run() -> None:
    text = render_html(REPORT)
    page = Page(text)
    assert page.tags & LOADING == set()
    assert not {each for each in page.attributes if each.startswith("on")}
    assert "src" not in page.attributes
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_hostile_words_are_words_wherever_they_stand() -> None:
    diagnosis = said(zombie(), Unread(source=HOSTILE, reason=HOSTILE, position=HOSTILE))
    evidence = [msgspec.structs.replace(each, text=HOSTILE, observer=HOSTILE) for each in diagnosis.evidence]
    verdicts = [msgspec.structs.replace(diagnosis.verdicts[0], title=HOSTILE)]
    verdicts[0] = msgspec.structs.replace(
        verdicts[0], subject=msgspec.structs.replace(verdicts[0].subject, router=HOSTILE, target=HOSTILE)
    )
    hostile = msgspec.structs.replace(diagnosis, evidence=evidence, verdicts=verdicts)
    remedy = replace(HELPED, subject=HOSTILE, why=HOSTILE, detail=HOSTILE)
    incident = course(hostile, routes={HOSTILE: "failures"}, remedies=(remedy,), earlier=HOSTILE)
    page = Page(render_html(build(given(incident, unknown=(HOSTILE,)), given(incident))))
    assert page.tags & LOADING == set()
    assert "b" in page.tags  # the tiles' own
    assert not {each for each in page.attributes if each.startswith("on")}
    assert (page.open, page.unbalanced) == ([], [])


def test_the_figures_that_are_looked_for_first_stand_first() -> None:
    text = render_html(REPORT)
    assert text.index("16 min 40 s") < text.index("<main>")
    assert "not counted" in text[: text.index("<main>")]
    assert '<span class="badge closed">closed</span>' in text
    assert "@media print" in text
    assert "prefers-color-scheme: dark" in text
