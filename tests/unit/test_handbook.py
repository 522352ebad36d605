"""The handbook keeps up with the house: its index, its picture of the layers, and the configurations in it."""

import re
import tomllib
from pathlib import Path

import pytest

from farshore.config.load import parse

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
YAML = re.compile(r"(?ms)^```yaml\n(.*?)^```")
WHOLE = [
    (page, number, text)
    for page in ("get-started.md", "migrate.md", "scaling-out.md")
    for number, text in enumerate(YAML.findall((DOCS / page).read_text(encoding="utf-8")))
]


def test_the_index_has_every_page_once() -> None:
    index = re.findall(r"\]\(([\w./-]+\.md)\)", (DOCS / "README.md").read_text(encoding="utf-8"))
    pages = {page.name for page in DOCS.glob("*.md")} - {"README.md"}
    assert pages - set(index) == set()
    assert sorted(index) == sorted(set(index))


def test_the_picture_of_the_house_is_what_import_linter_holds() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    block = re.search(r"(?ms)^```text\n(app .*?)^```", (DOCS / "how-it-works.md").read_text(encoding="utf-8"))
    assert block is not None
    drawn = [re.split(r" {2,}", line)[0].split(" | ") for line in block[1].splitlines()]
    assert drawn == [layer.replace("farshore.", "").split(" | ") for layer in layers]


@pytest.mark.parametrize(("page", "number", "text"), WHOLE)
def test_a_configuration_that_is_shown_whole_is_accepted(page: str, number: int, text: str) -> None:
    assert parse(text.encode(), f"{page}-{number}").problems == ()


def test_there_are_such_configurations() -> None:
    assert [page for page, _, _ in WHOLE] == ["get-started.md", "migrate.md", "migrate.md", "scaling-out.md"]
