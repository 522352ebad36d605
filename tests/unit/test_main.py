import subprocess
import sys

from farshore import __version__


def test_the_package_runs() -> None:
    done = subprocess.run([sys.executable, "-m", "farshore", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"farshore {__version__}")
