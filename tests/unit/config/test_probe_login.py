import pytest
from pydantic import ValidationError

from farshore.config.probe_login import Password, ProbeLogin


def test_a_user_is_enough() -> None:
    login = ProbeLogin(user="probe")
    assert (login.password, login.database, login.query) == (None, None, None)


def test_no_password_can_stand_in_the_file() -> None:
    with pytest.raises(ValidationError):
        Password.model_validate({"plain": "Secret123!"})
