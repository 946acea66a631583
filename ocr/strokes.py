"""Ink sorted into strokes: whose they are, how long, and on which sides of a box."""

import cv2
import numpy as np
from numpy.typing import NDArray

from .blank import BLANK_MATRIX, BlankPage
from .ink import PX_PER_MM, Group, Levels, Mask
from .place import Gray, sample
from .register import Registration

_AREA_PX = PX_PER_MM * PX_PER_MM
_LEAST_STRONG = 0.3
_REACH_MM = (32.0, 20.0)
_WIDE_PX_PER_MM = 4.0
_TAIL = 0.33
_SHARED = 0.67
_OWN = 0.25
_BESIDE_MM = 1.5
_BESIDE_MM2 = 0.8
_BESIDE_LONG_MM = 2.0
_BESIDE_REACH_MM = 14.0
"""What spans more is writing, a line through the page, or a seal's."""


def own_strokes(
    gray: Gray,
    page: BlankPage,
    registration: Registration,
    group: Group,
    k: int,
    strong: Mask,
    levels: Levels,
) -> tuple[Mask, str]:
    """Return the strokes inside the box without other fields' overshoot, and what is foreign: step 6.

    The second is empty when nothing is, `tail` when only overshoot was taken off, else why the field is
    unclear.
    """
    inner, printed = group.inner[k], group.printed[k]
    count, labels, stats, middles = cv2.connectedComponentsWithStats(
        _bridged(strong, printed), connectivity=8
    )
    height, width = labels.shape
    if count == 2 and stats[1, 0] > 0 < stats[1, 1] and not _reaches_the_end(stats[1], width, height):
        # One stroke, all of it in sight, as most marks are.
        return (strong if (strong & inner).any() else np.zeros_like(strong)), ""
    within = np.bincount(labels[strong & inner], minlength=count)
    whole = np.bincount(labels[strong], minlength=count)
    rows, columns = group.box_px
    foreign, passing = "", np.zeros(count, dtype=bool)
    own = within > 0
    own[0] = False
    for label in np.flatnonzero(own):
        left, top, w, h, _area = stats[label]
        leaves = left == 0 or top == 0 or left + w == width or top + h == height
        x, y = middles[label]
        centred = columns.start <= x < columns.stop and rows.start <= y < rows.stop
        if not leaves or centred or within[label] >= 0.5 * whole[label]:
            continue
        part = (labels == label) & strong & inner
        at = np.argwhere(part)
        owner = _whose(gray, page, registration, int(group.which[k]), at[len(at) // 2], group, levels)
        if owner == "own":
            continue
        if owner == "nobody":
            passing[label] = True
        elif owner != "tail" or _depth(part, group) > 0.5:
            return strong, "shared"
        else:
            own[label] = False
            foreign = "tail"
    # The torn end of a mark that is here may lie outside; a stroke without a mark comes from elsewhere.
    if within[passing].sum() > 0.6 * within[own & ~passing].sum():
        return strong, "passing"
    return strong & own[labels], foreign


def _reaches_the_end(stats: NDArray[np.int32], width: int, height: int) -> bool:
    """Tell whether a stroke touches the right or lower end of what is looked at."""
    left, top, w, h = (int(v) for v in stats[:4])
    return left + w == width or top + h == height


def longest(mask: Mask) -> tuple[float, float]:
    """Return the longest stroke in mm (diagonal of its bounds), and the area of all ink in mm2."""
    if not mask.any():
        return 0.0, 0.0
    count, _labels, stats, _middles = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    spans = np.hypot(stats[1:count, cv2.CC_STAT_WIDTH], stats[1:count, cv2.CC_STAT_HEIGHT])
    return float(spans.max()) / PX_PER_MM, float(mask.sum()) / _AREA_PX


def followed(strong: Mask, faint: Mask) -> tuple[float, float]:
    """Return the longest stroke in mm, through its faint parts too, and the mm2 of its strong ones."""
    ((length, area),) = all_followed(strong[None], faint[None]).tolist()
    return length, area


def all_followed(strong: Mask, faint: Mask) -> NDArray[np.float64]:
    """Return what `followed` says of each of many fields, (n, 2): mm and mm2; 0 where nothing is followed.

    Args:
        strong: (n, height, width).
        faint: the same; includes `strong`.
    """
    n, height, _width = strong.shape
    tall = stacked(faint, 1)
    count, labels, stats, _middles = cv2.connectedComponentsWithStats(tall, connectivity=8)
    dark = np.bincount(labels[stacked(strong, 1) > 0], minlength=count)
    spans = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) / PX_PER_MM
    # A stroke of which little is strong is not followed: it is faint.
    spans[dark < _LEAST_STRONG * stats[:, cv2.CC_STAT_AREA]] = 0
    spans[0] = 0
    field = stats[:, cv2.CC_STAT_TOP] // (height + 1)
    # The last of each field's strokes in this order is its longest, and of those the first.
    order = np.lexsort((-np.arange(count), spans, field))
    order = order[spans[order] > 0]
    out = np.zeros((n, 2))
    out[field[order]] = np.stack((spans[order], dark[order] / _AREA_PX), axis=1)
    return out


def all_own_strokes(strong: Mask, group: Group, which: NDArray[np.int64]) -> tuple[Mask, NDArray[np.bool_]]:
    """Return the strokes inside the boxes of fields, and in which fields it must be asked whose they are.

    The first is what `own_strokes` returns for the others, in which nothing is foreign.

    Args:
        strong: (n, height, width).
        group: the group of the fields.
        which: their places in it, (n,).
    """
    n, height, width = strong.shape
    room = height + _BRIDGE_PX
    ink = stacked(strong, _BRIDGE_PX)
    joined = ink | (
        np.asarray(cv2.dilate(ink, _BRIDGE), np.uint8) & stacked(group.printed[which], _BRIDGE_PX)
    )
    count, labels, stats, middles = cv2.connectedComponentsWithStats(joined, connectivity=8)
    at = np.flatnonzero(ink)
    label = labels.ravel()[at]
    there = np.flatnonzero(strong)
    inside = group.inner[which].ravel()[there]
    within = np.bincount(label[inside], minlength=count)
    own = within > 0
    left, top, wide, high = stats[:, :4].T
    field, top = np.divmod(top, room)
    leaves = (left == 0) | (top == 0) | (left + wide == width) | (top + high == height)
    x, y = middles[:, 0], middles[:, 1] - field * room
    rows, columns = group.box_px
    centred = (x >= columns.start) & (x < columns.stop) & (y >= rows.start) & (y < rows.stop)
    whole = np.bincount(label, minlength=count)
    asked = np.zeros(n, dtype=bool)
    asked[field[own & leaves & ~centred & (within < 0.5 * whole)]] = True
    out = np.zeros(strong.shape, dtype=bool)
    out.ravel()[there[own[label]]] = True
    return out, asked


def stacked(masks: Mask, apart: int) -> NDArray[np.uint8]:
    """Return masks, (n, height, width), above each other with as many rows of nothing below each."""
    n, height, width = masks.shape
    tall = np.zeros((n, height + apart, width), np.uint8)
    tall[:, :height] = masks
    return tall.reshape(-1, width)


def lies_at(
    gray: Gray,
    page: BlankPage,
    registration: Registration,
    group: Group,
    k: int,
    strong: Mask,
    levels: Levels,
) -> bool:
    """Tell ink beside a box that may be its mark, as a ring around it or a tick that missed it is.

    It comes near the box over a stroke's length; and either all of it is in sight, or it
    is in no other field and goes on for no more than that.
    """
    rows, columns = group.box_px
    joined = _bridged(strong, group.printed[k])
    count, labels, stats, _middles = cv2.connectedComponentsWithStats(joined, connectivity=8)
    height, width = labels.shape
    near = np.zeros_like(strong)
    more = round(_BESIDE_MM * PX_PER_MM)
    near[rows.start - more : rows.stop + more, columns.start - more : columns.stop + more] = True
    whole = np.bincount(labels[strong], minlength=count)
    whole[0] = 0
    for label in np.flatnonzero(whole >= _BESIDE_MM2 * _AREA_PX):
        part = near & (labels == label)
        if longest(part)[0] < _BESIDE_LONG_MM:
            continue
        left, top = stats[label, :2]
        if left > 0 and top > 0 and not _reaches_the_end(stats[label], width, height):
            return True
        at = np.argwhere(part & strong if (part & strong).any() else part)
        owner = _whose(
            gray, page, registration, int(group.which[k]), at[len(at) // 2], group, levels, _BESIDE_REACH_MM
        )
        if owner in ("own", "shared"):
            return True
    return False


def may_lie_at(strong: Mask, box_px: tuple[slice, slice]) -> NDArray[np.bool_]:
    """Tell in which fields, of (n, height, width), `lies_at` may be true: ink comes near the box."""
    more = round(_BESIDE_MM * PX_PER_MM) + _BRIDGE_PX
    rows, columns = (slice(part.start - more, part.stop + more) for part in box_px)
    return np.asarray(strong[:, rows, columns].any(axis=(1, 2)))


_BRIDGE_PX = 3
_BRIDGE = np.ones((2 * _BRIDGE_PX + 1,) * 2, np.uint8)


def _bridged(strong: Mask, printed: Mask) -> NDArray[np.uint8]:
    """Return ink joined over the print that hides it, so that strokes are followed across an outline."""
    ink = strong.astype(np.uint8)
    return ink | (np.asarray(cv2.dilate(ink, _BRIDGE), np.uint8) & printed.astype(np.uint8))


def _depth(part: Mask, group: Group) -> float:
    """Return how far a stroke reaches into the box from the side it enters by, as a share of the side."""
    rows, columns = group.box_px
    at = np.argwhere(part)
    low, high = at.min(axis=0), at.max(axis=0)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    from_sides = (
        (high[0] - rows.start) / height,
        (rows.stop - low[0]) / height,
        (high[1] - columns.start) / width,
        (columns.stop - low[1]) / width,
    )
    return float(min(from_sides))


def _whose(
    gray: Gray,
    page: BlankPage,
    registration: Registration,
    field: int,
    at_px: NDArray[np.int64],
    group: Group,
    levels: Levels,
    nobodys_mm: float = 0.0,
) -> str:
    """Say to which field the stroke at a pixel of a field's surroundings belongs.

    Args:
        gray: page image.
        page: the blank page.
        registration: where the page's fields lie on it.
        field: index of the field in whose surroundings the stroke was met.
        at_px: row and column in those surroundings where the stroke is inside the field.
        group: the group of the field.
        levels: how dark ink is.
        nobodys_mm: a stroke in no box that spans no more than this counts as `own`.

    Returns:
        `own` if most of its ink in any box is in this one, `tail` if it belongs to another field and only
        reaches into this one, `shared` if both have much of it, `nobody` if most of it lies in no box at all.
    """
    centre = page.centres_mm[field]
    x = np.arange(-_REACH_MM[0], _REACH_MM[0], 1 / _WIDE_PX_PER_MM).astype(np.float32)[None, None, :]
    y = np.arange(-_REACH_MM[1], _REACH_MM[1], 1 / _WIDE_PX_PER_MM).astype(np.float32)[None, :, None]
    (scan,) = sample(gray, registration.matrix, (centre + registration.shift_mm[field])[None], x, y)
    (blank,) = sample(page.image, BLANK_MATRIX, centre[None], x, y)
    paper = np.percentile(scan, 70)
    printed = cv2.dilate((blank < 225).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    strong = (scan < paper * (1 - levels.strong)) & ~printed
    grown = cv2.dilate(strong.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    count, labels = cv2.connectedComponents((strong | (grown & printed)).astype(np.uint8), connectivity=8)
    row, column = (int(v) for v in at_px)
    here_x = (group.dx_mm[0, 0, column] + _REACH_MM[0]) * _WIDE_PX_PER_MM
    here_y = (group.dy_mm[0, row, 0] + _REACH_MM[1]) * _WIDE_PX_PER_MM
    near = labels[round(here_y) - 2 : round(here_y) + 3, round(here_x) - 2 : round(here_x) + 3]
    near = near[near > 0]
    if len(near) == 0:
        return "shared"
    stroke = (labels == np.bincount(near, minlength=count).argmax()) & strong
    amounts = {
        i: int(stroke[_box(page, i, centre)].sum())
        for i in range(len(page.fields))
        if (np.abs(page.centres_mm[i] - centre) < np.array(_REACH_MM)).all()
    }
    mine = amounts.pop(field, 0)
    theirs = max(amounts.values(), default=0)
    total = int(stroke.sum())
    if max(mine, theirs) < _OWN * total:
        spans = max(np.ptp(axis) for axis in np.nonzero(stroke)) / _WIDE_PX_PER_MM
        return "own" if spans <= nobodys_mm and mine >= theirs else "nobody"
    if mine < _TAIL * theirs:
        return "tail"
    return "own" if theirs < _SHARED * mine and mine >= _OWN * total else "shared"


def _box(page: BlankPage, field: int, centre: NDArray[np.float64]) -> tuple[slice, slice]:
    """Return rows and columns of a field's box in the wide crop around `centre`."""
    offset = page.centres_mm[field] - centre + np.array(_REACH_MM)
    low = np.maximum(((offset - page.sizes_mm[field] / 2) * _WIDE_PX_PER_MM).round().astype(int), 0)
    high = np.maximum(((offset + page.sizes_mm[field] / 2) * _WIDE_PX_PER_MM).round().astype(int), 0)
    return slice(low[1], high[1]), slice(low[0], high[0])
