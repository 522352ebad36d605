"""The token of the admin listener: read from its file by the gateway, and by whoever asks it. Reads files."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SHORTEST, LONGEST = 16, 512
# Names the file for commands that ask a gateway.
ENVIRONMENT = "FARSHORE_ADMIN_TOKEN_FILE"
_UNFIT = frozenset('"\\,;')


@dataclass(frozen=True, slots=True, kw_only=True)
class BadToken:
    """Why a file's content is no token; it holds nothing of it."""

    path: Path
    reason: str


def read_token(path: Path) -> str | BadToken:
    """The token in a file, without the white space around it; it has to fit into a header and a cookie (RFC 6265)."""
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST * 2)
    except OSError as error:
        return BadToken(path=path, reason=f"it cannot be read: {error.strerror}")
    text = data.decode("ascii", errors="replace").strip()
    if not SHORTEST <= len(text) <= LONGEST:
        return BadToken(path=path, reason=f"it has to hold {SHORTEST} to {LONGEST} characters")
    if not all("!" <= char <= "~" and char not in _UNFIT for char in text):
        return BadToken(path=path, reason="only printable ASCII without white space, quotes, commas or semicolons fits")
    return text


def bearer(file: Path | None = None, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The header to ask a gateway with: of a configured token file, else of the one that the environment names."""
    named = environment.get(ENVIRONMENT)
    chosen = file or (Path(named) if named else None)
    token = None if chosen is None else read_token(chosen)
    return {"authorization": f"Bearer {token}"} if isinstance(token, str) else {}
