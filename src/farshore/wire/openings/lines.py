"""Lines of a text protocol, as they arrive."""

from collections.abc import Iterator

from farshore.wire.openings.opening import MAX_GREETING_BYTES


class Lines:
    """Takes bytes, cut anywhere, and hands out whole lines without their ends, which are LF or CRLF."""

    __slots__ = ("_rest", "count")

    def __init__(self) -> None:
        self._rest = b""
        self.count = 0

    @property
    def begun(self) -> bytes:
        """What there is of a line whose end has not come yet."""
        return self._rest

    @property
    def is_too_long(self) -> bool:
        """Whether more has arrived than any greeting has."""
        return self.count > MAX_GREETING_BYTES

    def receive(self, data: bytes) -> Iterator[bytes]:
        """The lines that are whole by now."""
        self.count += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        return (line.removesuffix(b"\r") for line in whole)
