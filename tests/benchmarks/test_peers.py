"""The comparison with other readers: its sheets, its damage, and the whole where a peer is installed."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

_ROOT = Path(__file__).parents[2]

# The benchmarks are no part of an installed wheel.
peers = pytest.importorskip("phieu.benchmarks.peers")
damages = pytest.importorskip("phieu.benchmarks.peer_damage")
sheets = pytest.importorskip("phieu.benchmarks.peer_sheets")
amc = pytest.importorskip("phieu.benchmarks.peer_amc")

Image = NDArray[np.uint8]


def test_all_sheets_have_the_same_boxes():
    kinds = (sheets.PHIEU, sheets.AMC, sheets.OMR, sheets.SHARED)
    boxes = [sheets.sheet(kind).boxes for kind in kinds]
    assert boxes[0] == boxes[1] == boxes[2] == boxes[3]
    assert sum(map(len, boxes[0])) == 180


def test_a_filled_page_is_read_right_and_a_torn_half_never_wrong():
    votes = sheets.draw_votes(2, seed=3)
    files = peers._written(sheets.PHIEU, "test", votes, lambda page, rng: page)
    assert peers._counted(peers._read_ours(sheets.PHIEU, files), votes) == (2, 0, 0, 0)
    halves = peers._written(sheets.PHIEU, "test-torn", votes, _lower_half_gone)
    assert peers._counted(peers._read_ours(sheets.PHIEU, halves), votes) == (0, 0, 2, 0)


def _lower_half_gone(page: Image, _rng: np.random.Generator) -> Image:
    page = page.copy()
    page[page.shape[0] // 2 :] = 255
    return page


@pytest.mark.parametrize("kind", damages.KINDS)
def test_damage_leaves_a_page_of_the_same_size_that_differs(kind: str):
    damage, _unit, severities = damages.KINDS[kind]
    page = sheets.filled(sheets.sheet(sheets.PHIEU), sheets.draw_votes(1, seed=3)[0], 1)
    mild, severe = (damage(page, severities[i], np.random.default_rng(1)) for i in (0, -1))
    assert mild.shape == severe.shape == page.shape
    assert mild.dtype == severe.dtype == np.uint8
    assert (severe != page).sum() > (mild != page).sum()


@pytest.mark.skipif(not amc.PROGRAM.exists(), reason="Auto Multiple Choice is not installed")
def test_the_comparison_prints_its_tables():
    command = [sys.executable, "benchmarks/peers.py", "--pages", "1", "--repeat", "1", "--damage", "tear"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "Auto Multiple Choice" in done.stdout
    assert "tear 15 mm" in done.stdout
