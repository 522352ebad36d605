import json
from pathlib import Path

import pytest
from tests.unit.notify.endpoints import Said, endpoint

from farshore.app.alert import trial, try_channels
from farshore.app.exits import Exit, Refusal
from farshore.notify.message import message_of

ROUTES = "routes: [{name: a, listen: 8082, target: 172.16.20.88:1433}]\n"


def a_file(folder: Path, section: str) -> Path:
    path = folder / "farshore.yaml"
    path.write_text(f"{ROUTES}{section}")
    return path


def test_each_channel_is_tried_now_and_says_what_came_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with endpoint() as well, endpoint(lambda _: Said(403, b"no")) as ill:
        section = (
            f"notify:\n- {{name: well, severities: [page], webhook: {{url: {{plain: '{well.url}/k3y12'}}}}}}\n"
            f"- {{name: ill, webhook: {{url: {{plain: '{ill.url}/k3y12'}}}}}}\n"
        )
        path = a_file(tmp_path, section)
        assert try_channels(path, None) is Exit.FAILED
        first, second = capsys.readouterr().out.splitlines()
        assert first.startswith("well: sent (")
        assert second.startswith("ill: failed: 403: no (")
        assert json.loads(well.next().body)["test"] is True
        assert ill.taken.qsize() == 1
        assert try_channels(path, "well") is Exit.OK
        assert capsys.readouterr().out.startswith("well: sent (")
        assert ill.taken.qsize() == 1


@pytest.mark.parametrize(
    ("section", "only", "sentence"),
    [
        ("", None, "has no `notify:`."),
        ("notify: [{slack: {url: {env: A}}}]", "chat", "has no channel chat; it has slack."),
        ("notify: [{slack: {}}]", None, "see all of it with `farshore check -c"),
    ],
)
def test_what_cannot_be_tried_is_said(tmp_path: Path, section: str, only: str | None, sentence: str) -> None:
    refusal = try_channels(a_file(tmp_path, section), only)
    assert isinstance(refusal, Refusal)
    assert refusal.exit is Exit.USAGE
    assert sentence in refusal.sentence


def test_a_test_says_that_it_is_one() -> None:
    assert message_of(trial(0.0)).headline.startswith("TEST: ")
