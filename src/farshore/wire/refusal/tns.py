"""Oracle Net: REFUSE with an error stack to a CONNECT. The layout is that of `wire.tns`, whose sources hold here, too.

Drivers print their own text for the number and nothing of ours, so the number is the one whose text misleads least:
12543 is "destination host unreachable". 12541 would say that nobody listens where the gateway does, 12535 that time
was up, 12528 that a database was found. 12516 and 12528 are what a listener says when it cannot hand a client on,
12529 when its rules keep one out. None of them is about a name or a password.
"""

import struct

from farshore.wire import tns
from farshore.wire.first_message import FirstMessage
from farshore.wire.refusal.turn import Turn, Why, Words

_HEADER = struct.Struct(">HHBBH")
_REFUSE = 4
_BY_SYSTEM = 0x22
_NUMBERS = {Why.NO_WAY: 12543, Why.FULL: 12516, Why.NOT_ALLOWED: 12529, Why.ENDING: 12528}
# Whatever would open or close a level of the descriptor.
_TAMED = str.maketrans("()='\"\\", "[]:   ")


class TnsRefuser:
    """Waits for a whole CONNECT."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._said = b""

    def receive(self, data: bytes) -> Turn:
        """Answer it."""
        self._said += data
        match tns.first_message(self._said):
            case FirstMessage.INCOMPLETE:
                return Turn()
            case FirstMessage.HARMLESS:
                return Turn(send=_refuse(self._words), is_over=True)
            case FirstMessage.OTHER:
                return Turn(is_over=True)


def _refuse(words: Words) -> bytes:
    number = _NUMBERS[words.why]
    text = words.text.translate(_TAMED)
    told = (
        f"(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR={number})(ERROR_STACK=(ERROR=(CODE={number})(EMFI=4))"
        f"(ERROR=(BUF='{text}')(EMFI=1))))"
    ).encode()
    body = struct.pack(">BBH", _BY_SYSTEM, 0, len(told)) + told
    return _HEADER.pack(_HEADER.size + len(body), 0, _REFUSE, 0, 0) + body
