"""A certificate for refusals is of no use without its key, nor the key without it."""

from collections.abc import Iterator

from farshore.config.model import Config
from farshore.config.problem import Finding


def findings(config: Config) -> Iterator[Finding]:
    """What is wrong with `refuse_tls:`."""
    tls = config.refuse_tls
    if tls is None or (tls.certificate is None) == (tls.key is None):
        return
    there, missing = ("certificate", "key") if tls.key is None else ("key", "certificate")
    yield Finding(
        loc=("refuse_tls", missing),
        expected=f"{missing}: beside {there}:",
        found="no such field",
        hint=f"where both stand in one file, write {there}'s path again",
    )
