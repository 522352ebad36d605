"""The control plane can be asked, and nobody has written a key into the file."""

import re
from collections.abc import Iterator

from farshore.config.model import Config
from farshore.config.problem import Finding, Loc
from farshore.config.remedies import Control, ControlKind, Mode

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_ONLY_TAILSCALE = ("client_id", "client_secret_file", "client_secret_env")
_KEYS = ("key_file", "key_env")
_SECRETS = ("client_secret_file", "client_secret_env")


def findings(config: Config) -> Iterator[Finding]:
    """What is wrong with `control:`, and with remedies that need it."""
    control = config.control
    if control is None:
        if config.remedies.move_route is Mode.AUTO:
            yield Finding(
                loc=("remedies", "move-route"),
                expected="control: beside move-route: auto",
                hint="only the control plane can move a route; write control:, or move-route: suggest",
                related=(("control",),),
            )
        return
    yield from _variables(control)
    if control.kind is ControlKind.HEADSCALE:
        yield from _headscale(control)
    yield from _credentials(control)


def _variables(control: Control) -> Iterator[Finding]:
    """What is quoted by nobody: it may be the secret itself."""
    for name, value in (("key_env", control.key_env), ("client_secret_env", control.client_secret_env)):
        if value is not None and not _VARIABLE.fullmatch(value):
            yield Finding(
                loc=("control", name),
                expected="the name of a variable, such as HEADSCALE_API_KEY",
                found="something else",
                hint="a key itself never stands in the file",
            )


def _headscale(control: Control) -> Iterator[Finding]:
    if control.url is None:
        yield Finding(
            loc=("control", "url"),
            expected="url: where headscale is, such as https://headscale.example",
            found="no such field",
        )
    for name in _ONLY_TAILSCALE:
        if getattr(control, name) is not None:
            yield Finding(
                loc=("control", name),
                expected="key_file: or key_env:",
                found=f"{name}:",
                hint="headscale has API keys only: headscale apikeys create",
            )


def _credentials(control: Control) -> Iterator[Finding]:
    keys, secrets = _given(control, _KEYS), _given(control, _SECRETS)
    around: tuple[Loc, ...] = tuple(("control", name) for name in (*_KEYS, *_ONLY_TAILSCALE))
    if len(keys) > 1 or len(secrets) > 1 or (keys and control.client_id is not None):
        yield Finding(loc=("control",), expected="one key", found="several", related=around)
    elif control.kind is ControlKind.HEADSCALE or control.client_id is None:
        if not keys:
            yield Finding(
                loc=("control", "key_file"), expected="key_file: or key_env:", found="neither", related=around
            )
    elif not secrets:
        yield Finding(
            loc=("control", "client_secret_file"),
            expected="client_secret_file: or client_secret_env: beside client_id:",
            found="neither",
            related=around,
        )


def _given(control: Control, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if getattr(control, name) is not None]
