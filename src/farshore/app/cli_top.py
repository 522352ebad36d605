"""`farshore top` as it may be typed. As in `cli`, it imports its own work."""

from pathlib import Path

from farshore.app.exits import Exit, Refusal

DEFAULT_URL = "http://127.0.0.1:9809"


def top(*, url: str = DEFAULT_URL, token_file: Path | None = None) -> Exit | Refusal:
    """Watch a running gateway on this terminal: what works, what does not, why, and what to do; needs farshore[tui].

    Parameters
    ----------
    url
        Where its admin listener is; http://127.0.0.1:9809 if absent.
    token_file
        The file with the admin listener's token; the one that FARSHORE_ADMIN_TOKEN_FILE names if absent.
    """
    from farshore.app.top import top  # noqa: PLC0415

    return top(url, token_file)
