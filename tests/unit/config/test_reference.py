from pathlib import Path

import yaml

from farshore.config.load import parse
from farshore.config.reference import example, markdown
from farshore.config.schema import schema

DOCS = Path(__file__).parents[3] / "docs"


def test_the_committed_page_is_what_the_model_says() -> None:
    assert (DOCS / "configuration.md").read_text(encoding="utf-8") == markdown(), "run `make docs`"


def test_every_field_is_in_the_page_with_its_help() -> None:
    page = markdown()
    document = schema()
    for model in (document, *document["$defs"].values()):
        for name, described in model.get("properties", {}).items():
            assert [line for line in page.splitlines() if f"| `{name}` |" in line and described["description"] in line]


def test_every_example_in_the_page_loads() -> None:
    blocks = [block.partition("```")[0] for block in markdown().split("```yaml\n")[1:]]
    assert len(blocks) == 3
    for block in blocks:
        assert parse(block.encode(), "f").config is not None, block


def test_the_long_example_loads_without_a_warning() -> None:
    outcome = parse(example().encode(), "example.yaml")
    assert outcome.config is not None, [str(problem) for problem in outcome.problems]
    assert [str(warning) for warning in outcome.warnings] == []


def test_the_long_example_shows_every_field() -> None:
    shown = yaml.safe_load(example())
    document = schema()
    names = ("limits", "timeouts", "keepalive", "path_health", "drain", "remedies", "tailscaled")
    sections = {name: shown[name] for name in names}
    assert shown.keys() == document["properties"].keys()
    for name, section in sections.items():
        assert section.keys() == document["$defs"][name.title().replace("_", "")]["properties"].keys()
    assert {field for route in shown["routes"] for field in route} == document["$defs"]["Route"]["properties"].keys()
    assert {egress["kind"] for egress in shown["egresses"].values()} == {"tailscaled", "socks5", "connect", "direct"}
