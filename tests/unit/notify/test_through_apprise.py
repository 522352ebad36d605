import json
import logging
import sys
import threading

import pytest
from tests.unit.notify.alerts import an_alert, over
from tests.unit.notify.endpoints import Said, endpoint

from farshore.config.notify import Secret
from farshore.core.alerts import Severity
from farshore.notify.answer import NotTaken, Taken
from farshore.notify.through_apprise import ThroughApprise

# Apprise loads what Python 3.13 has no more.
pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")]


def through(url: str, *, try_s: float = 30.0) -> ThroughApprise:
    return ThroughApprise(Secret(env="URL"), {"URL": url}, try_s=try_s)


async def test_the_library_itself_delivers_it() -> None:
    with endpoint() as server:
        sender = through(f"json://127.0.0.1:{server.port}/k3y12")
        for alert in (an_alert(title="see @all"), an_alert(severity=Severity.WARNING), over()):
            assert await sender.send(alert) == Taken()
        sent = [json.loads(server.next().body) for _ in range(3)]
    assert [each["type"] for each in sent] == ["failure", "warning", "success"]
    assert "@all" not in sent[0]["title"]
    assert "Run: sudo systemctl restart tailscaled" in sent[0]["message"]


class Log(logging.Handler):
    """What reaches the log of the program."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


async def test_why_it_failed_is_told_without_the_url() -> None:
    log, root = Log(), logging.getLogger()
    root.addHandler(log)
    try:
        with endpoint(lambda _: Said(500)) as server:
            answer = await through(f"json://me:passw0rd@127.0.0.1:{server.port}/k3y12").send(an_alert())
        logging.getLogger("another").warning("heard")
    finally:
        root.removeHandler(log)
    assert isinstance(answer, NotTaken)
    assert answer.is_passing
    assert "500" in answer.reason
    for secret in ("passw0rd", "k3y12"):
        assert secret not in answer.reason
    assert log.lines == ["heard"]


async def test_it_follows_no_redirect() -> None:
    with endpoint() as private, endpoint(lambda _: Said(307, headers={"location": f"{private.url}/"})) as server:
        answer = await through(f"json://127.0.0.1:{server.port}/").send(an_alert())
        assert isinstance(answer, NotTaken)
        assert private.taken.empty()


async def test_what_is_no_service_will_never_be_one() -> None:
    answer = await through("nothing://k3y12").send(an_alert())
    assert isinstance(answer, NotTaken)
    assert not answer.is_passing
    assert "k3y12" not in answer.reason
    missing = await ThroughApprise(Secret(env="URL"), {}).send(an_alert())
    assert missing == NotTaken(reason="the environment has no variable URL", is_passing=True)


async def test_a_call_that_does_not_end_is_left_alone_and_stays_the_only_one() -> None:
    with endpoint(waits=True) as server:
        sender = through(f"json://127.0.0.1:{server.port}/", try_s=0.3)
        assert await sender.send(an_alert()) == NotTaken(reason="not done within 0.3 s", is_passing=True)
        assert await sender.send(an_alert()) == NotTaken(reason="the call before has not ended yet", is_passing=True)
        assert server.taken.qsize() == 1
        # Nothing that the interpreter would wait for at its end.
        assert not [thread for thread in threading.enumerate() if "ThreadPool" in thread.name and not thread.daemon]


def test_without_the_library_it_is_said_when_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ImportError):
        through("json://127.0.0.1/")


def test_nothing_has_to_be_told_again() -> None:
    assert through("json://127.0.0.1/").told_again() == ()
