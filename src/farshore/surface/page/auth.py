"""Who may look and who may change anything: a bearer token, or the cookie that a login leaves.

Without a token everybody may look, which is for loopback, and nobody may change anything. What changes something is a
POST with the token, and from a browser also from a page of this very listener.
"""

import hmac
from urllib.parse import parse_qs, quote, urlsplit

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

COOKIE = "farshore-token"
LONGEST_FORM = 4096
KEYLESS = "what changes something needs a token: name one by `admin_token_file:`"
LOOKING = frozenset({"GET", "HEAD"})


class Guarded:
    """An app that answers nobody without the token, but for the login and what it is drawn with."""

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        refusal = self._refusal(Request(scope)) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        is_looking = request.method in LOOKING
        is_open = request.url.path == "/login" or request.url.path.startswith("/static/")
        if self._token is None and not is_open:
            return None if is_looking else _told(403, KEYLESS)
        if self._token is not None and not is_open and not is_token(_shown(request), self._token):
            return self._ask(request)
        return None if is_looking or is_from_here(request) else _told(403, "this comes from another page")

    def _ask(self, request: Request) -> Response:
        if request.method in LOOKING and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(f"/login?next={quote(request.url.path)}", 303, {"cache-control": "no-store"})
        answer = _told(401, "a bearer token is needed, or a login")
        answer.headers["www-authenticate"] = "Bearer"
        return answer


def is_token(shown: str, token: str) -> bool:
    """Whether it is the token; how long that takes says nothing of how much of it is right."""
    return hmac.compare_digest(shown.encode(), token.encode())


def is_from_here(request: Request) -> bool:
    """Whether no other page than one of this listener has sent it: a browser says so in `Origin` (RFC 6454).

    Who shows a bearer token is no browser that was tricked, and need not say where it comes from.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return COOKIE not in request.cookies and "bearer" in request.headers.get("authorization", "").lower()
    try:
        return urlsplit(origin).netloc == request.headers.get("host", "") != ""
    except ValueError:
        return False


def inside(path: str) -> str:
    """Where to go after the login: a path of this listener, or its root."""
    is_path = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_path else "/"


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a small form; empty where it is none."""
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_FORM:
                return {}
        fields = parse_qs(body.decode("ascii"), max_num_fields=10)
    except (ClientDisconnect, ValueError):
        return {}
    return {name: values[0] for name, values in fields.items()}


def logged_in(token: str, to: str) -> Response:
    """Keep the token where no script can read it and no other site can make the browser send it."""
    answer = RedirectResponse(inside(to), 303, {"cache-control": "no-store"})
    answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", path="/")
    return answer


def logged_out() -> Response:
    """Forget it."""
    answer = RedirectResponse("/login", 303, {"cache-control": "no-store"})
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict", path="/")
    return answer


def _shown(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.cookies.get(COOKIE, "")


def _told(status: int, reason: str) -> Response:
    body = msgspec.json.encode({"error": reason})
    return Response(body, status, {"cache-control": "no-store"}, "application/json")
