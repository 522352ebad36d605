from pathlib import Path

import pytest
from tests.unit.notify.alerts import an_alert
from tests.unit.notify.endpoints import Said, endpoint
from tests.unit.surface.seen import StoppedClock

from farshore.config.notify import Secret
from farshore.core.alerts import Alert
from farshore.notify.answer import Answer, NotTaken, Taken
from farshore.notify.http import Endpoint, OverHttp
from farshore.notify.post import Poster

pytestmark = pytest.mark.anyio


def body(alert: Alert) -> bytes:
    return alert.key.encode()


async def sent(where: Endpoint) -> Answer:
    poster = Poster(StoppedClock())
    try:
        return await OverHttp(where, poster, body).send(an_alert())
    finally:
        await poster.aclose()


async def test_an_alert_goes_to_the_url_and_with_the_headers_of_the_moment(tmp_path: Path) -> None:
    with endpoint() as server:
        url, token = tmp_path / "url", tmp_path / "token"
        url.write_text(f"{server.url}/old")
        token.write_text("Bearer old")
        where = Endpoint(
            url=Secret(file=url),
            headers={"Authorization": Secret(file=token)},
            address=lambda it: f"{it}?x",
            environment={},
        )
        assert await sent(where) == Taken()
        url.write_text(f"{server.url}/new")
        token.write_text("Bearer new")
        assert await sent(where) == Taken()
        told = [server.next(), server.next()]
    assert [(each.path, each.headers["authorization"]) for each in told] == [
        ("/old?x", "Bearer old"),
        ("/new?x", "Bearer new"),
    ]
    assert told[0].body == b"M01/r1"


async def test_what_cannot_be_read_may_come() -> None:
    answers = [
        await sent(Endpoint(url=Secret(env="URL"), environment={})),
        await sent(Endpoint(url=Secret(env="URL"), headers={"A": Secret(env="NO")}, environment={"URL": "http://h"})),
    ]
    assert answers == [
        NotTaken(reason="the environment has no variable URL", is_passing=True),
        NotTaken(reason="header A: the environment has no variable NO", is_passing=True),
    ]


async def test_an_endpoint_that_says_the_password_back_is_not_quoted() -> None:
    with endpoint(
        lambda request: Said(403, f"no {request.path} {request.headers['authorization']}".encode())
    ) as server:
        environment = {"URL": f"{server.url}/services/T0001?key=k3y12", "TOKEN": "Bearer tok3n"}
        answer = await sent(
            Endpoint(url=Secret(env="URL"), headers={"Authorization": Secret(env="TOKEN")}, environment=environment)
        )
    assert isinstance(answer, NotTaken)
    assert answer.reason.startswith("403: no ")
    for secret in ("T0001", "k3y12", "tok3n"):
        assert secret not in answer.reason
