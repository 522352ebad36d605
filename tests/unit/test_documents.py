"""What the documents say can be followed: links lead somewhere, and every command line is one that may be typed."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from cyclopts import CycloptsError, MissingArgumentError

from farshore.app.cli import app

ROOT = Path(__file__).parents[2]
HERE = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("tests/**/*.md"), *ROOT.glob("bench/**/*.md")]
DOCUMENTS = sorted(path for path in HERE if "node_modules" not in path.parts)
names = [str(path.relative_to(ROOT)) for path in DOCUMENTS]

LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^()\s]+)\)")
PICTURE = re.compile(r"!\[[^\]]*\]\(([^()\s]+)\)")
FENCED = re.compile(r"(?ms)^ *```.*?^ *```")
INLINE = re.compile(r"`(farshore [a-z][^`\n|]*)`")
PLACEHOLDER = re.compile(r"[A-Z]+…?")
STOP = {"|", ">", "<", "&&", "||", ";", "2>", ">>", "#"}


@cache
def anchors(path: Path) -> frozenset[str]:
    """What a heading's link looks like: GitHub's way."""
    found: dict[str, int] = {}
    made: set[str] = set()
    for heading in re.findall(r"(?m)^#{1,6} +(.*)$", FENCED.sub("", path.read_text())):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
        slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        made.add(slug if slug not in found else f"{slug}-{found[slug]}")
        found[slug] = found.get(slug, 0) + 1
    made |= set(re.findall(r'<a (?:id|name)="([^"]+)"', path.read_text()))
    return frozenset(made)


@pytest.mark.parametrize("path", DOCUMENTS, ids=names)
def test_every_link_leads_somewhere(path: Path) -> None:
    text = FENCED.sub("", path.read_text())
    lost = []
    for link in LINK.findall(text) + PICTURE.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def mentioned() -> Iterator[tuple[str, str]]:
    """Each command that a sentence names, perhaps without its arguments."""
    for path in DOCUMENTS:
        for line in INLINE.findall(FENCED.sub("", path.read_text())):
            yield str(path.relative_to(ROOT)), line


@cache
def typed_whole() -> frozenset[tuple[str, str]]:
    """Each command line in a block, which a reader would copy."""
    return frozenset(blocks())


def blocks() -> Iterator[tuple[str, str]]:
    """All of them, as they stand there."""
    for path in DOCUMENTS:
        where = str(path.relative_to(ROOT))
        for block in FENCED.findall(path.read_text()):
            for line in re.sub(r"\\\n *", "", block).splitlines():
                prompted = re.match(r" *\$ (?:[A-Z_]+=\S+ )*(farshore .*)", line)
                if prompted is not None:
                    yield where, prompted[1]


@pytest.mark.parametrize(("where", "line"), sorted(typed_whole() | set(mentioned())))
def test_every_command_line_may_be_typed(where: str, line: str) -> None:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    words = []
    for word in lexer:
        if word in STOP:
            break
        if word not in {"…", "-"}:
            words.append("1" if PLACEHOLDER.fullmatch(word) else word)
    try:
        app.parse_args(words[1:], exit_on_error=False, print_error=False)
    except MissingArgumentError:
        assert (where, line) not in typed_whole(), f"{where}: {line}"
    except CycloptsError as error:
        pytest.fail(f"{where}: {line}: {error}")


def test_there_are_enough_of_both() -> None:
    assert len(DOCUMENTS) > 60
    assert len(typed_whole()) > 25
