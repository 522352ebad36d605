"""YAML as a tree of texts, each with its line and column: what PyYAML parses, before it guesses at types.

Aliases, merge keys, tags and a second document are refused: a configuration needs none of them, and a few lines of
aliases can stand for gigabytes. The tree is bounded in nodes and in depth, so that any input ends quickly.

Plain scalars are read as YAML 1.2 does (true and false, null, decimal numbers; all else is text), so that `no` is a
word and `8082:1433` is not a number to base 60.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, assert_never

import yaml
from yaml import events

from farshore.config.problem import excerpt

MAX_NODES = 30_000
MAX_DEPTH = 32
MAX_SLIPS = 100

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A position; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A value as written; `quoted` values are always text."""

    mark: Mark
    text: str
    quoted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list."""

    mark: Mark
    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One key of a mapping, with its value."""

    mark: Mark
    node: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """A mapping. Keys are texts, whatever they look like."""

    mark: Mark
    entries: dict[str, Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A value that has been complained about already; nothing more is said of it."""

    mark: Mark


Node = Scalar | Items | Fields | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """Something that YAML allows, or does not, and that a configuration may not hold."""

    mark: Mark
    path: tuple[str | int, ...]
    expected: str
    found: str
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The whole document, or None where it could not be read or holds nothing."""

    root: Node | None
    slips: tuple[Slip, ...]


def read_tree(text: str) -> Tree:
    """The tree of one YAML or JSON document and everything in it that may not be there.

    Bounded: stops at 30,000 nodes and at 32 levels. Never raises on any text without control characters.
    """
    composer = _Composer(text)
    try:
        root = composer.document()
    except _Stopped:
        root = None
    except yaml.MarkedYAMLError as error:
        root = None
        composer.slips.append(_syntax_slip(error))
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # chr() and int() inside PyYAML's scanner
        root = None
        hint = f"in this place or soon after it: {excerpt(str(error))}"
        found = "a number or an escape that stands for nothing"
        composer.slips.append(Slip(mark=composer.mark, path=(), expected="valid YAML", found=found, hint=hint))
    return Tree(root=root, slips=tuple(composer.slips))


def plain(node: Node) -> Plain:
    """The tree as values; a refused node is None."""
    match node:
        case Scalar():
            return node.text if node.quoted else _resolve(node.text)
        case Items():
            return [plain(item) for item in node.nodes]
        case Fields():
            return {key: plain(entry.node) for key, entry in node.entries.items()}
        case Refused():
            return None
        case _:
            assert_never(node)


def written(node: Node) -> str:
    """The value as a message shows it: as it was written, or what kind of thing it is."""
    match node:
        case Scalar(quoted=True):
            return excerpt(json.dumps(node.text, ensure_ascii=False))
        case Scalar():
            return excerpt(node.text) if node.text else "nothing"
        case Items():
            return "a list" if node.nodes else "an empty list"
        case Fields():
            return "a mapping" if node.entries else "an empty mapping"
        case Refused():
            return "what was refused above"
        case _:
            assert_never(node)


_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,18}")


def _resolve(text: str) -> Plain:
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


class _Position(Protocol):
    """PyYAML's mark, of its own scanner or of libyaml's; both count from 0."""

    line: int
    column: int


class _Stopped(Exception):  # noqa: N818 - not an error: the reason is among the slips
    """The document is too large or too deep to go on."""


