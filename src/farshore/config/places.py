"""Where a value of the configuration was written: the one thing that differs between a file and the command line."""

from dataclasses import dataclass
from typing import Protocol

from farshore.config.marks import Entry, Fields, Items, Mark, Node, Scalar, written
from farshore.config.problem import Loc, Problem, excerpt, field_name, without_login

NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands, and how it was written there."""

    file: str
    line: int | None
    column: int | None
    field: str
    found: str

    def problem(self, *, expected: str, found: str | None = None, hint: str | None = None) -> Problem:
        """The problem at this place; what was found is what is written here, unless given."""
        return Problem(
            file=self.file,
            line=self.line,
            column=self.column,
            field=self.field,
            expected=expected,
            found=without_login(self.found if found is None else found),
            hint=hint,
        )


class Places(Protocol):
    """Finds the place of a location of the configuration."""

    def value(self, loc: Loc) -> Place:
        """Where the value stands; the nearest thing around it where there is none."""
        ...

    def key(self, loc: Loc) -> Place:
        """Where the value's key stands."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TreePlaces:
    """Places in a file."""

    file: str
    root: Node

    def value(self, loc: Loc) -> Place:
        """Where the value stands; the nearest thing around it where there is none."""
        node, key = _walk(self.root, loc)
        if node is None or (isinstance(node, Scalar) and not node.quoted and not node.text):
            return self._place(loc, key, NOTHING)
        return self._place(loc, node.mark, written(node))

    def key(self, loc: Loc) -> Place:
        """Where the value's key stands."""
        node, key = _walk(self.root, loc)
        return self._place(loc, key, NOTHING if node is None else excerpt(str(loc[-1])))

    def _place(self, loc: Loc, mark: Mark, found: str) -> Place:
        return Place(file=self.file, line=mark.line, column=mark.column, field=field_name(loc), found=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentPlaces:
    """Places on the command line, where each argument is one route."""

    file: str
    arguments: tuple[str, ...]

    def value(self, loc: Loc) -> Place:
        """The argument that the value comes from."""
        match loc:
            case ("routes", int(index), *rest) if index < len(self.arguments):
                listen, _, target = self.arguments[index].partition("=")
                found = {"listen": listen, "target": target}.get(str(rest[0]) if rest else "", NOTHING)
                return self._argument(self.arguments[index], excerpt(found) or NOTHING)
            case _:
                return self._argument(field_name(loc), NOTHING)

    def key(self, loc: Loc) -> Place:
        """The argument that the value comes from."""
        return self.value(loc)

    def _argument(self, field: str, found: str) -> Place:
        return Place(file=self.file, line=None, column=None, field=excerpt(field), found=found)


def _walk(root: Node, loc: Loc) -> tuple[Node | None, Mark]:
    """The node at a location, or None, and the mark of its key, or of the nearest thing around it."""
    node, key = root, root.mark
    for step in loc:
        entry = _step(node, step)
        if entry is None:
            return None, key if isinstance(node, Scalar) else node.mark
        node, key = entry.node, entry.mark
    return node, key


def _step(node: Node, step: str | int) -> Entry | None:
    match node, step:
        case Fields(), str():
            return node.entries.get(step)
        case Items(), int() if step < len(node.nodes):
            return Entry(mark=node.nodes[step].mark, node=node.nodes[step])
        case _:
            return None
