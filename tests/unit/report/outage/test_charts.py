"""The pictures of a report."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from tests.unit.diagnosis.making import failed
from tests.unit.report.outage.outages import HELPED, T0, course, given, journal, said, zombie

from farshore.core.clock import SystemClock
from farshore.diagnosis.facts.dials import Wording
from farshore.report.outage.build import build
from farshore.report.outage.charts import LEFT, RIGHT, WIDTH, timeline, way
from farshore.report.outage.counts import figures
from farshore.report.outage.given import Figures, Shifted, Span
from farshore.report.outage.model import Report

STATES = ("suspect", "down", "up")


def report(folder: Path | None = None, **changed: Any) -> Report:
    told: Figures | str | None = None
    if folder is not None:
        told = figures(journal(folder), Span(from_s=T0 - 1, to_s=T0 + 1001), ["db"], SystemClock())
    assert not isinstance(told, str)
    return build(
        given(
            course(said([failed(Wording.DEADLINE)]), said(zombie()), **({"remedies": (HELPED,)} | changed)),
            figures=told,
        )
    )


def drawn(picture: str) -> ET.Element:
    return ET.fromstring(str(picture))  # noqa: S314 - our own


def of_class(picture: ET.Element, kind: str) -> list[ET.Element]:
    return [each for each in picture.iter() if kind in each.get("class", "").split()]


def test_bars_are_as_high_as_their_counts(tmp_path: Path) -> None:
    picture = drawn(timeline(report(tmp_path)))
    heights = {float(each.get("height", 0)) for each in of_class(picture, "failed")}
    well = max(float(each.get("height", 0)) for each in of_class(picture, "well"))
    assert max(heights) == well * 2 / 10
    told = [int(re.search(r": (\d+) failed", each[0].text or "")[1]) for each in of_class(picture, "failed")]  # type: ignore[index]
    assert sum(told) == 30


def test_everything_is_within_the_picture_and_in_the_order_of_time(tmp_path: Path) -> None:
    for one in (report(tmp_path), report(), report(ended_s=None, closed_s=None)):
        picture = drawn(timeline(one))
        for each in picture.iter():
            for name in ("x", "cx", "x1", "x2"):
                at = each.get(name)
                assert at is None or 0 <= float(at) <= WIDTH
        (failing,) = of_class(picture, "failing")
        (remedy,) = of_class(picture, "good")
        assert LEFT <= float(failing.get("x", 0)) < float(remedy.get("cx", 0)) <= WIDTH - RIGHT


def test_the_last_verdict_has_its_label() -> None:
    labels = [each.text for each in of_class(drawn(timeline(report())), "start")]
    assert "M01" in labels


def test_the_broken_hop_is_marked_and_what_lies_behind_it_was_not_reached() -> None:
    picture = drawn(way(report().roots[0]))
    assert [each.text for each in of_class(picture, "broken") if each.tag.endswith("text")] == ["router"]
    assert [each.text for each in of_class(picture, "beyond") if each.tag.endswith("text")] == ["lan", "target"]
    assert {"r1", "10.9.8.7:1433"} <= {each.text for each in picture.iter()}


def test_where_it_is_undecided_no_hop_is_called_sound() -> None:
    root = build(given(course(said([failed(Wording.DEADLINE)])))).roots[0]
    picture = drawn(way(root))
    maybe = {each.text for each in of_class(picture, "maybe") if each.tag.endswith("text")}
    assert "router" in maybe
    assert of_class(picture, "wire") == []
    assert "not known" in picture.get("aria-label", "")


def test_an_outage_of_no_length_and_one_of_a_year_are_drawn() -> None:
    for end_s in (T0, T0 + 365 * 86_400):
        picture = drawn(timeline(report(ended_s=end_s, closed_s=end_s + 120)))
        assert len(of_class(picture, "tick")) <= 60
        assert len(of_class(picture, "tick")) >= 1


def test_only_a_path_that_is_sound_again_is_green() -> None:
    paths = [Shifted(at_s=T0 + at, route="db", path="r1", now=now, was="", reason="") for at, now in enumerate(STATES)]
    dots = of_class(drawn(timeline(report(paths=tuple(paths), remedies=()))), "dot")
    marks = {state: each.get("class") for each in dots for state in STATES if f"is {state}" in (each[0].text or "")}
    assert marks == {"suspect": "dot plain", "down": "dot bad", "up": "dot good"}
