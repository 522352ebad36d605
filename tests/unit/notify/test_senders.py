import json

import pytest
from tests.unit.notify.alerts import an_alert
from tests.unit.notify.endpoints import endpoint
from tests.unit.surface.seen import StoppedClock

from farshore.config.notify import Channel
from farshore.notify.answer import Taken
from farshore.notify.senders import Senders

# Apprise loads what Python 3.13 has no more.
pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")]


@pytest.mark.parametrize(
    ("kind", "path", "asked", "key"),
    [
        ("webhook", "/hook", "/hook", "schema"),
        ("google_chat", "/v1?key=k", "/v1?key=k&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD", "cardsV2"),
        ("slack", "/services/T", "/services/T", "blocks"),
        ("alertmanager", "/am/", "/am/api/v2/alerts", "labels"),
        ("alertmanager", "/api/v2/alerts", "/api/v2/alerts", "labels"),
        ("apprise", "/app/", "/app/", "title"),
    ],
)
async def test_each_kind_says_it_in_its_own_way(kind: str, path: str, asked: str, key: str) -> None:
    with endpoint() as server:
        url = f"{server.url.replace('http', 'json') if kind == 'apprise' else server.url}{path}"
        channel = Channel.model_validate({kind: {"url": {"env": "URL"}}})
        senders = Senders(StoppedClock(), {"URL": url})
        sender = senders.of(channel)
        assert await sender.send(an_alert()) == Taken()
        taken = server.next()
        await senders.aclose()
    body = json.loads(taken.body)
    assert taken.path == asked
    assert key in (body[0] if isinstance(body, list) else body)
    assert [alert.key for alert in sender.told_again()] == (["M01/r1"] if kind == "alertmanager" else [])


async def test_headers_and_labels_of_the_configuration_go_along() -> None:
    with endpoint() as server:
        within = {"url": {"env": "URL"}, "headers": {"X-Scope-OrgID": {"env": "ORG"}}, "labels": {"cluster": "eu-1"}}
        senders = Senders(StoppedClock(), {"URL": server.url, "ORG": "databases"})
        await senders.of(Channel.model_validate({"alertmanager": within})).send(an_alert())
        taken = server.next()
        await senders.aclose()
    assert taken.headers["x-scope-orgid"] == "databases"
    assert json.loads(taken.body)[0]["labels"]["cluster"] == "eu-1"


async def test_a_channel_that_is_nothing_is_a_mistake() -> None:
    senders = Senders(StoppedClock(), {})
    with pytest.raises(ValueError, match="nobody"):
        senders.of(Channel(name="nobody"))
    await senders.aclose()
