"""Prints every regular expression of the product as JSON: those compiled on import, and those written in calls.

Run in a process of its own, because it has to stand between the modules and `re` before they are imported.
"""

import ast
import importlib
import json
import pkgutil
import re
import sys
from pathlib import Path
from typing import Any

import farshore

SOURCE = Path(farshore.__file__).parent
AT_ONCE = {"compile", "match", "search", "fullmatch", "findall", "finditer", "sub", "subn", "split"}
Place = tuple[str, int]


def imported() -> dict[Place, list[re.Pattern[Any]]]:
    """By the file and the line that compiled it; a line in a loop compiles several."""
    found: dict[Place, list[re.Pattern[Any]]] = {}
    real = re.compile

    def noting(pattern: Any, flags: Any = 0) -> re.Pattern[Any]:
        compiled = real(pattern, flags)
        frame: Any = sys._getframe(1)
        if frame.f_code.co_filename.startswith(str(SOURCE)):
            found.setdefault((frame.f_code.co_filename, frame.f_lineno), []).append(compiled)
        return compiled

    re.compile = noting
    for module in pkgutil.walk_packages(farshore.__path__, "farshore."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return found


def calls() -> dict[Place, tuple[range, str | None]]:
    """Every call of `re` in the source: the lines it spans, and the expression where that is written as a literal."""
    found: dict[Place, tuple[range, str | None]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=name), args=[first, *_]) if (
                    name in AT_ONCE
                ):
                    literal = first.value if isinstance(first, ast.Constant) else None
                    lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
                    found[str(path), node.lineno] = lines, literal if isinstance(literal, str) else None
                case _:
                    pass
    return found


def main() -> None:
    compiled, written = imported(), calls()
    seen = {(file, line) for file, line in compiled}
    told = [[f"{file}:{line}", each.pattern, each.flags] for (file, line), all_ in compiled.items() for each in all_]
    unseen = [
        [f"{file}:{line}", literal, 0]
        for (file, line), (lines, literal) in written.items()
        if not any((file, each) in seen for each in lines)
    ]
    rows = [
        [place.removeprefix(f"{SOURCE}/"), text.decode("latin-1") if isinstance(text, bytes) else text, flags,
         isinstance(text, bytes)]
        for place, text, flags in told + unseen
    ]  # fmt: skip
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
