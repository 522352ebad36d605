"""Real clients are told why: what they print, that it is no word about credentials, and that nobody waits for it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.interop.gate import Gate
from tests.interop.refused import REFUSED, Refused, Shown, refusing

pytestmark = pytest.mark.interop
# A client that waits for something hangs for its own 30 s; Java takes a few to start on a machine that is busy.
HANGS_S = 15.0
BAD_CREDENTIALS = re.compile(
    r"password|credential|authenti(?!city)|log[io]n failed|access denied|28P01|28000|18456|\b1045\b|ORA-01017|\b530\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificate")


@pytest.fixture(scope="module")
def refuses(folder: Path) -> Iterator[Mapping[Shown, Gate]]:
    with refusing(folder) as opened:
        yield opened


@pytest.mark.parametrize("client", REFUSED, ids=lambda client: f"{client.protocol} {client.name}")
def test_a_client_prints_why_it_is_sent_away(client: Refused, refuses: Mapping[Shown, Gate], folder: Path) -> None:
    reset = client.told(refuses, "reset", folder)
    told = client.told(refuses, "protocol", folder)

    ends = {(ended["code"], ended["client_end"]) for ended in refuses[client.shown].endings()}
    assert ends == {("target.dial.refused", "rst"), ("target.dial.refused", "told")}
    assert all(words in told.text for words in client.says), told.text
    assert ("farshore: " in told.text) == (not client.cannot), told.text
    assert not BAD_CREDENTIALS.search(told.text)
    assert told.took_s < reset.took_s + HANGS_S
