"""The known word that was most likely meant."""

import difflib
import re
from collections.abc import Iterable

_OTHER_NAMES = {
    "mssql": "sqlserver",
    "tds": "sqlserver",
    "sql-server": "sqlserver",
    "postgresql": "postgres",
    "pg": "postgres",
    "mariadb": "mysql",
    "tns": "oracle",
    "ssh": "sftp",
    "ftps": "ftp",
    "socks": "socks5",
    "http": "connect",
    "localapi": "tailscaled",
    "magicdns": "tailnet",
    "host": "pod",
}
_MAX_LENGTH = 32
_LIKENESS = 0.66


def did_you_mean(written: str, known: Iterable[str]) -> str | None:
    """The hint that names the nearest known word, or None."""
    meant = nearest(written, known)
    return f"did you mean {meant}?" if meant else None


def nearest(written: str, known: Iterable[str]) -> str | None:
    """The known word that is spelt most alike, case and punctuation aside, or is another name of the same thing."""
    by_bare = {_bare(word[:_MAX_LENGTH]): word for word in known}
    other_name = _OTHER_NAMES.get(written.lower())
    if other_name is not None and _bare(other_name) in by_bare:
        return other_name
    close = difflib.get_close_matches(_bare(written[:_MAX_LENGTH]), by_bare, n=1, cutoff=_LIKENESS)
    return by_bare[close[0]] if close else None


def _bare(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())
