"""One epoll for all relayed sockets, read whenever the event loop says that it has something.

Registering a socket with the loop itself costs nine `epoll_ctl` calls on uvloop and several objects on asyncio; here
it is one call. Both loops serve it equally, because to them it is a single descriptor that becomes readable. A socket
that keeps being the only one of its turn pays twice for that, and moves to the loop's own readers.
"""

import select
from asyncio import AbstractEventLoop
from collections.abc import Callable

EVENTS_PER_TURN = 256
TURNS_ALONE = 32
_IN = select.EPOLLIN
_OUT = select.EPOLLOUT

Callback = Callable[[], None]
Mistaken = Callable[[int, Exception], None]


class Poller:
    """Calls back when a descriptor can be read or written; level-triggered, one reader and one writer each.

    A callback may be called once too often (its descriptor number may have been closed and reused within the same
    turn), so it must bear with EAGAIN. Descriptors have to be taken off before they are closed. An exception in a
    callback is a bug: `mistaken` is told which descriptor it was, and the others of the turn are served.
    """

    def __init__(self, loop: AbstractEventLoop, mistaken: Mistaken) -> None:
        self.loop = loop
        self._mistaken = mistaken
        self._epoll = select.epoll()
        self._readers: dict[int, Callback] = {}
        self._writers: dict[int, Callback] = {}
        self._turns_alone: dict[int, int] = {}
        self._moved: set[int] = set()
        loop.add_reader(self._epoll.fileno(), self._on_events)

    def __len__(self) -> int:
        return len(self._readers.keys() | self._writers.keys())

    def add_reader(self, fd: int, callback: Callback) -> None:
        """Call back whenever there is something to read; replaces the reader before."""
        if fd not in self._readers:
            if fd in self._writers:
                self._epoll.modify(fd, _IN | _OUT)
            else:
                self._epoll.register(fd, _IN)
        self._readers[fd] = callback

    def add_writer(self, fd: int, callback: Callback) -> None:
        """Call back whenever there is room to write; replaces the writer before."""
        if fd not in self._writers:
            if fd in self._readers and fd not in self._moved:
                self._epoll.modify(fd, _IN | _OUT)
            else:
                self._epoll.register(fd, _OUT)
        self._writers[fd] = callback

    def remove_reader(self, fd: int) -> None:
        """Stop reading. Idempotent."""
        if self._readers.pop(fd, None) is None:
            return
        self._turns_alone.pop(fd, None)
        if fd in self._moved:
            self._moved.discard(fd)
            self.loop.remove_reader(fd)
        elif fd in self._writers:
            self._epoll.modify(fd, _OUT)
        else:
            self._epoll.unregister(fd)

    def remove_writer(self, fd: int) -> None:
        """Stop writing. Idempotent."""
        if self._writers.pop(fd, None) is None:
            return
        if fd in self._readers and fd not in self._moved:
            self._epoll.modify(fd, _IN)
        else:
            self._epoll.unregister(fd)

    def catch_up(self) -> None:
        """Serve now what is ready by now. For timers: after a stall uvloop calls them before it looks at descriptors.

        Must not be called from one of the callbacks.
        """
        self._on_events()

    def close(self) -> None:
        """Call nobody back any more."""
        if not self._epoll.closed:
            self.loop.remove_reader(self._epoll.fileno())
            for fd in self._moved:
                self.loop.remove_reader(fd)
            self._moved.clear()
            self._epoll.close()
            self._readers.clear()
            self._writers.clear()

    def _on_events(self) -> None:
        readers, writers = self._readers, self._writers
        ready = self._epoll.poll(0, EVENTS_PER_TURN)
        for fd, events in ready:
            try:
                if events & ~_OUT and fd in readers and fd not in self._moved:
                    readers[fd]()
                if events != _IN and fd in writers and events & ~_IN:
                    writers[fd]()
            except Exception as error:  # noqa: BLE001 - one connection's mistake must not cost the others their turn
                self._mistaken(fd, error)
        if len(ready) == 1:
            self._note_alone(ready[0][0])

    def _note_alone(self, fd: int) -> None:
        if fd not in self._readers or fd in self._writers:
            return
        turns = self._turns_alone[fd] = self._turns_alone.get(fd, 0) + 1
        if turns >= TURNS_ALONE:
            self._turns_alone.clear()
            self._epoll.unregister(fd)
            self._moved.add(fd)
            self.loop.add_reader(fd, self._read_alone, fd)

    def _read_alone(self, fd: int) -> None:
        try:
            if fd in self._readers:
                self._readers[fd]()
        except Exception as error:  # noqa: BLE001 - as above
            self._mistaken(fd, error)
