from pathlib import Path

import pytest

from farshore.config.admin_token import ENVIRONMENT, BadToken, bearer, read_token

TOKEN = "0123456789abcdef"


def written(folder: Path, text: str) -> Path:
    path = folder / "token"
    path.write_text(text)
    return path


def test_white_space_around_it_is_not_part_of_it(tmp_path: Path) -> None:
    assert read_token(written(tmp_path, f"  {TOKEN}\n")) == TOKEN


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "16 to 512 characters"),
        (TOKEN[:-1], "16 to 512 characters"),
        ("x" * 513, "16 to 512 characters"),
        (f"{TOKEN} more", "only printable ASCII"),
        (f"{TOKEN};", "only printable ASCII"),
        (f"{TOKEN}é", "only printable ASCII"),
    ],
)
def test_what_is_no_token_is_refused_without_saying_it(tmp_path: Path, text: str, reason: str) -> None:
    told = read_token(written(tmp_path, text))
    assert isinstance(told, BadToken)
    assert reason in told.reason
    assert TOKEN not in told.reason


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    told = read_token(tmp_path / "none")
    assert told == BadToken(path=tmp_path / "none", reason="it cannot be read: No such file or directory")


def test_who_asks_takes_the_configured_file_before_the_environments(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("f" * 16)
    environment = {ENVIRONMENT: str(other)}
    assert bearer(written(tmp_path, TOKEN), environment) == {"authorization": f"Bearer {TOKEN}"}
    assert bearer(None, environment) == {"authorization": "Bearer " + "f" * 16}
    assert bearer(None, {}) == {}
    assert bearer(tmp_path / "none", {}) == {}
