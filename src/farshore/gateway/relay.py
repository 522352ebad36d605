"""The two directions of a joined connection: passed on as they are, or read on the way where a route speaks FTP."""

from collections.abc import Callable
from socket import SO_OOBINLINE, SOL_SOCKET, socket
from typing import TYPE_CHECKING

from farshore.config.model import Protocol, Redirects
from farshore.core.redirected import DataPathHidden
from farshore.gateway.ftp_data import Control, ends_of, passive_address
from farshore.gateway.peer import label
from farshore.gateway.pipes import Pipes
from farshore.gateway.poller import Poller
from farshore.gateway.pump import Ends, Pump
from farshore.gateway.redirects import onward, tell_of
from farshore.wire.ftp import ControlChannel
from farshore.wire.onward import Onward
from farshore.wire.redirect import Listener, TdsListener, TnsListener

if TYPE_CHECKING:
    from farshore.gateway.household import Household
    from farshore.gateway.session import Session

Change = Callable[[bytes], bytes]
Rest = Callable[[], bytes]
Heard = Callable[[Listener], None]
_LISTENERS: dict[str, Callable[[], Listener]] = {Protocol.SQLSERVER: TdsListener, Protocol.ORACLE: TnsListener}


class ReadPump(Pump):
    """One direction whose bytes are read, and changed by `change`, before they are passed on.

    When the source has ended, `rest` gives what `change` has held back.
    """

    __slots__ = ("_change", "_rest", "ended")

    def __init__(  # noqa: PLR0913, PLR0917 - a pump's, and two more
        self, source: socket, sink: socket, ends: Ends, pipes: Pipes, poller: Poller, change: Change, rest: Rest
    ) -> None:
        super().__init__(source, sink, ends, pipes, poller)
        self._change = change
        self._rest = rest
        self.ended: Callable[[], None] = _nothing

    def stop(self) -> None:
        """As any pump; `ended` is told of it, maybe more than once."""
        super().stop()
        self.ended()

    def start(self, already_read: bytes) -> None:
        """Pass on what was read before, then begin to read."""
        if already_read:
            self._take_in(already_read)
        if not self._held and not self.stopped:
            self._read()

    def say(self, data: bytes) -> None:
        """Send something of one's own, behind what was passed on before."""
        self._ends.last_spoke = self
        if self._held:
            self._held += data
        elif not self.stopped:
            self._write(data)

    def _on_readable(self) -> None:
        try:
            count = self._recv_into(self._buffer)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail_source(error)
            return
        if count:
            self._take_in(bytes(self._buffer[:count]))
        else:
            self._finish()

    def _finish(self) -> None:
        if rest := self._rest():
            self._write(rest)
        # What the sink does not take yet goes first; then the end is read once more.
        if not self._held and not self.stopped:
            super()._finish()

    def _take_in(self, data: bytes) -> None:
        if not self.total_bytes:
            self._ends.first_bytes_passed(self, data)
        self.total_bytes += len(data)
        self._ends.last_spoke = self
        changed = self._change(data)
        if changed and not self.stopped:
            self._write(changed)


class AnswerPump(ReadPump):
    """One direction whose first answer may be rewritten; from then on one as any other."""

    __slots__ = ("_answer",)

    def __init__(  # noqa: PLR0913, PLR0917 - a pump's, and one more
        self, source: socket, sink: socket, ends: Ends, pipes: Pipes, poller: Poller, answer: Onward
    ) -> None:
        super().__init__(source, sink, ends, pipes, poller, answer.change, answer.rest)
        self._answer = answer

    def _on_readable(self) -> None:
        if self._answer.is_over:
            super(ReadPump, self)._on_readable()
        else:
            super()._on_readable()


class ListeningPump(Pump):
    """One direction that is listened to as long as `listener` wants to hear more; nothing is changed."""

    __slots__ = ("_heard", "_listener")

    def __init__(  # noqa: PLR0913, PLR0917 - a pump's, and two more
        self, source: socket, sink: socket, ends: Ends, pipes: Pipes, poller: Poller, listener: Listener, heard: Heard
    ) -> None:
        super().__init__(source, sink, ends, pipes, poller)
        self._listener: Listener | None = listener
        self._heard = heard

    def start(self, already_read: bytes) -> None:
        """Pass on what was read before, then begin to read."""
        self._listen(already_read)
        super().start(already_read)

    def _on_readable(self) -> None:
        if self._listener is None:
            super()._on_readable()
            return
        before = self.total_bytes
        super()._on_readable()
        self._listen(bytes(self._buffer[: self.total_bytes - before]))

    def _listen(self, data: bytes) -> None:
        listener = self._listener
        if listener is not None and data and not listener.hear(data):
            self._listener = None
            self._heard(listener)


def directions(session: "Session", upstream: socket, house: "Household") -> tuple[Pump, Pump]:
    """To the target and to the client."""
    if session.route.protocol == Protocol.FTP:
        return _read_on_the_way(session, upstream, house)
    up = Pump(session.client, upstream, session, house.pipes, house.poller)
    if session.route.redirects is Redirects.REWRITE:
        answer = onward(session, house)
        return up, AnswerPump(upstream, session.client, session, house.pipes, house.poller, answer)
    listen = _LISTENERS.get(session.route.protocol)
    if listen is None:
        return up, Pump(upstream, session.client, session, house.pipes, house.poller)

    def heard(listener: Listener) -> None:
        if listener.to:
            tell_of(listener.to, session.route, label(session.peer), house)

    return up, ListeningPump(upstream, session.client, session, house.pipes, house.poller, listen(), heard)


def _read_on_the_way(session: "Session", upstream: socket, house: "Household") -> tuple[Pump, Pump]:
    """Those of an FTP control connection."""
    client, route = session.client, session.route
    # A client that aborts a transfer sends its words urgently, the last byte out of band (RFC 959 section 4.1.3).
    client.setsockopt(SOL_SOCKET, SO_OOBINLINE, 1)
    near, far = ends_of(upstream, session.path)
    control = Control(
        route=route, path=session.path, client=session.peer, address=client.getsockname()[0], near=near, far=far
    )
    ports, keepalive = house.data_ports, house.surroundings.keepalive
    channel = ControlChannel(
        lambda port: ports.open(control, port, keepalive),
        lambda there: ports.open_back(control, there, keepalive),
        passive_address(control),
        lambda: house.announce(DataPathHidden(route=route.name, client=label(session.peer))),
    )

    def from_client(data: bytes) -> bytes:
        said = channel.from_client(data)
        if said.back:
            down.say(said.back)
        return said.on

    pipes, poller = house.pipes, house.poller
    up = ReadPump(client, upstream, session, pipes, poller, from_client, channel.rest_of_client)
    down = ReadPump(upstream, client, session, pipes, poller, channel.from_server, channel.rest_of_server)
    down.ended = lambda: house.data_ports.close(control)
    return up, down


def _nothing() -> None:
    """Nobody waits for it."""
