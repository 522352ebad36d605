"""The wheel and the sdist: the same bytes each time, all that runs and nothing else; installed, they run."""

import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.interop.parts import program
from tests.scenarios.program import Settings, echo_target, serving

import farshore

ROOT = Path(__file__).parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
PATIENCE_S = 300
# What is no Python and must be there all the same.
DATA = (
    *("py.typed", "COMMIT", "diagnosis/sql/flow_minutes.sql", "store/migrations/0001_journal.sql"),
    *("surface/page/static/page.css", "surface/page/templates/page.html", "report/templates/diagnosis.html"),
    *("surface/page/static/vendor/uPlot-1.6.32.iife.min.js", "surface/page/static/vendor/uPlot-1.6.32.LICENSE"),
    *("collect/scripts/linux.sh", "collect/scripts/windows.ps1"),
)

pytestmark = pytest.mark.timeout(PATIENCE_S)


def environment(**more: str) -> dict[str, str]:
    """This one, without what would let an installation see the sources."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | more


def ran(*command: object, **more: str) -> str:
    done = subprocess.run(
        [*map(str, command)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        cwd=ROOT,
        env=environment(**more),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def built(folder: Path, source: Path = ROOT, **more: str) -> tuple[Path, Path]:
    """A wheel and an sdist."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(folder)]
    subprocess.run(command, cwd=source, env=environment(**more), check=True, capture_output=True, timeout=PATIENCE_S)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, sdist


@dataclass(frozen=True, kw_only=True)
class Packages:
    wheel: Path
    sdist: Path


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    wheel, sdist = built(tmp_path_factory.mktemp("dist"), FARSHORE_COMMIT=COMMIT)
    return Packages(wheel=wheel, sdist=sdist)


@pytest.fixture(scope="module")
def installed(packages: Packages, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment into which the wheel was installed, with what it asks for."""
    venv = tmp_path_factory.mktemp("installed")
    ran(sys.executable, "-m", "venv", venv)
    ran(venv / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", packages.wheel)
    return venv / "bin"


def test_two_builds_are_the_same_bytes(packages: Packages, tmp_path: Path) -> None:
    again = built(tmp_path, FARSHORE_COMMIT=COMMIT)
    assert [path.read_bytes() for path in again] == [packages.wheel.read_bytes(), packages.sdist.read_bytes()]


def test_the_wheel_holds_what_runs_and_nothing_else(packages: Packages) -> None:
    with zipfile.ZipFile(packages.wheel) as wheel:
        names = set(wheel.namelist())
    assert not {f"farshore/{name}" for name in DATA} - names
    sources = {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src").rglob("*.py")}
    assert {name for name in names if name.endswith(".py")} == sources
    assert {name.partition("/")[0] for name in names} == {"farshore", f"farshore-{farshore.__version__}.dist-info"}


def test_an_sdist_is_enough_to_build_the_same_wheel(packages: Packages, tmp_path: Path) -> None:
    with tarfile.open(packages.sdist) as sdist:
        names = sdist.getnames()
        sdist.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    assert not [name for name in names if "/tests/" in name or "/.build/" in name]
    wheel, _ = built(tmp_path / "dist", unpacked)
    with zipfile.ZipFile(wheel) as ours, zipfile.ZipFile(packages.wheel) as first:
        assert {name: ours.read(name) for name in ours.namelist() if name.startswith("farshore/")} == {
            name: first.read(name) for name in first.namelist() if name.startswith("farshore/")
        }


def test_what_was_installed_says_what_it_is(installed: Path) -> None:
    assert ran(installed / "farshore", "--version").splitlines()[0] == (
        f"farshore {farshore.__version__} ({COMMIT[:12]})"
    )
    where = ran(installed / "python", "-c", "import farshore; print(farshore.__file__)")
    assert Path(where.strip()).is_relative_to(installed.parent)


def test_what_was_installed_carries(installed: Path, tmp_path: Path) -> None:
    with echo_target() as target:
        settings = Settings(target=target)
        config = settings.write(tmp_path)
        with serving([str(installed / "farshore"), "serve", "-c", str(config), "--log-format", "json"]):
            assert settings.echo(b"over there and back") == b"over there and back"


def test_what_was_installed_names_a_cause(installed: Path, tmp_path: Path) -> None:
    log = tmp_path / "tailscaled.log"
    log.write_text(
        "2026-03-04T05:50:00.000Z socks5: client connection failed: "
        "connect tcp 172.16.20.88:1433: connection was refused\n" * 3
    )
    done = subprocess.run(
        [installed / "farshore", "diagnose", log, "--format", "json"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        env=environment(),
    )
    assert json.loads(done.stdout)["schema"] == "farshore.diagnosis/1", done.stderr
    assert "172.16.20.88:1433" in done.stdout


def test_the_bill_of_materials_names_what_is_pinned(tmp_path: Path) -> None:
    ran(
        program("make", "make"), "--silent", "sbom", f"BUILD={tmp_path}", f"DIST={tmp_path}", f"PYTHON={sys.executable}"
    )
    bill = json.loads((tmp_path / "farshore.cdx.json").read_text())
    pins = re.findall(r"(?m)^([\w.-]+)==([\w.]+)", (ROOT / "requirements" / "run.txt").read_text())
    assert len(pins) > 10
    assert sorted((each["name"], each["version"]) for each in bill["components"]) == sorted(pins)
    assert all(each["externalReferences"][0]["hashes"] for each in bill["components"])
    assert bill["metadata"]["component"]["name"] == "farshore"


def test_every_extra_can_be_had(installed: Path, packages: Packages) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    quiet = ("--quiet", "--disable-pip-version-check", "--dry-run")
    ran(installed / "pip", "install", *quiet, f"{packages.wheel}[{','.join(extras)}]")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("farshore di", ["diagnose"]),
        ("farshore journal q", ["query"]),
        ("farshore check --l", ["--live"]),
        ("farshore completion z", ["zsh"]),
    ],
)
def test_bash_completes_commands_and_flags(installed: Path, typed: str, offered: list[str]) -> None:
    words = " ".join(f"'{word}'" for word in typed.split())
    script = (
        f"PATH={installed}:$PATH; source <(farshore completion bash); COMP_WORDS=({words}); "
        f"COMP_CWORD={len(typed.split()) - 1}; COMP_LINE='{typed}'; COMP_POINT={len(typed)}; "
        'eval "$(complete -p farshore | sed -E "s/.*-F ([^ ]+).*/\\1/")"; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    told = ran(program("bash", "bash"), "--norc", "-c", script)
    assert [line.strip() for line in told.splitlines() if line.strip()] == offered
