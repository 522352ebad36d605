import json
import re

from farshore.surface.described import METRICS
from farshore.surface.export.grafana import COLUMNS, dashboard, panels

NAMES = {metric.name for metric in METRICS} | {
    f"{metric.name}_bucket" for metric in METRICS if metric.kind == "histogram"
}


def test_every_query_asks_for_a_metric_that_is_exposed() -> None:
    for panel in panels():
        for query in panel.queries:
            used = set(re.findall(r"(?:farshore|process)_[a-z_]+", query.expr))
            assert used
            assert {name for name in used if name.startswith("farshore_")} <= NAMES


def test_no_two_panels_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(dashboard())["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + column, place["y"] + row) for column in range(place["w"]) for row in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= COLUMNS
        taken |= cells


def test_it_asks_for_its_data_source_and_its_routes() -> None:
    read = json.loads(dashboard())
    assert [variable["name"] for variable in read["templating"]["list"]] == ["datasource", "route"]
    assert {panel["datasource"]["uid"] for panel in read["panels"]} == {"${datasource}"}
    assert len({panel["id"] for panel in read["panels"]}) == len(read["panels"])
