"""The benchmark of the tally runs, and its tally is what was put in; how long it takes is not for a test."""

import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    not (_ROOT / "benchmarks" / "tally.py").exists(), reason="the tests run apart from their checkout"
)


def test_it_tallies_what_it_made_and_says_time_and_memory() -> None:
    command = [sys.executable, "benchmarks/tally.py", "--smoke"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    for heading in ("us a ballot", "at most, MB", "2,000 of 40 rows", "only to open it", "memory grew by"):
        assert heading in done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if line.strip().startswith(("200 ", "2,000 "))]
    assert [row[0] for row in rows if len(row) == 7] == ["200", "200", "2,000", "2,000"]
