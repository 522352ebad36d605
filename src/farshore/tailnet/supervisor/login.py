"""How the child comes into its tailnet: where the key is, what tailscaled is told, and why it was refused.

A key goes into the body of a LocalAPI request and nowhere else: never on a command line, in a log or in an exception.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from farshore.config.tailscaled import Tailscaled

VARIABLES = ("TS_AUTH_KEY", "TS_AUTHKEY", "OAUTH_CLIENT_SECRET")
CLIENT_SECRET = "tskey-client-"  # noqa: S105 - what one begins with
MAX_KEY_BYTES = 4096

_FILE = "file:"
_LAST_ERROR = "The last login error was: "
# What tailscaled says of a control server that it could not ask (control/controlclient/direct.go at v1.102.3).
_NOT_ASKED = ("fetch control key", "create control key", "getNoiseClient", "getMachinePrivKey", "register request")
_KNOWN_ALREADY = ("Tailscale is starting", "Tailscale is stopped", "You are logged out")
_REFUSED_IN_HTTP = "register request: http 4"
_BUSY = "register request: http 429"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An auth key or OAuth client secret; `source` is the variable or file that it came from."""

    source: str
    secret: str = field(repr=False)
    is_client_secret: bool

    @property
    def bare(self) -> str:
        """The secret without its attributes (`?ephemeral=false`)."""
        return self.secret.partition("?")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoKey:
    """Why no key could be had although one was named. Holds nothing secret."""

    sentence: str


def find_key(settings: Tailscaled, environment: Mapping[str, str]) -> Key | NoKey | None:
    """The key to log in with: the file's, or the first variable's that is set. None where none was named."""
    if settings.auth_key_file is not None:
        return _from_file(settings.auth_key_file, "auth_key_file")
    for variable in VARIABLES:
        value = environment.get(variable, "").strip()
        if not value:
            continue
        if value.startswith(_FILE):
            return _from_file(Path(value.removeprefix(_FILE)), variable)
        return _key(value, variable, is_client_secret=variable == VARIABLES[2])
    return None


def preferences(settings: Tailscaled, hostname: str) -> dict[str, object]:
    """What tailscaled is told to be (ipn/prefs.go at v1.102.3); whatever is left out is off."""
    return {
        "ControlURL": settings.login_server or "",
        "RouteAll": settings.accept_routes,
        "WantRunning": True,
        "LoggedOut": False,
        "CorpDNS": False,
        "Hostname": settings.hostname or hostname,
        "AdvertiseTags": list(settings.tags),
    }


def differs(current: Mapping[str, object], wanted: Mapping[str, object]) -> bool:
    """Whether tailscaled's preferences have to be written; an absent list or text is an empty one."""
    return any((current.get(name) or _EMPTY) != (value or _EMPTY) for name, value in wanted.items())


_EMPTY = ""


def refusal_in(health: tuple[str, ...], key: Key | None, clean: Callable[[str], str]) -> str:
    """Why the control server does not let this node in, as a sentence; empty while it was only out of reach."""
    for message in health:
        _, found, error = message.partition(_LAST_ERROR)
        if not found or error.startswith(_BUSY):
            continue
        if error.startswith(_NOT_ASKED) and not error.startswith(_REFUSED_IN_HTTP):
            continue
        if key is None:
            return f"tailscaled cannot log in because the control server said: {clean(error)}"
        return (
            f"tailscaled cannot log in because the control server refused the key in {key.source}: {clean(error)}; "
            f"make a new key, and set {key.source} to it"
        )
    return ""


def trouble_in(health: tuple[str, ...], clean: Callable[[str], str]) -> str:
    """What tailscaled itself says is in its way, if it says anything that a person does not know already."""
    for message in health:
        _, found, error = message.partition(_LAST_ERROR)
        if found or not message.startswith(_KNOWN_ALREADY):
            return clean(error or message)
    return ""


def _from_file(path: Path, named_by: str) -> Key | NoKey:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_KEY_BYTES)
    except OSError as error:
        return NoKey(sentence=f"the key's file {path}, named by {named_by}, cannot be read: {error.strerror}")
    value = content.decode("utf-8", "replace").strip()
    if not value:
        return NoKey(sentence=f"the key's file {path}, named by {named_by}, is empty")
    return _key(value, str(path), is_client_secret=False)


def _key(value: str, source: str, *, is_client_secret: bool) -> Key | NoKey:
    if not value.isprintable() or " " in value:
        return NoKey(sentence=f"what is in {source} is no key: there is a space or a line break in it")
    return Key(source=source, secret=value, is_client_secret=is_client_secret or value.startswith(CLIENT_SECRET))
