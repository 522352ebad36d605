import pytest
from tests.unit.config.lines import ROUTE, loaded, only_problem

from farshore.config.tailscaled import Tailscaled


def settings(line: str) -> Tailscaled:
    outcome = loaded(f"routes: [{ROUTE}]\ntailscaled: {{{line}}}\n")
    assert outcome.config is not None, [str(problem) for problem in outcome.problems]
    assert outcome.config.tailscaled is not None
    return outcome.config.tailscaled


def mistake(line: str) -> str:
    return only_problem(f"routes: [{ROUTE}]\ntailscaled: {{{line}}}\n")


@pytest.mark.parametrize("program", ["tailscaled", "/usr/sbin/tailscaled"])
def test_a_program_is_a_name_or_an_absolute_path(program: str) -> None:
    assert settings(f"program: {program}").program == program


@pytest.mark.parametrize("program", ["./tailscaled", "bin/tailscaled", '""', "5"])
def test_anything_else_is_no_program(program: str) -> None:
    assert "tailscaled.program: expected a program: a name that is found in PATH" in mistake(f"program: {program}")


@pytest.mark.parametrize("field", ["state_dir", "auth_key_file"])
def test_files_have_absolute_paths(field: str) -> None:
    assert str(getattr(settings(f"{field}: /a/b"), field)) == "/a/b"
    assert f"tailscaled.{field}: expected an absolute path" in mistake(f"{field}: a/b")


@pytest.mark.parametrize("url", ["https://headscale.example.com", "http://10.200.0.1:8080", "https://[fd00::1]"])
def test_a_login_server_is_a_url(url: str) -> None:
    assert settings(f'login_server: "{url}/"').login_server == url


@pytest.mark.parametrize("url", ["headscale.example.com", "ftp://a", "https://a/b", "https://a?b", "https://[", "5"])
def test_anything_else_is_no_login_server(url: str) -> None:
    assert "tailscaled.login_server: expected the URL of a control server" in mistake(f'login_server: "{url}"')


def test_a_login_server_has_no_password_in_it() -> None:
    assert "a URL with a password in it ends in logs" in mistake("login_server: https://u:p@a")


def test_tags_and_hostname() -> None:
    written = settings("tags: [tag:a, tag:b-2], hostname: db-1")
    assert (written.tags, written.hostname) == (("tag:a", "tag:b-2"), "db-1")
    assert "expected a tag, such as tag:database-gateway, found web (did you mean tag:web?)" in mistake("tags: [web]")
    assert "expected a tag" in mistake('tags: ["tag:"]')
    assert "tailscaled.hostname: expected a machine's name" in mistake("hostname: a.b")
