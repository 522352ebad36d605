"""A real Chromium, and the real program in front of the lab."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.interop.parts import program
from tests.page.theatre import Theatre, theatre


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = program("chromium", "chromium")
    with sync_playwright() as playwright:
        # Chromium's own sandbox needs user namespaces, which containers seldom have.
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    folder = tmp_path_factory.mktemp("page")
    with theatre(folder, incidents={"folder": str(folder / "incidents"), "close_after": "3s"}) as running:
        yield running
