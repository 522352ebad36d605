"""Every rule of the catalogue finds its ground in some text: none can be added that nothing tries.

The texts are the rows of `catalogue/test_mNN.py`, in which the nearest text without a ground stands beside each.
"""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

from tests.unit.diagnosis.arguing import Row, name_of, read, rules_of

from farshore.diagnosis.cause import Cause, Rule
from farshore.diagnosis.causes import CATALOGUE
from farshore.diagnosis.index import Index


def place(rule: Rule) -> str:
    """Where a rule stands: `m05._refused`, or `grounds.failed_fast` where several causes share it."""
    return f"{rule.__module__.rpartition('.')[2]}.{name_of(rule)}"


def rows(cause: Cause) -> list[Row]:
    """What is tried of a cause."""
    name = f"tests.unit.diagnosis.catalogue.test_{cause.code.lower()}"
    return list(import_module(name).ROWS) if find_spec(name) is not None else []


def found(cause: Cause) -> Iterator[str]:
    """The rules of a cause that find their ground in the text of their row."""
    by_name = {name_of(rule): rule for rule in rules_of(cause)}
    for row in rows(cause):
        index = Index(read(*row.texts))
        scopes = [scope for scope in index.scopes() if cause.is_about(scope.kind)]
        if any(by_name[row.rule](scope) is not None for scope in scopes):
            yield place(by_name[row.rule])


def test_every_rule_finds_its_ground_in_some_text() -> None:
    rules = {place(rule) for cause in CATALOGUE for rule in rules_of(cause)}
    grounded = {rule for cause in CATALOGUE for rule in found(cause)}
    print(f"{len(rules & grounded)} of {len(rules)} rules find their ground")
    assert rules - grounded == set(), "write a row for each in its catalogue/test_mNN.py"
