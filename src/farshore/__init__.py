"""Farshore: a TCP gateway to private networks behind Tailscale that names the cause when they are out of reach.

The rooms, from the bottom up: `core` (the words), `wire` (protocols as bytes), `config` (one frozen value), `tailnet`
(what tailscaled knows), `gateway` (carries the bytes), `lab` and `surface` (a tailnet in one process; how people see
it), `app` (commands and wiring). A room imports only from rooms below its own.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from farshore.app.embedded import ConfigurationError as ConfigurationError
    from farshore.app.embedded import Unreachable as Unreachable
    from farshore.app.embedded import connect as connect
    from farshore.app.embedded import diagnose as diagnose
    from farshore.app.embedded import tunnel as tunnel

__all__ = ["ConfigurationError", "Unreachable", "__version__", "connect", "diagnose", "tunnel"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """What other programs use, imported when it is first asked for: the command line stays quick (PEP 562)."""
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from farshore.app import embedded  # noqa: PLC0415 - see above

    return getattr(embedded, name)
