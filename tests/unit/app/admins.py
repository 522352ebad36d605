"""An admin listener that says what a test wants."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.unit.listeners import Answering, listening


@contextmanager
def admin_listener(documents: Mapping[str, bytes]) -> Iterator[str]:
    """Its URL; 404 for every path that has no document."""

    class Admin(Answering):
        def answer(self) -> tuple[int, bytes]:
            body = documents.get(self.path.partition("?")[0])
            return (404, b"") if body is None else (200, body)

    with listening(Admin) as url:
        yield url
