"""Who notices outages, as the configuration asks for it."""

from pathlib import Path

from tests.unit.incident.test_record import a_record
from tests.unit.surface.seen import SeenGateway, StoppedClock, route_state

from farshore.app.recording import build_recorder
from farshore.config.load import parse
from farshore.config.model import Config
from farshore.core.events import Event
from farshore.core.incidents import IncidentClosed
from farshore.incident.recorder import Recorder
from farshore.incident.shelf import Shelf


def configuration(section: str) -> Config:
    text = f"routes: [{{name: a, listen: 8082, target: 172.16.20.88:1433}}]\n{section}"
    config = parse(text.encode(), "farshore.yaml").config
    assert config is not None
    return config


def nobody(_: Event) -> None:
    raise AssertionError


def built(section: str) -> Recorder | None:
    config = configuration(section)
    return build_recorder(config, lambda: config, SeenGateway().routes, nobody, StoppedClock())


def test_without_the_section_nobody_does() -> None:
    assert built("") is None


def test_with_an_empty_section_they_are_forgotten_with_the_process() -> None:
    recorder = built("incidents: {}")
    assert recorder is not None
    assert recorder.records() == []


def test_what_is_in_the_folder_is_taken_up_again(tmp_path: Path) -> None:
    record = a_record(closed_s=None)
    Shelf(folder=tmp_path, keep=10).save(record)
    recorder = built(f"incidents: {{folder: {tmp_path}}}")
    assert recorder is not None
    assert recorder.records() == [record]


def test_an_incident_is_closed_after_as_long_as_is_written(tmp_path: Path) -> None:
    record = a_record(closed_s=None)
    Shelf(folder=tmp_path, keep=10).save(record)
    told: list[Event] = []
    clock = StoppedClock()
    config = configuration(f"incidents: {{folder: {tmp_path}, close_after: 5s}}")
    gateway = SeenGateway(route_states=[route_state(name) for name in record.routes])
    recorder = build_recorder(config, lambda: config, gateway.routes, told.append, clock)
    assert recorder is not None
    for later_s in (4.9, 0.2):
        clock.now_s += later_s
        recorder.look()
    assert [type(event) for event in told] == [IncidentClosed]
