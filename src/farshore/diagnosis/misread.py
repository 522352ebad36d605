"""What a misreading is: a claim that people make from such evidence, and the facts that refute it by name."""

from collections.abc import Callable
from dataclasses import dataclass

import farshore.diagnosis.misreadings
from farshore.diagnosis.cause import Ground
from farshore.diagnosis.facts.statements import StatementMade
from farshore.diagnosis.index import Index
from farshore.diagnosis.registry import RegistryError, entries
from farshore.diagnosis.verdict import Misread

MAX_MADE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """Words that make a statement a claim: at least one of each group, and none of `never`.

    A group is words or phrases in lower case that mean the same thing; they are looked for as they stand, so `reset`
    also finds `resets`. No name, address or figure of anybody's belongs here.
    """

    groups: tuple[tuple[str, ...], ...]
    never: tuple[str, ...] = ()

    def holds(self, text: str) -> bool:
        """Whether a statement makes the claim."""
        lowered = text.lower()
        if any(word in lowered for word in self.never):
            return False
        return all(any(word in lowered for word in group) for group in self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class Misreading:
    """One entry. Adding one is adding `misreadings/fNN.py` with a `MISREADING`, and one labelled case.

    A claim is recognised in what somebody wrote (`claims`: any one suffices). `refuted_by` are pure rules over all
    facts; each returns the ground that contradicts the claim, or None. Without a ground the claim is not listed: it
    may be right. `truth` says what such evidence does show, for everybody, with its source.
    """

    id: str
    claim: str
    truth: str
    claims: tuple[Says, ...]
    refuted_by: tuple[Callable[[Index], Ground | None], ...]

    def check(self, index: Index) -> Misread | None:
        """The misreading as it stands in the input; None if nobody makes it, or nothing refutes it."""
        made = self.made(index)
        if not made:
            return None
        because = tuple(ground for refute in self.refuted_by if (ground := refute(index)) is not None)
        if not because:
            return None
        return Misread(id=self.id, claim=self.claim, truth=self.truth, made=made[:MAX_MADE], because=because)

    def made(self, index: Index) -> tuple[StatementMade, ...]:
        """The statements that make the claim: by themselves, or else together with what they stand under."""
        statements = index.of(StatementMade)
        alone = tuple(each for each in statements if self._is_made_by(each.text))
        return alone or tuple(each for each in statements if self._is_made_by(f"{each.heading}: {each.text}"))

    def _is_made_by(self, text: str) -> bool:
        return any(says.holds(text) for says in self.claims)


def checked(misreadings: tuple[Misreading, ...]) -> tuple[Misreading, ...]:
    """The same, if they fit together.

    Raises:
        RegistryError: a number is there twice, or a misreading recognises or refutes nothing.
    """
    ids = [misreading.id for misreading in misreadings]
    for misreading in misreadings:
        if ids.count(misreading.id) > 1 or not misreading.claims or not misreading.refuted_by:
            msg = f"{misreading.id} is there twice, or recognises or refutes nothing"
            raise RegistryError(msg)
    return misreadings


MISREADINGS: tuple[Misreading, ...] = checked(
    tuple(entries(farshore.diagnosis.misreadings, "MISREADING"))  # type: ignore[arg-type]
)
BY_ID = {misreading.id: misreading for misreading in MISREADINGS}
