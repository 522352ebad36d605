"""An auth key from an OAuth client secret, as `tailscale up` makes one (feature/oauthkey/oauthkey.go at v1.102.3).

The secret may carry attributes: `tskey-client-…?ephemeral=false&preauthorized=true&baseURL=https://…`.
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl

import msgspec

from farshore.wire.excerpt import one_line

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")

API = "https://api.tailscale.com"
ANSWER_S = 15.0

_TOO_MANY = HTTPStatus.TOO_MANY_REQUESTS
_TRUE, _FALSE = frozenset({"1", "t", "true"}), frozenset({"0", "f", "false"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A key for one login."""

    auth_key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMade:
    """Why there is no key, in one sentence without anything secret. `is_final`: asking again would not help."""

    sentence: str
    is_final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    secret: str = field(repr=False)
    ephemeral: bool
    preauthorized: bool
    api: str


class _Token(msgspec.Struct):
    access_token: str


class _Key(msgspec.Struct):
    key: str


async def make_key(client_secret: str, tags: tuple[str, ...], source: str) -> Made | NotMade:
    """Ask Tailscale's API for an auth key that is good once. Raises nothing that is to be expected."""
    import httpx2  # noqa: PLC0415 - costs a fifth of a second, and few need it

    if not tags:
        return NotMade(sentence="a node that logs in with an OAuth client secret needs `tags:`", is_final=True)
    terms = _read_terms(client_secret, source)
    if isinstance(terms, NotMade):
        return terms
    create = {"reusable": False, "ephemeral": terms.ephemeral, "preauthorized": terms.preauthorized, "tags": tags}
    try:
        async with httpx2.AsyncClient(timeout=ANSWER_S, follow_redirects=False) as client:
            form = {"client_id": "any", "client_secret": terms.secret, "grant_type": "client_credentials"}
            answer = await client.post(f"{terms.api}/api/v2/oauth/token", data=form)
            token = _read(answer, _Token, source)
            if isinstance(token, NotMade):
                return token
            answer = await client.post(
                f"{terms.api}/api/v2/tailnet/-/keys",
                json={"capabilities": {"devices": {"create": create}}},
                headers={"authorization": f"Bearer {token.access_token}"},
            )
            key = _read(answer, _Key, source)
    except httpx2.HTTPError as error:
        return NotMade(sentence=f"{terms.api} does not answer: {type(error).__name__}", is_final=False)
    return key if isinstance(key, NotMade) else Made(auth_key=key.key)


def _read_terms(client_secret: str, source: str) -> _Terms | NotMade:
    secret, _, attributes = client_secret.partition("?")
    found = dict(parse_qsl(attributes, keep_blank_values=True))
    ephemeral = _truth(found.pop("ephemeral", "true"))
    preauthorized = _truth(found.pop("preauthorized", "false"))
    api = found.pop("baseURL", API).rstrip("/")
    if found or ephemeral is None or preauthorized is None:
        expected = "ephemeral=BOOL, preauthorized=BOOL, baseURL=URL"
        return NotMade(sentence=f"what follows the ? in {source} is not understood; {expected} is", is_final=True)
    return _Terms(secret=secret, ephemeral=ephemeral, preauthorized=preauthorized, api=api)


def _truth(text: str) -> bool | None:
    word = text.lower()
    return True if word in _TRUE else False if word in _FALSE else None


def _read(answer: "httpx2.Response", kind: type[T], source: str) -> T | NotMade:
    status = answer.status_code
    if status != HTTPStatus.OK:
        is_final = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status != _TOO_MANY
        said = one_line(answer.content) or "without a reason"
        return NotMade(
            sentence=f"{answer.url.host} answered {status} to the secret in {source}: {said}", is_final=is_final
        )
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return NotMade(sentence=f"{answer.url.host} gave an answer that is not understood", is_final=False)
