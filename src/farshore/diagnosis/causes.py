"""The whole catalogue, checked at import: no code twice, no dependency or rule that leads nowhere."""

import farshore.diagnosis.catalogue
from farshore.diagnosis.cause import Cause, words_of
from farshore.diagnosis.registry import RegistryError, entries


def checked(causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """The same, if they fit together.

    Raises:
        RegistryError: a code is there twice, a dependency names no cause, a rule has no words, nothing supports a
            cause, or no remedy mends it.
    """
    codes = [cause.code for cause in causes]
    for cause in causes:
        _refuse(cause.code, "is there twice", codes.count(cause.code) > 1)
        for root in cause.depends_on:
            _refuse(cause.code, f"depends on {root}, which does not exist", root not in codes or root == cause.code)
        rules = (*cause.decides, *cause.points, *cause.allows)
        _refuse(cause.code, "has no rule that supports it", not rules)
        _refuse(cause.code, "has no remedy", not cause.remedies)
        for rule in (*rules, *cause.rules_out, *cause.speaks_against):
            _refuse(cause.code, f"has a rule without words: {rule}", not words_of(rule))
    return causes


def _refuse(code: str, why: str, refused: bool) -> None:  # noqa: FBT001 - reads as a sentence where it is called
    if refused:
        msg = f"{code} {why}"
        raise RegistryError(msg)


CATALOGUE: tuple[Cause, ...] = checked(tuple(entries(farshore.diagnosis.catalogue, "CAUSE")))  # type: ignore[arg-type]
BY_CODE: dict[str, Cause] = {cause.code: cause for cause in CATALOGUE}
