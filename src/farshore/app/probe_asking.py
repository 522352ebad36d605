"""What `farshore probe` does at a target beyond its greeting: logs in as the route's `probe_login` and asks."""

from collections.abc import Mapping
from dataclasses import replace

from farshore.app.exits import Exit, Refusal
from farshore.config.model import Route
from farshore.watch.probes.asking import Asking, session_of
from farshore.watch.probes.kind import kind_of
from farshore.watch.probes.login import Unreadable, login_of
from farshore.watch.probes.run import ProbeOrder
from farshore.watch.probes.session import MissingExtraError, need


def order_of(written: Route, route: str, query: str | None, environment: Mapping[str, str]) -> ProbeOrder | Refusal:
    """What a probe of the route of that name does; `query` takes the place of the one that is configured.

    Without a login it hears the greeting. Whatever would make every probe fail is refused here, before the first.
    """
    kind = kind_of(written.protocol)
    if written.probe_login is None:
        if query is None:
            return ProbeOrder(kind=kind)
        return _usage(f"--query needs a login: write `probe_login:` for the route {route}, see docs/probes.md.")
    session = session_of(written.protocol)
    if session is None:
        return _usage(f"nobody logs in to a target of protocol {written.protocol}; leave `probe_login:` out.")
    try:
        need(session)
    except MissingExtraError as error:
        return _usage(f"the route {route} cannot be asked: {error}.")
    login = login_of(written.probe_login, environment)
    if isinstance(login, Unreadable):
        return _usage(f"the login of the route {route} cannot be had: {login.detail}.")
    asked = login if query is None else replace(login, query=query)
    return ProbeOrder(kind=kind, asking=Asking(session=session, login=asked))


def query_of(order: ProbeOrder) -> str | None:
    """What it asks after a login; None where it hears the greeting."""
    if order.asking is None:
        return None
    return order.asking.login.query or order.asking.session.default_query


def _usage(sentence: str) -> Refusal:
    return Refusal(exit=Exit.USAGE, sentence=sentence)
