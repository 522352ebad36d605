"""What is asked of a gateway, and what it is called when nobody answers."""

import msgspec
from tests.unit.app.admins import admin_listener

from farshore.app.admin import Admin, ask
from farshore.app.exits import Exit, Refusal


class Note(msgspec.Struct, frozen=True):
    text: str


def note(gateway: Admin) -> Note:
    return gateway.get("/note", Note, limit=3)


def test_a_document_is_read() -> None:
    with admin_listener({"/note": b'{"text": "well"}'}) as url:
        assert ask(url, note) == Note("well")


def test_who_is_no_gateway_is_refused_by_its_address() -> None:
    with admin_listener({"/note": b"<html>"}) as url:
        answer = ask(url, note)
    assert isinstance(answer, Refusal)
    assert answer.exit is Exit.NOT_REACHED
    assert f"at {url} (what answered is not a gateway's admin listener)" in answer.sentence


def test_a_password_in_the_address_is_not_said_again() -> None:
    with admin_listener({"/note": b"<html>"}) as url:
        answer = ask(url.replace("://", "://ops:hunter2-hunter2@"), note)
    assert isinstance(answer, Refusal)
    assert "hunter2" not in answer.sentence
    assert f"at {url} (" in answer.sentence
