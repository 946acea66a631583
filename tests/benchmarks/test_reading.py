"""The benchmark of speed runs and prints its table; how fast it is, no test asks."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    not (_ROOT / "benchmarks" / "reading.py").exists(), reason="the tests run apart from their checkout"
)


def _run(*arguments: str) -> str:
    command = [sys.executable, "benchmarks/reading.py", "--pages", "3", *arguments]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_step_of_reading_a_page_takes_some_time():
    out = _run(
        "--kinds",
        "gray JPEG",
        "--dpi",
        "200",
        "--rounds",
        "1",
        "--warm-up",
        "3",
        "--stream",
        "0",
        "--growth",
        "0",
    )
    for heading in ("date ", "machine ", "commit ", "command "):
        assert re.search(rf"^{heading} *\S", out, re.MULTILINE), out
    [row] = [line for line in out.splitlines() if line.strip().startswith("gray JPEG")]
    cells = row.split()
    assert cells[2] == "200"
    assert cells[-3:] == ["3", "of", "3"]
    # From decoding to the signature; the seal is looked for on colour scans only.
    assert min(float(cell) for cell in cells[9:16]) > 0, row


def test_pages_a_second_and_growth_are_told():
    out = _run("--kinds", "--dpi", "--stream", "45", "--growth", "4")
    assert re.search(r"^1 process: [\d.]+ pages a second$", out, re.MULTILINE), out
    assert re.search(r"^ +4 pages: first after [\d.]+ s, then [\d.]+ ms a page", out, re.MULTILINE), out
