"""What is measured of many boxes at once is what is measured of each by itself."""

from dataclasses import replace
from typing import Any, cast

import cv2
import numpy as np
import pytest

from phieu.ocr import kinds, lines, skeleton, strokes
from phieu.ocr.ink import PX_PER_MM, Group, Mask
from phieu.ocr.struck import line_through

_SIDE, _EDGE = 63, 18
_UNUSED = cast(Any, None)


def _group(n: int) -> Group:
    """Return boxes of 4.6 mm with a printed outline and 3 mm of paper around."""
    at = ((np.arange(_SIDE) - _SIDE // 2) / PX_PER_MM).astype(np.float32)
    from_middle = np.maximum(np.abs(at)[None], np.abs(at)[:, None])
    inner, ring = (np.repeat(mask[None], n, axis=0) for mask in (from_middle < 1.7, from_middle > 2.7))
    printed = ~inner & ~ring
    return Group(
        np.arange(n), (4.6, 4.6), at[None, None, :], at[None, :, None], printed, inner, ring, np.arange(9)
    )


def _drawn(n: int, seed: int, most: int = 4) -> Mask:
    """Return random strokes, of which some lie in the box, some beside it, and some go out of sight."""
    rng = np.random.default_rng(seed)
    out = np.zeros((n, _SIDE, _SIDE), np.uint8)
    for picture in out:
        for _stroke in range(rng.integers(1, most + 1)):
            a, b = (tuple(int(v) for v in rng.integers(-8, _SIDE + 8, 2)) for _end in range(2))
            cv2.line(picture, a, b, 1, int(rng.integers(1, 6)))
    return out.astype(bool)


@pytest.mark.parametrize("seed", range(5))
def test_strokes_inside_many_boxes_are_those_of_each(seed: int) -> None:
    group = _group(40)
    strong = _drawn(40, seed) & ~group.printed
    marks, asked = strokes.all_own_strokes(strong, group, np.arange(40))
    plain = [k for k in np.flatnonzero(~asked) if (strong[k] & group.inner[k]).any()]
    assert plain
    for k in plain:
        alone, foreign = strokes.own_strokes(_UNUSED, _UNUSED, _UNUSED, group, int(k), strong[k], _UNUSED)
        assert foreign == ""
        assert (marks[k] == alone).all()


def test_a_stroke_that_comes_from_out_of_sight_and_ends_in_the_box_is_asked_about() -> None:
    group = _group(2)
    strong = np.zeros((2, _SIDE, _SIDE), dtype=bool)
    strong[0, : _EDGE + 8, 30:33] = True
    strong[1, 25:36, 30:33] = True
    _marks, asked = strokes.all_own_strokes(strong & ~group.printed, group, np.arange(2))
    assert asked.tolist() == [True, False]


@pytest.mark.parametrize("seed", range(3))
def test_strokes_are_followed_in_each_box_by_itself(seed: int) -> None:
    faint = _drawn(30, seed)
    strong = faint & _drawn(30, seed + 100)
    together = strokes.all_followed(strong, faint)
    assert (together[:, 0] > 0).any()
    for k in range(30):
        assert strokes.followed(strong[k], faint[k]) == tuple(together[k])


def test_a_stroke_mostly_faint_is_not_followed() -> None:
    faint = np.zeros((20, 20), dtype=bool)
    faint[9:12, 2:18] = True
    strong = faint.copy()
    strong[:, 6:] = False
    assert strokes.followed(strong, faint) == (0.0, 0.0)
    strong[:, :8] = faint[:, :8]
    length, _area = strokes.followed(strong, faint)
    assert length == pytest.approx(np.hypot(16, 3) / PX_PER_MM)


@pytest.mark.parametrize("seed", range(3))
def test_lines_through_boxes_are_seen_in_each_by_itself(seed: int) -> None:
    group = _group(60)
    ink = _drawn(60, seed) & ~group.printed
    ink[:10, :, 30:34] = True
    ink[10:20, 30:34, :] = True
    together = lines.lengthwise(ink, group.printed, group.box_px)
    assert together[:20].all()
    assert not together.all()
    for k in range(60):
        assert lines.lengthwise(ink[k : k + 1], group.printed[k : k + 1], group.box_px)[0] == together[k]


def test_a_slash_is_straight_and_a_cross_is_not() -> None:
    pictures = np.zeros((3, 20, 20), np.uint8)
    cv2.line(pictures[0], (2, 17), (17, 2), 1, 2)
    cv2.line(pictures[1], (2, 17), (17, 2), 1, 2)
    cv2.line(pictures[1], (2, 2), (17, 17), 1, 2)
    found, are = lines.straight(pictures.astype(bool), (22, 21), 4.6)
    assert are.tolist() == [True, False, False]
    way_x, way_y, x, y = found[0]
    assert abs(way_x) == pytest.approx(np.sqrt(0.5), abs=0.02)
    assert way_x * way_y < 0
    assert (x, y) == (pytest.approx(22 + 9.5, abs=0.6), pytest.approx(21 + 9.5, abs=0.6))


def test_no_patch_is_overlooked_beforehand() -> None:
    rng = np.random.default_rng(8)
    group = _group(80)
    dark = np.zeros((80, _SIDE, _SIDE), np.uint8)
    for picture in dark:
        middle = tuple(int(v) for v in rng.integers(20, 44, 2))
        cv2.circle(picture, middle, int(rng.integers(2, 26)), 1, -1)
    core = slice(21, 42), slice(21, 42)
    may = kinds.may_be_patches(dark.astype(bool), core)
    are = [kinds.is_patch(one > 0, (one > 0) & group.inner[0], group.box_px) for one in dark]
    assert any(are)
    assert not may.all()
    assert not (np.array(are) & ~may).any()


def test_a_line_through_a_name_that_leaves_the_cell_is_found_inside_it() -> None:
    height, width = 30, 150
    print_ = np.zeros((height, width), np.float32)
    dark = np.zeros((height, width), np.float32)
    # Where the pen failed, only what leaves the cell is well enough covered.
    columns = np.array([x for x in range(97, 120) if x not in range(105, 109)])
    dark[20 + np.round((columns - width / 2) * np.tan(np.radians(12))).astype(int), columns] = 1
    found = line_through(dark, print_, 0.14, 5.0)
    assert found is not None
    left, top, right, bottom = found
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height


@pytest.mark.parametrize("seed", range(3))
def test_ways_worked_out_beforehand_are_those_of_each_line(seed: int) -> None:
    found = [branch for one in skeleton.lines(_drawn(20, seed)) for branch in one.branches]
    known = [branch for branch in found if branch.ways and len(branch.tips) == 2]
    assert len(known) > 20
    for branch in known:
        by_itself = replace(branch, ways=())
        for tip in (0, 1):
            assert by_itself.way(tip) == pytest.approx(branch.way(tip), abs=1e-9)
        assert branch.bow_mm == pytest.approx(
            float(skeleton.from_way(branch.x, branch.y, *branch.tips)[0].max()), abs=1e-9
        )
