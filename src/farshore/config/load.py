"""Reads a configuration and tells everything that is wrong with it at once.

Nothing here raises on any input: what is wrong is in the answer. `source` does the only I/O.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from pydantic import ValidationError

from farshore.config import source
from farshore.config.explain import explain, real_loc
from farshore.config.founding import is_founding, migrated, read_founding
from farshore.config.marks import Fields, Items, Node, Refused, Scalar, Slip, plain, read_tree, written
from farshore.config.model import Config
from farshore.config.partial import without_mistakes
from farshore.config.places import ArgumentPlaces, Places, TreePlaces
from farshore.config.problem import Finding, Loaded, Loc, Problem, Severity, field_name, starts_within
from farshore.config.rules import findings

MAX_TOLD = 100
COMMAND_LINE = "command line"
_MAPPING = "a listening port, an equals sign and a target, such as 8082=172.16.20.88:1433"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """What was written, before it is looked at as a configuration. Nothing is said of what stands in `refused`."""

    data: Mapping[str, Any]
    places: Places
    refused: frozenset[Loc]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    migrated: str | None = None


def load(path: Path, *, descriptor_limit: int | None = None) -> Loaded:
    """The configuration in a file, in the present format or the founding one.

    Args:
        path: the file; at most 1 MiB of it is read.
        descriptor_limit: how many descriptors the process may hold, for a warning; None where that isn't known.
    """
    name = "".join(char if char.isprintable() else "?" for char in str(path))
    content = source.read(path, name)
    if isinstance(content, Problem):
        return Loaded(config=None, problems=(content,))
    return parse(content, name, descriptor_limit=descriptor_limit)


def parse(content: bytes, name: str, *, descriptor_limit: int | None = None) -> Loaded:
    """The configuration in the bytes of a file that messages call `name`."""
    text = source.decode(content, name)
    if isinstance(text, Problem):
        return Loaded(config=None, problems=(text,))
    tree = read_tree(text)
    slips = tuple(_slip(slip, name) for slip in tree.slips)
    if isinstance(tree.root, Fields):
        return _judge(_draft(tree.root, name, slips), descriptor_limit)
    if not slips:
        slips = (_no_mapping(tree.root, name),)
    return Loaded(config=None, problems=slips)


def from_mappings(mappings: Sequence[str], *, descriptor_limit: int | None = None) -> Loaded:
    """The configuration of `farshore serve 8082=172.16.20.88:1433 ...`."""
    if not mappings:
        return Loaded(config=None, problems=(source.whole(COMMAND_LINE, _MAPPING, "nothing"),))
    places = ArgumentPlaces(file=COMMAND_LINE, arguments=tuple(mappings))
    routes: list[dict[str, str]] = []
    problems: list[Problem] = []
    refused: set[Loc] = set()
    for index, mapping in enumerate(mappings):
        listen, equals, target = mapping.partition("=")
        routes.append({"listen": listen, "target": target})
        if not equals:
            port, _, rest = mapping.partition(":")
            hint = f"did you mean {port}={rest}?" if port.isdigit() and ":" in rest else None
            refused.add(("routes", index))
            place = places.value(("routes", index))
            problems.append(place.problem(expected=_MAPPING, found="no equals sign", hint=hint))
    draft = _Draft(data={"routes": routes}, places=places, refused=frozenset(refused), problems=tuple(problems))
    return _judge(draft, descriptor_limit)


def _draft(root: Fields, name: str, slips: tuple[Problem, ...]) -> _Draft:
    if not is_founding(root):
        return _Draft(
            data={key: plain(entry.node) for key, entry in root.entries.items()},
            places=TreePlaces(file=name, root=root),
            refused=frozenset(_refused(root, ())),
            problems=slips,
        )
    founding = read_founding(root, name)
    return _Draft(
        data=founding.data,
        places=founding.places,
        refused=founding.refused,
        problems=(*slips, *founding.problems),
        warnings=() if founding.problems else founding.warnings,
        migrated=migrated(founding.data),
    )


def _judge(draft: _Draft, descriptor_limit: int | None) -> Loaded:
    """Validate, then let the rules look at whatever could be read."""
    problems, warnings = list(draft.problems), list(draft.warnings)
    config: Config | None
    gone = draft.refused
    try:
        config = Config.model_validate(draft.data, by_alias=True, by_name=False)
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems += explain(details, draft.places, draft.data, silent=draft.refused)
        config, taken_out = without_mistakes(draft.data, [real_loc(each) for each in details])
        gone |= taken_out
    for finding in findings(config, descriptor_limit=descriptor_limit) if config else ():
        if len(problems) > MAX_TOLD:
            break
        if not any(starts_within(loc, gone) for loc in finding.read):
            told = _told(finding, draft.places)
            (problems if finding.severity is Severity.PROBLEM else warnings).append(told)
    return Loaded(
        config=None if problems else config,
        problems=_in_order(problems),
        warnings=_in_order(warnings),
        migrated=None if problems else draft.migrated,
    )


def _told(finding: Finding, places: Places) -> Problem:
    hint = finding.hint
    line = None if finding.other is None else places.value(finding.other).line
    if line is not None:
        hint = f"{hint}; the other is on line {line}" if hint else f"the other is on line {line}"
    return places.value(finding.loc).problem(expected=finding.expected, found=finding.found, hint=hint)


def _in_order(told: Sequence[Problem]) -> tuple[Problem, ...]:
    """As they stand in the file, each once, and not more than a person can read."""
    distinct = sorted(dict.fromkeys(told), key=lambda each: (each.line or 0, each.column or 0))
    if len(distinct) <= MAX_TOLD:
        return tuple(distinct)
    rest = source.whole(distinct[0].file, f"at most {MAX_TOLD} mistakes", f"{len(distinct)}", "these are the first")
    return (*distinct[:MAX_TOLD], rest)


def _slip(slip: Slip, name: str) -> Problem:
    return Problem(
        file=name,
        line=slip.mark.line,
        column=slip.mark.column,
        field=field_name(slip.path),
        expected=slip.expected,
        found=slip.found,
        hint=slip.hint,
    )


def _no_mapping(root: Node | None, name: str) -> Problem:
    if root is None or (isinstance(root, Scalar) and not root.text):
        return source.whole(name, "routes:", "an empty file", "the shortest one is: routes: [{listen: …, target: …}]")
    return TreePlaces(file=name, root=root).value(()).problem(expected="routes: at the top", found=written(root))


def _refused(node: Node, loc: Loc) -> Iterator[Loc]:
    match node:
        case Refused():
            yield loc
        case Fields():
            for key, entry in node.entries.items():
                yield from _refused(entry.node, (*loc, key))
        case Items():
            for index, item in enumerate(node.nodes):
                yield from _refused(item, (*loc, index))
        case Scalar():
            pass
        case _:
            assert_never(node)
