from contextlib import ExitStack
from pathlib import Path

from farshore.app.exits import Exit, Refusal
from farshore.app.listening import Wanted, admin_token, bind_all
from farshore.config.model import Config
from farshore.core.address import LOOPBACK, HostPort
from farshore.surface.http import HttpServer


def wanted(name: str, address: HostPort | None) -> Wanted:
    async def app(*_: object) -> None:
        raise AssertionError

    return Wanted(name=name, address=address, server=lambda _: HttpServer(app))


def test_what_has_an_address_is_bound_and_closed_with_the_stack() -> None:
    with ExitStack() as stack:
        bound = bind_all([wanted("health", None), wanted("admin", HostPort(LOOPBACK, 0))], stack)
        assert not isinstance(bound, Refusal)
        assert list(bound) == ["admin"]
        listening = bound["admin"].listening
        assert listening.getsockname()[1] > 0
    assert listening.fileno() == -1


def test_an_address_that_is_taken_is_refused_in_words() -> None:
    with ExitStack() as stack:
        first = bind_all([wanted("admin", HostPort(LOOPBACK, 0))], stack)
        assert not isinstance(first, Refusal)
        taken = HostPort(LOOPBACK, first["admin"].listening.getsockname()[1])
        told = bind_all([wanted("health", taken)], stack)
    assert isinstance(told, Refusal)
    assert (told.exit, "the health listener cannot listen" in told.sentence) == (Exit.NOT_BOUND, True)


def test_a_token_is_read_or_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "token"
    config = Config.model_validate({"routes": [], "admin_token_file": str(file)})
    missing = admin_token(config)
    file.write_text("0123456789abcdef\n")
    assert isinstance(missing, Refusal)
    assert missing.sentence.startswith(f"{file} holds no token for the admin listener: it cannot be read")
    assert admin_token(config) == "0123456789abcdef"
    assert admin_token(Config.model_validate({"routes": []})) is None
