import subprocess
import sys
from pathlib import Path

from tests.ports import FIRST, SIZE, free_port

ROOT = Path(__file__).parents[2]
FIRST_OF_CONNECTIONS = 32768


def block(port: int) -> int:
    return (port - FIRST) // SIZE


def test_another_process_is_never_told_of_the_same_port_nor_is_it_given_to_a_connection() -> None:
    mine = free_port()
    asked = "from tests.ports import free_port; print(free_port())"
    told = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert block(int(told.stdout)) != block(mine)
    assert max(mine, int(told.stdout)) < FIRST_OF_CONNECTIONS


def test_a_port_is_told_once() -> None:
    told = [free_port() for _ in range(20)]
    assert len(set(told)) == len(told)
    assert len({block(port) for port in told}) == 1
