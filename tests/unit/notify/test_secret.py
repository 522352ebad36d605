from pathlib import Path

import pytest
from pydantic import SecretStr

from farshore.config.notify import Secret
from farshore.notify.secret import Unreadable, hidden_in, host_of, read

URL = "https://user:pass1@hooks.slack.com/services/T0001/B0002/xyz%2Fw?key=k123&token=t/5+6#frag1"


def test_a_secret_is_read_from_where_it_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "url"
    path.write_text("https://one\n")
    secret = Secret(file=path)
    assert read(secret, {}) == "https://one"
    path.write_text("https://two")
    assert read(secret, {}) == "https://two"
    assert read(Secret(env="URL"), {"URL": " Bearer x "}) == "Bearer x"
    assert read(Secret(plain=SecretStr("https://three")), {}) == "https://three"


@pytest.mark.parametrize("content", ["", "\n", "two\nlines", "schlüssel", "a\0b"])
def test_what_cannot_be_one_is_refused_without_showing_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "url"
    path.write_text(content)
    for secret, place in ((Secret(file=path), str(path)), (Secret(env="URL"), "URL")):
        answer = read(secret, {"URL": content})
        assert isinstance(answer, Unreadable)
        assert place in answer.reason
        assert not content.strip() or content not in answer.reason


def test_what_is_not_there_is_told_by_its_place(tmp_path: Path) -> None:
    for secret, place in ((Secret(file=tmp_path / "no"), str(tmp_path / "no")), (Secret(env="URL"), "URL")):
        answer = read(secret, {})
        assert isinstance(answer, Unreadable)
        assert place in answer.reason
    assert isinstance(read(Secret(), {}), Unreadable)


def test_no_part_of_a_url_but_its_host_is_told() -> None:
    said = f"no {URL} and user pass1 T0001 B0002 xyz/w xyz%2Fw k123 t/5+6 frag1 at hooks.slack.com"
    told = hidden_in(said, [URL, "Bearer abcd1"])
    for part in ("user", "pass1", "T0001", "B0002", "xyz", "k123", "t/5", "frag1"):
        assert part not in told
    assert "hooks.slack.com" in told
    assert hidden_in("header abcd1 refused", ["Bearer abcd1"]) == "header *** refused"


def test_a_host_is_told_without_the_rest() -> None:
    assert host_of(URL) == "hooks.slack.com"
    assert host_of("http://u:p@[::1]:9093/x") == "[::1]:9093"
    assert host_of("http://h:99999/") == "no URL"
    assert host_of("/elsewhere") == ""
