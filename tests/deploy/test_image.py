"""The image's steps, where no image can be built: what they copy is there, and what they run makes a farshore."""

import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import farshore

ROOT = Path(__file__).parents[2]
PREFIX = "/opt/farshore"


def steps() -> list[tuple[str, str]]:
    """Instruction and rest of each line of the Dockerfile, continuations joined."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / "deploy" / "Dockerfile").read_text()).replace("\\\n", " ")
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in text.splitlines() if line)]


def of_stage(name: str) -> list[tuple[str, str]]:
    """The steps of one stage."""
    found: list[tuple[str, str]] = []
    inside = False
    for word, rest in steps():
        if word == "FROM":
            inside = rest.endswith(f" AS {name}")
        elif inside:
            found.append((word, rest))
    return found


def test_what_is_copied_is_there_and_not_ignored() -> None:
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for word, rest in of_stage("build"):
        if word == "COPY":
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert any(fnmatch(source, pattern) for pattern in allowed), source


def test_the_build_steps_make_a_farshore_that_runs_without_the_sources(tmp_path: Path) -> None:
    prefix, context = tmp_path / "opt", tmp_path / "src"
    context.mkdir()
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environment.pop("PYTHONPATH", None)
    for word, rest in of_stage("build"):
        if word == "COPY":
            *sources, target = rest.split()
            for source in sources:
                wanted = context / target / Path(source).name if target == "./" else context / target
                wanted.parent.mkdir(parents=True, exist_ok=True)
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, wanted, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(ROOT / source, wanted)
        elif word == "RUN":
            command = rest.replace(PREFIX, str(prefix))
            subprocess.run(["sh", "-ec", command], cwd=context, env=environment, check=True, timeout=300)
    shutil.rmtree(context)
    said = subprocess.run(
        [prefix / "bin" / "farshore", "--version"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd="/",
        env={},
    ).stdout
    assert said.startswith(f"farshore {farshore.__version__}")


def test_it_runs_as_nobody_and_under_an_init() -> None:
    final = steps()[max(number for number, (word, _) in enumerate(steps()) if word == "FROM") :]
    assert ("USER", "65532:65532") in final
    assert ("ENTRYPOINT", '["tini", "--", "farshore"]') in final
    users = [number for number, (word, _) in enumerate(final) if word == "USER"]
    assert not [word for word, _ in final[users[0] :] if word in {"RUN", "COPY", "ADD"}]
