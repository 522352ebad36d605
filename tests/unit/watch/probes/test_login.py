from pathlib import Path

from farshore.config.probe_login import Password, ProbeLogin
from farshore.watch.probes.login import MAX_PASSWORD_BYTES, Login, Unreadable, login_of


def test_a_password_is_read_from_a_file_and_shown_by_nothing(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("Secret123!\n")
    login = login_of(ProbeLogin(user="a", password=Password(file=file), query="SELECT 2"), {})
    assert login == Login(user="a", password="Secret123!", query="SELECT 2")
    assert "Secret" not in repr(login)


def test_a_password_is_read_from_the_environment() -> None:
    login = login_of(ProbeLogin(user="a", password=Password(env="B")), {"B": "Secret123!"})
    assert isinstance(login, Login)
    assert login.password == "Secret123!"


def test_no_password_is_an_empty_one() -> None:
    assert login_of(ProbeLogin(user="a"), {}) == Login(user="a")


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    empty, long = tmp_path / "empty", tmp_path / "long"
    empty.write_text("\n")
    long.write_text("x" * (MAX_PASSWORD_BYTES + 1))
    for file in (empty, long):
        assert login_of(ProbeLogin(user="a", password=Password(file=file)), {}) == Unreadable(
            detail=f"{file}: no password of 1 to {MAX_PASSWORD_BYTES} bytes"
        )
    missing = login_of(ProbeLogin(user="a", password=Password(file=tmp_path / "missing")), {})
    assert missing == Unreadable(detail=f"{tmp_path / 'missing'}: No such file or directory")
    unset = login_of(ProbeLogin(user="a", password=Password(env="B")), {"B": ""})
    assert unset == Unreadable(detail="the environment has no variable B, or it is empty")
