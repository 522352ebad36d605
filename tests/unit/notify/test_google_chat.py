import json

from tests.unit.notify.alerts import an_alert

from farshore.notify.google_chat import encode, in_a_thread

WIDGETS = {"textParagraph", "decoratedText", "buttonList"}


def test_a_message_has_the_shape_that_is_documented() -> None:
    body = json.loads(encode(an_alert(command="one\ntwo")))
    assert set(body) == {"fallbackText", "thread", "cardsV2"}
    assert body["thread"] == {"threadKey": "M01/r1"}
    [card] = body["cardsV2"]
    assert set(card) == {"cardId", "card"}
    [section] = card["card"]["sections"]
    assert {kind for widget in section["widgets"] for kind in widget} == WIDGETS
    assert section["widgets"][0] == {"textParagraph": {"text": "<b>PAGE: clients of billing fail</b>"}}
    assert {"decoratedText": {"topLabel": "Run", "text": "one<br>two", "wrapText": True}} in section["widgets"]
    [button] = section["widgets"][-1]["buttonList"]["buttons"]
    assert button["onClick"]["openLink"]["url"] == "https://farshore.example/incidents/2026-03-04-1"


def test_nothing_in_it_is_mark_up_or_calls_anybody() -> None:
    hostile = "<users/all> <a href=x>@all</a> & co"
    body = encode(an_alert(title=hostile, subject=hostile, command=hostile)).decode()
    assert "<users/all>" not in body
    assert "<a href" not in body
    assert "&lt;users/all&gt;" in body
    fallback = json.loads(body)["fallbackText"]
    assert "<" not in fallback
    assert "@all" not in fallback


def test_a_message_answers_in_the_thread_of_its_alert() -> None:
    asked = in_a_thread("https://chat.googleapis.com/v1/spaces/A/messages?key=k%2B1&token=t%3D&messageReplyOption=X")
    assert asked == (
        "https://chat.googleapis.com/v1/spaces/A/messages?key=k%2B1&token=t%3D"
        "&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
    )