@dataclass(slots=True)
class _Composer:
    """Turns PyYAML's events into a tree. Recursion is bounded by `MAX_DEPTH`."""

    text: str
    slips: list[Slip] = field(default_factory=list)
    mark: Mark = Mark(line=1, column=1)
    _nodes: int = 0
    _depth: int = 0
    _path: list[str | int] = field(default_factory=list)
    _events: Iterator[events.Event] = field(init=False)

    def document(self) -> Node | None:
        self._events = yaml.parse(_without_json_tabs(self.text), Loader=yaml.SafeLoader)
        root: Node | None = None
        for event in self._events:
            match event:
                case events.DocumentStartEvent() if root is not None:
                    self._slip(_mark(event), "one document", "a second one after ---", "keep one file per gateway")
                    return root
                case events.NodeEvent():
                    root = self._node(event)
                case _:
                    pass
        return root

    def _next(self) -> events.Event:
        return next(self._events)

    def _node(self, event: events.Event) -> Node:
        self.mark = mark = _mark(event)
        self._nodes += 1
        if len(self.slips) >= MAX_SLIPS:
            self._stop(mark, f"at most {MAX_SLIPS} things that may not be there", "more")
        if self._nodes > MAX_NODES:
            self._stop(mark, f"at most {MAX_NODES} values in a configuration", "more")
        if self._depth > MAX_DEPTH:
            self._stop(mark, f"at most {MAX_DEPTH} levels of nesting", "more")
        match event:
            case events.AliasEvent():
                hint = "aliases are refused, because a few lines of them can stand for gigabytes: write the value out"
                return self._refuse(mark, "a value", f"the alias *{excerpt(event.anchor or '')}", hint)
            case events.ScalarEvent():
                return self._scalar(event, mark)
            case events.SequenceStartEvent():
                return self._tagless(event, self._items(mark))
            case events.MappingStartEvent():
                return self._tagless(event, self._fields(mark))
            case _:
                return self._refuse(mark, "a value", "the end of the file")

    def _scalar(self, event: events.ScalarEvent, mark: Mark) -> Node:
        bad = unprintable(event.value)
        if bad is not None:
            char = f"the character U+{ord(event.value[bad]):04X}"
            return self._refuse(mark, "printable text", char, "it is written as an escape: leave it out")
        return self._tagless(event, Scalar(mark=mark, text=event.value, quoted=bool(event.style)))

    def _items(self, mark: Mark) -> Items:
        nodes: list[Node] = []
        self._depth += 1
        while not isinstance(event := self._next(), events.SequenceEndEvent):
            self._path.append(len(nodes))
            nodes.append(self._node(event))
            self._path.pop()
        self._depth -= 1
        return Items(mark=mark, nodes=tuple(nodes))

    def _fields(self, mark: Mark) -> Fields | Refused:
        entries: dict[str, Entry] = {}
        is_readable = True
        self._depth += 1
        while not isinstance(event := self._next(), events.MappingEndEvent):
            key = self._node(event)
            self._path.append(key.text if isinstance(key, Scalar) else "?")
            value = self._node(self._next())
            self._path.pop()
            if isinstance(key, Scalar):
                self._add(key, value, entries)
                continue
            is_readable = False
            if not isinstance(key, Refused):
                hint = "does the file hold {{ … }} of a template that was not rendered?"
                self._slip(key.mark, "a word as the key", written(key), hint)
        self._depth -= 1
        return Fields(mark=mark, entries=entries) if is_readable else Refused(mark=mark)

    def _add(self, key: Scalar, value: Node, entries: dict[str, Entry]) -> None:
        if key.text == "<<" and not key.quoted:
            self._slip(key.mark, "a field", "the merge key <<", "merge keys are refused: write the fields out")
        elif key.text in entries:
            line = entries[key.text].mark.line
            self._slip(key.mark, "each key once", f"{excerpt(key.text)} again", f"it stands on line {line} too")
        else:
            entries[key.text] = Entry(mark=key.mark, node=value)

    def _tagless(self, event: events.ScalarEvent | events.CollectionStartEvent, node: Node) -> Node:
        if event.tag is None:
            return node
        tag = excerpt(event.tag.replace("tag:yaml.org,2002:", "!!"))
        return self._refuse(node.mark, "a value without a tag", f"the tag {tag}", "tags are refused: quote a text")

    def _refuse(self, mark: Mark, expected: str, found: str, hint: str | None = None) -> Refused:
        self._slip(mark, expected, found, hint)
        return Refused(mark=mark)

    def _slip(self, mark: Mark, expected: str, found: str, hint: str | None = None) -> None:
        self.slips.append(Slip(mark=mark, path=tuple(self._path), expected=expected, found=found, hint=hint))

    def _stop(self, mark: Mark, expected: str, found: str) -> None:
        self._slip(mark, expected, found, "the rest of the file was not read")
        raise _Stopped


_UNPRINTABLE = re.compile(
    "[^\t\n\r -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]",
)


def unprintable(text: str) -> int | None:
    """The index of the first control character, surrogate, odd line break or byte order mark, or None."""
    found = _UNPRINTABLE.search(text)
    return None if found is None else found.start()


_JSON_STRING_OR_TAB = re.compile(r'"(?:[^"\\]|\\.)*"?|\t', re.DOTALL)


def _without_json_tabs(text: str) -> str:
    """JSON allows tabs between its tokens and YAML does not; columns stay as they are."""
    if "\t" not in text or not text.lstrip().startswith("{"):
        return text
    return _JSON_STRING_OR_TAB.sub(lambda found: " " if found[0] == "\t" else found[0], text)


def _mark(event: events.Event) -> Mark:
    return _from_yaml(event.start_mark)


def _from_yaml(mark: _Position | None) -> Mark:
    return Mark(line=1, column=1) if mark is None else Mark(line=mark.line + 1, column=mark.column + 1)


_SYNTAX_HINTS = (
    ("\\t", "YAML is indented with spaces, never with tabs"),
    (
        "mapping values are not allowed",
        "put the value in quotes if it holds a colon and a space; look at the indentation",
    ),
    ("could not find expected ':'", "a colon and a space are missing after a key, or the line is indented wrongly"),
    ("expected <block end>", "the indentation does not fit the lines above"),
    ("expected ',' or", "a bracket or a comma is missing before this place"),
    ("found unexpected end of stream", "a quote or a bracket is opened and not closed"),
    ("found undefined alias", "write the value out"),
    ("cannot start any token", "put the value in quotes"),
    ("unknown escape character", "in double quotes a backslash starts an escape: use single quotes"),
)


def _syntax_slip(error: yaml.MarkedYAMLError) -> Slip:
    text = " ".join(part for part in (error.context, error.problem) if part)
    hint = next((hint for words, hint in _SYNTAX_HINTS if words in text), None)
    return Slip(
        mark=_from_yaml(error.problem_mark or error.context_mark),
        path=(),
        expected="valid YAML",
        found=excerpt(error.problem or "a mistake").removeprefix("found ").replace("could not find", "no"),
        hint=hint,
    )
