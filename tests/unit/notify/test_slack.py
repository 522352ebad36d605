import json
from typing import Any

from tests.unit.notify.alerts import an_alert

from farshore.notify.slack import MAX_HEADER, MAX_TEXT, encode


def texts(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, dict):
        here = [node] if node.get("type") == "text" else []
        return [*here, *(found for value in node.values() for found in texts(value))]
    return [found for each in node for found in texts(each)] if isinstance(node, list) else []


def test_a_message_has_the_shape_that_is_documented() -> None:
    body = json.loads(encode(an_alert()))
    header, rich = body["blocks"]
    assert header == {
        "type": "header",
        "text": {"type": "plain_text", "text": "PAGE: clients of billing fail", "emoji": False},
    }
    assert [part["type"] for part in rich["elements"]] == [
        "rich_text_section",
        "rich_text_preformatted",
        "rich_text_section",
    ]
    command = rich["elements"][1]["elements"]
    assert command == [{"type": "text", "text": "sudo systemctl restart tailscaled"}]
    assert {"type": "text", "text": "Cause: ", "style": {"bold": True}} in rich["elements"][0]["elements"]
    assert rich["elements"][0]["elements"][-1]["url"].startswith("https://farshore.example/")


def test_no_text_is_mark_up_or_calls_anybody() -> None:
    hostile = "<!channel> <@U1> @here ```x``` & *b*"
    body = json.loads(encode(an_alert(title=hostile, subject=hostile, command=hostile)))
    # Within a rich text block a text is what it says; nowhere is there a text object of Slack's own mark-up.
    assert '"mrkdwn"' not in json.dumps(body)
    assert hostile in {each["text"] for each in texts(body)}
    assert "<" not in body["text"]
    assert "&lt;!channel&gt;" in body["text"]
    assert "@here" not in body["text"]


def test_it_keeps_to_the_limits_that_slack_refuses_beyond() -> None:
    body = json.loads(encode(an_alert(title="t" * 500, subject="<" * 3000, command="<" * 3000)))
    assert len(body["blocks"][0]["text"]["text"]) == MAX_HEADER
    assert len(body["text"]) == MAX_TEXT


def test_a_message_without_facts_is_its_headline() -> None:
    assert [block["type"] for block in json.loads(encode(an_alert(command="", link="")))["blocks"]] == [
        "header",
        "rich_text",
    ]
