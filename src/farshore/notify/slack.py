"""A message for a channel of Slack: blocks whose texts are taken as they are, and the same as text. Pure.

https://docs.slack.dev/reference/block-kit/blocks/rich-text-block: in a rich text block nothing is mark-up but what is
said to be. `text` stands in notifications, and in servers that know no blocks; there `&`, `<` and `>` are escaped
(https://docs.slack.dev/messaging/formatting-message-text), so that no `<!channel>` calls anybody.
"""

import msgspec

from farshore.core.alerts import Alert
from farshore.notify.message import THEN_SEE, Message, message_of, plain, shortened, without_mentions

MAX_HEADER = 150
MAX_TEXT = 3000

_Block = dict[str, object]


def encode(alert: Alert) -> bytes:
    """The body of the request."""
    message = message_of(alert)
    text = without_mentions(f"{message.headline}\n{plain(message)}")
    return msgspec.json.encode({"text": shortened(_escaped(text), MAX_TEXT), "blocks": _blocks(message)})


def _blocks(message: Message) -> list[_Block]:
    headline = {"type": "plain_text", "text": shortened(message.headline, MAX_HEADER), "emoji": False}
    parts: list[_Block] = []
    lines = [part for fact in message.facts for part in _labelled(fact.label, fact.text)]
    if message.link:
        lines.append({"type": "link", "url": message.link})
    if lines:
        parts.append({"type": "rich_text_section", "elements": lines})
    if message.command:
        parts.append({"type": "rich_text_preformatted", "elements": [_text(message.command)]})
    if message.verify:
        parts.append({"type": "rich_text_section", "elements": _labelled(THEN_SEE, message.verify)})
    blocks: list[_Block] = [{"type": "header", "text": headline}]
    return [*blocks, {"type": "rich_text", "elements": parts}] if parts else blocks


def _labelled(label: str, text: str) -> list[_Block]:
    return [_text(f"{label}: ", bold=True), _text(f"{text}\n")]


def _text(text: str, **style: bool) -> _Block:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
