"""The benchmark of rescans runs and prints its tables; what they say is not for a test of seconds."""

import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    not (_ROOT / "benchmarks" / "rescans.py").exists(), reason="the tests run apart from their checkout"
)


def test_it_says_what_is_found_what_is_asked_in_vain_and_that_one_row_can_not_be_told():
    command = [sys.executable, "benchmarks/rescans.py", "--smoke"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    for heading in ("SIMULATED", "Rescans found", "False alarms per 1,000,000 pairs", "compared in"):
        assert heading in done.stdout
    lines = done.stdout.splitlines()
    ways = [line for line in lines if line.strip().startswith(("same scanner", "a photocopy of it"))]
    assert len(ways) == 6 and all("can't tell" in line and "%" in line for line in ways)
