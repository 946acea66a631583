"""The benchmark of the second rule runs, and reads the same pages in each of its four ways."""

import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    not (_ROOT / "benchmarks" / "second.py").exists(), reason="the tests run apart from their checkout"
)


def test_it_reads_the_same_pages_in_four_ways() -> None:
    command = [sys.executable, "benchmarks/second.py", "--smoke", "--workers", "1"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    office, grid = done.stdout.split("the grid")
    for part in (office, grid):
        rows = {
            way: line.split()
            for line in part.splitlines()
            for way in ("written rule alone", "doubts", "settles", "both")
            if line.startswith(f"{way} ")
        }
        assert len(rows) == 4
        sizes = {tuple(row[3:5] if way.startswith("written") else row[1:3]) for way, row in rows.items()}
        assert len(sizes) == 1 and all(int(number) > 0 for number in sizes.pop())
