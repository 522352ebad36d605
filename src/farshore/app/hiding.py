"""Which texts must never be written down: every secret that a configuration leads to, and those that a file names."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from farshore.app.exits import Exit, Refusal
from farshore.config.admin_token import bearer, read_token
from farshore.config.model import Config
from farshore.config.notify import Secret, secrets_of
from farshore.config.remedies import Control
from farshore.config.tailscaled import Tailscaled
from farshore.diagnosis.intake.sources import STANDARD_INPUT
from farshore.notify.secret import parts_of, read
from farshore.tailnet.control.http import Key, key_in_environment, key_in_file
from farshore.tailnet.control.plane import ControlError
from farshore.tailnet.supervisor.login import Key as AuthKey
from farshore.tailnet.supervisor.login import find_key
from farshore.watch.probes.login import Login, login_of

# What is shorter is no secret, and to take it out everywhere would spoil the text; in URLs plain words are longer.
SHORTEST, SHORTEST_PART = 8, 12
MAX_BYTES = 1 << 20


def known_secrets(config: Config | None, environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Every secret that the configuration leads to, longest first, so that none leaves a part of another behind.

    The keys of the control plane and of tailscaled, the admin token, the passwords of probes, the channels' URLs and
    headers, a collector's headers; without one, the key and the token that the environment names. Reads files; what
    cannot be read is no secret of this run.
    """
    key = find_key(Tailscaled() if config is None else config.tailscaled or Tailscaled(), environment)
    found = [key.secret, key.bare] if isinstance(key, AuthKey) else []
    found += [word.partition(" ")[2] for word in bearer(environment=environment).values()]
    if config is None:
        return _longest_first(found)
    if config.control is not None:
        found += _control(config.control, environment)
    token = None if config.admin_token_file is None else read_token(config.admin_token_file)
    found += [token] if isinstance(token, str) else []
    for written in (route.probe_login for route in config.routes if route.probe_login is not None):
        login = login_of(written, environment)
        found += [login.password] if isinstance(login, Login) else []
    sent = () if config.otel is None else config.otel.headers.values()
    for secret in (*sent, *(each for channel in config.notify for each in secrets_of(channel))):
        found += _sent(secret, environment)
    return _longest_first(found)


def hidden_by(file: Path | None, config: Config | None) -> tuple[str, ...] | Refusal:
    """The known secrets, and the lines of the file that the command line names (`--hide`)."""
    if file is None:
        return known_secrets(config)
    try:
        with ExitStack() as stack:
            opened = sys.stdin.buffer if str(file) == STANDARD_INPUT else stack.enter_context(file.open("rb"))
            lines = opened.read(MAX_BYTES).decode("utf-8", "replace").splitlines()
    except OSError as error:
        return Refusal(exit=Exit.USAGE, sentence=f"--hide: {file} cannot be read: {error.strerror}.")
    return tuple(sorted({*known_secrets(config), *filter(None, lines)}, key=len, reverse=True))


def _control(control: Control, environment: Mapping[str, str]) -> Iterator[str]:
    for path, variable in (
        (control.key_file, control.key_env),
        (control.client_secret_file, control.client_secret_env),
    ):
        key: Key | None = None
        if path is not None:
            key = key_in_file(path)
        elif variable is not None:
            key = key_in_environment(variable, environment)
        try:
            yield "" if key is None else key()
        except ControlError:
            continue


def _sent(secret: Secret, environment: Mapping[str, str]) -> Iterator[str]:
    """The text itself, and the parts of it that might be told by themselves."""
    text = read(secret, environment)
    if isinstance(text, str) and secret.plain is None:
        yield text
        yield from (part for part in parts_of(text) if len(part) >= SHORTEST_PART)


def _longest_first(secrets: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({each for each in secrets if len(each) >= SHORTEST}, key=lambda each: (-len(each), each)))
