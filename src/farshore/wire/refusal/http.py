"""HTTP: 503 (RFC 9110 section 15.6.4) to whatever is asked. A client that begins TLS is told nothing."""

import re

from farshore.wire.refusal.turn import Turn, Words

# A method is a token (RFC 9110 section 9.1), and nobody's is longer than this.
_METHOD = re.compile(rb"[A-Z]{1,32}(?: |\Z)")


class HttpRefuser:
    """Answers the first line of a request; the rest of it need not be read."""

    def __init__(self, words: Words) -> None:
        body = words.text.encode() + b"\n"
        self._answer = (
            b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
            b"Cache-Control: no-store\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        self._said = b""

    def receive(self, data: bytes) -> Turn:
        """See whether it is a request."""
        self._said += data
        if not self._said:
            return Turn()
        if not _METHOD.match(self._said):
            return Turn(is_over=True)
        return Turn(send=self._answer, is_over=True) if b"\n" in self._said else Turn()
