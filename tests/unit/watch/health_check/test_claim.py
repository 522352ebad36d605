import signal
import subprocess
import sys
from pathlib import Path

from farshore.watch.health_check.claim import RUNNING, claimed

OTHER = """
import sys
from pathlib import Path
from farshore.watch.health_check.claim import claimed
with claimed(Path(sys.argv[1]), 7) as obstacle:
    print(obstacle, flush=True)
    sys.stdin.read()
"""


def test_a_check_is_one_process_at_a_time_and_free_once_that_is_killed(tmp_path: Path) -> None:
    journal = tmp_path / "probe.db"
    command = [sys.executable, "-c", OTHER, str(journal)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "None\n"
        with claimed(journal, 7) as obstacle:
            assert obstacle == RUNNING
        with claimed(journal, 8) as obstacle:
            assert obstacle is None
        other.send_signal(signal.SIGKILL)
    with claimed(journal, 7) as obstacle:
        assert obstacle is None
    assert list(tmp_path.iterdir()) == []


def test_a_place_where_nothing_can_be_made_is_told(tmp_path: Path) -> None:
    with claimed(tmp_path / "absent" / "probe.db", 7) as obstacle:
        assert obstacle is not None
        assert "No such file or directory" in obstacle
