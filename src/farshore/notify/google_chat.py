"""A message for a space of Google Chat: a card, in one thread per alert. Pure.

https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages and `…/v1/cards`: texts of a card are
HTML of a few tags, so they are escaped; only `text`, which is not used, knows mentions.
"""

import html
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from farshore.core.alerts import Alert
from farshore.notify.message import RUN, THEN_SEE, Message, message_of, plain, without_mentions

MAX_THREAD_KEY = 4000
_REPLY = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"


def encode(alert: Alert) -> bytes:
    """The body of the request."""
    message = message_of(alert)
    fallback = without_mentions(f"{message.headline}\n{plain(message)}").translate(_NO_BRACKETS)
    return msgspec.json.encode(
        {
            "fallbackText": fallback,
            "thread": {"threadKey": alert.key[:MAX_THREAD_KEY]},
            "cardsV2": [{"cardId": "farshore-alert", "card": _card(message)}],
        }
    )


def in_a_thread(url: str) -> str:
    """The webhook's URL, asking for an answer in the thread that `threadKey` names, or for a new one."""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != _OPTION]
    return urlunsplit(parts._replace(query=urlencode([*query, (_OPTION, _REPLY)])))


_OPTION = "messageReplyOption"
_NO_BRACKETS = str.maketrans("<>", "\u2039\u203a")


def _card(message: Message) -> dict[str, object]:
    widgets = [_labelled(fact.label, fact.text) for fact in message.facts]
    if message.command:
        widgets.append(_labelled(RUN, message.command))
    if message.verify:
        widgets.append(_labelled(THEN_SEE, message.verify))
    if message.link:
        opened = {"openLink": {"url": message.link}}
        widgets.append({"buttonList": {"buttons": [{"text": "Incident", "onClick": opened}]}})
    headline = {"textParagraph": {"text": f"<b>{html.escape(message.headline)}</b>"}}
    return {"sections": [{"widgets": [headline, *widgets]}]}


def _labelled(label: str, text: str) -> dict[str, object]:
    return {"decoratedText": {"topLabel": label, "text": html.escape(text).replace("\n", "<br>"), "wrapText": True}}
