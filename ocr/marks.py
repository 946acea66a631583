"""Ink in each field -> marked, empty or unclear, by a rule that can be checked by eye.

What `ink` sees around a field is sorted into strokes, connected over the printed outline. `side` is the
width of the box. In this order:

 1. The field's place is not confirmed by its own outline, or it leaves the image: unclear (`outline`,
    `outside`).
 2. Its paper is much darker than the page's (a hole, a stain, a shadow): unclear (`paper`).
 3. A straight line enters the surroundings on one side, crosses the box and leaves on the other, as a streak,
    a fold or a stroke through a whole row does: unclear (`line`).
 4. More than an eighth of the surroundings has ink, as under a seal or in a scribble: unclear (`crowded`).
 5. No ink inside: empty (`clean`); but ink on three sides around the box, as a circle: unclear (`around`).
 6. A stroke that has its middle outside the box and goes on beyond the surroundings is looked at as a whole.
    If it belongs to another field, and reaches into this one by less than half its side and with less than a
    third of the ink it has there, it is an overshoot and does not count (`tail`). If it belongs to none, or
    to both: unclear (`passing`, `shared`).
 7. What is left is a mark if its longest stroke, followed through its fainter parts, is at least 0.4 of the
    side long, and 0.5 mm2 of it are strong: marked (`strong`). If it is shorter than 0.9 mm it is a speck:
    empty (`speck`). Between the two, or as wide as it is long: unclear (`dot`).
 8. Ink that only the faint level sees, longer than 1.2 mm: unclear (`faint`). In a contest in which no field
    has any ink, the same is asked of anything twice as faint again.
 9. Then the page is looked at as one voter's hand: each mark is held against the page's typical mark, or,
    where there are fewer than five, against a cross. Cross, tick and slash lie in two straight strips, half
    a millimetre wider than the pen, to 92 %. A mark that lies in them to less than 88 %, or that does not lie
    in them and has strokes 1.2 times as long for its size, is a circle, a filling, or was scribbled over or
    struck out: unclear (`tangled`), unless most of the page's marks are so. Where they are, as with a
    voter who fills boxes, a mark is only taken for one if it is like them: strokes no longer than 1.15 times,
    thickness and ink no less than 0.7. A mark with strokes 1.5 times as long for its size, or 1.6 times as
    thick at its thickest: unclear (`heavy`). Where another field of the contest has ink too, 1.3 times is
    enough for either, and so is not to lie in two strips: unclear (`corrected`). A mark with less than 0.3
    of the typical mark's ink, 0.5 beside another, may be a hair or a slip of the pen: unclear (`slight`).

The rule set is not known here: two clear marks in one contest are both reported as marked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ..forms.form import FieldKind
from . import ink, place, shape
from .blank import BlankPage
from .ink import PX_PER_MM, Group, Ink, Levels, Mask
from .place import Gray
from .reading import FieldReading, State
from .register import Registration
from .shape import Shapes
from .strokes import runs_on, whose

_AREA_PX = PX_PER_MM * PX_PER_MM
_LEANS = np.radians(np.arange(-8, 8.1, 1.0))
"""A streak leans as the sheet did; a fold is not quite level."""
_WIDEST_PEN_MM = 1.6
_A_HAND = 5
"""So many marks show how a voter marks."""
_LEAST_STRONG = 0.3
_PEN = ("strong", "dot", "shared", "passing", "crowded")
"""Reasons that say a pen was here; folds, streaks and bleed-through say nothing of the contest's other
fields."""


@dataclass(frozen=True, slots=True)
class MarkRule:
    """The numbers of the rule above."""

    strong: float = 0.2
    """Strong ink is darker than paper by this share of its level."""
    faint: float = 0.07
    dark_paper: float = 0.65
    """Paper below this share of the page's typical level is not paper."""
    crowded: float = 0.125
    speck_mm: float = 0.9
    faint_mm: float = 1.2
    least_length: float = 0.4
    """Of the inner side."""
    least_area_mm2: float = 0.5
    trace: float = 0.03
    """The faintest that is looked for, in contests without any ink."""
    two_strokes: float = 0.92
    """Of the ink of a cross or tick, in two strips; a shaky hand leaves them a little."""
    tangled: float = 0.88
    tangled_times: float = 1.2
    blot: float = 0.7
    """What is as wide as long, and shorter than this share of the side, is where a pen rested."""
    plain_hand: float = 0.95
    fill_mm: float = 1.2
    unlike_times: float = 1.15
    unlike: float = 0.7
    slight: float = 0.3
    slight_beside: float = 0.5
    heavy_times: float = 1.5
    thick_times: float = 1.6
    corrected_times: float = 1.3
    cross_way: float = 1.5
    """The strokes of a cross together, over its span; what a mark is held against on a page of few."""
    tick_way: float = 1.2
    """The same for a long tick: who ticks may still make a cross here and there."""
    thick_alone_mm: float = 2.4


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one field's ink says, before the page is looked at as a whole."""

    state: State
    why: str
    share: float = 0.0
    """Of the unprinted paper inside the box that has strong ink, or faint where that is all there is."""
    mark: Mask | None = None
    """The mark's own ink, in the box and around it."""


def read_marks(
    gray: Gray, colour: Gray | None, page: BlankPage, registration: Registration, rule: MarkRule
) -> tuple[FieldReading, ...]:
    """Return what stands in each field of a page, in the form's order.

    Args:
        gray: page image.
        colour: the same in BGR where the scan has colour.
        page: the blank page.
        registration: where its fields lie on the image.
        rule: the numbers to decide by.
    """
    if not page.fields:
        return ()
    seen, levels = ink.see(
        gray, colour, registration.matrix, registration.shift_mm, page, rule.strong, rule.faint
    )
    on_image = place.inside(
        registration.matrix, page.centres_mm + registration.shift_mm, page.sizes_mm / 2, gray.shape
    )
    typical = float(np.median(np.concatenate([one.paper for one in seen])))
    verdicts: dict[int, Verdict] = {}
    for one in seen:
        inner_px = np.maximum(one.group.inner.sum(axis=(1, 2)), 1)
        inside = (one.faint & one.group.inner).sum(axis=(1, 2))
        around = (one.faint & one.group.ring).sum(axis=(1, 2))
        for k, index in enumerate(one.group.which):
            i = int(index)
            if not on_image[i]:
                verdict = Verdict(State.UNCLEAR, "outside")
            elif not registration.held[i]:
                verdict = Verdict(State.UNCLEAR, "outline", float(inside[k] / inner_px[k]))
            elif one.paper[k] < rule.dark_paper * typical:
                verdict = Verdict(State.UNCLEAR, "paper", float(inside[k] / inner_px[k]))
            elif inside[k] <= 2 and around[k] < 2 * PX_PER_MM:
                verdict = Verdict(State.EMPTY, "clean")
            else:
                verdict = _judged(gray, page, registration, one, k, levels, rule)
            verdicts[i] = verdict
    judged = _as_one_hand(page, [verdicts[i] for i in range(len(page.fields))], rule)
    judged = _second_look(page, judged, seen, levels, rule)
    return tuple(
        FieldReading(field.contest, field.option, verdict.state, round(verdict.share, 4), verdict.why)
        for field, verdict in zip(page.fields, judged, strict=True)
    )


def _judged(
    gray: Gray, page: BlankPage, registration: Registration, one: Ink, k: int, levels: Levels, rule: MarkRule
) -> Verdict:
    """Decide a field with some ink in or around it: steps 3 to 8."""
    group = one.group
    inner, ring = group.inner[k], group.ring[k]
    strong, faint = one.strong[k], one.faint[k]
    seal = False
    if one.red is not None:
        pen = strong & ~_sealed(one.red[k], group, inner, ring)
        seal = bool((strong & ~pen & inner).sum() > 0.3 * _AREA_PX)
        faint = faint & (pen | ~_near(strong & ~pen))
        strong = pen
    kind = page.fields[int(group.which[k])].kind
    inner_px = max(int(inner.sum()), 1)
    share = float((strong & inner).sum() / inner_px)
    faint_share = float((faint & inner).sum() / inner_px)
    inked = faint_share * inner_px > 2
    if kind in (FieldKind.TEXT, FieldKind.STRIKE):
        return _written(share, faint & inner, kind)
    here = (gray, page, registration)
    if inked and (
        _crossed(*here, faint, group, k, levels)
        or _through(*here, strong if share else faint, group, k, levels)
    ):
        return Verdict(State.UNCLEAR, "line", max(share, faint_share))
    if inked and (strong & ring).sum() > rule.crowded * ring.sum():
        return Verdict(State.UNCLEAR, "crowded", max(share, faint_share))
    mark, foreign = strong, ""
    if (strong & inner).any():
        mark, foreign = _own(gray, page, registration, group, k, strong, levels)
        if foreign in ("shared", "passing"):
            return Verdict(State.UNCLEAR, foreign, share)
    own = mark & inner
    side = min(group.side_mm)
    length, area = _followed(own, faint & inner)
    if length >= rule.least_length * side and area >= rule.least_area_mm2:
        return Verdict(State.MARKED, "strong", float(own.sum() / inner_px), mark)
    if _longest(own)[0] >= rule.speck_mm:
        return Verdict(State.UNCLEAR, "dot", share)
    leftover = faint & inner & ~_near(strong & inner & ~own) if foreign else faint & inner
    if _longest(leftover)[0] >= rule.faint_mm:
        return Verdict(State.UNCLEAR, "faint", faint_share)
    if foreign:
        return Verdict(State.EMPTY, "tail", share)
    if _sides(strong & ring, group) >= 3:
        return Verdict(State.UNCLEAR, "around", share)
    if seal:
        return Verdict(State.EMPTY, "seal", share)
    return Verdict(State.EMPTY, "speck" if inked else "clean", share)


def _written(share: float, inside: Mask, kind: FieldKind) -> Verdict:
    """Decide a field that is not marked but written into or struck: ink that is longer than a speck."""
    if _longest(inside)[0] < 2.0:
        return Verdict(State.EMPTY, "clean", share)
    if kind is FieldKind.TEXT and share > 0:
        return Verdict(State.MARKED, "written", share)
    return Verdict(State.UNCLEAR, "written", share)


def _as_one_hand(page: BlankPage, verdicts: Sequence[Verdict], rule: MarkRule) -> list[Verdict]:
    """Hold each mark against the other marks of the page: step 9."""
    out = list(verdicts)
    marks = [i for i, v in enumerate(verdicts) if v.mark is not None]
    if not marks:
        return out
    inked: dict[str, int] = {}
    for field, verdict in zip(page.fields, verdicts, strict=True):
        if verdict.why in _PEN and verdict.state is not State.EMPTY:
            inked[field.contest] = inked.get(field.contest, 0) + 1
    ink_of = _stacked([verdicts[i].mark for i in marks])
    form = shape.measure(ink_of)
    pen = float(np.median(form.width_mm)) if len(marks) >= _A_HAND else float(form.width_mm.min())
    straight = shape.two_strokes(ink_of, np.minimum(form.width_mm, min(pen, _WIDEST_PEN_MM)))
    hand = _hand(form, straight, rule)
    effort = np.maximum(
        form.area_mm2 / (hand.pen_mm * form.span_mm) / hand.ink,
        form.area_mm2 / (form.width_mm * form.span_mm) / hand.way,
    )
    thicker = form.thickest_mm / hand.thick_mm
    # Where the hand itself is loose, no mark stands out by that.
    loose = straight < min(rule.two_strokes, hand.straight - 0.05)
    limit = min(rule.tangled, hand.straight - 0.1) if len(marks) >= _A_HAND else rule.two_strokes
    tangled = (straight < limit) | (loose & (effort > rule.tangled_times))
    # Who fills boxes or draws rings marks in a way that also hides a mark: only its like is taken for one.
    strokes = hand.straight >= rule.plain_hand and hand.pen_mm <= rule.fill_mm
    ink = form.area_mm2 / (hand.pen_mm * form.span_mm) / hand.ink
    unlike = (effort > rule.unlike_times) | (np.minimum(ink, thicker) < rule.unlike)
    tangled |= unlike & (not strokes)
    usual = len(marks) >= _A_HAND and float(tangled.mean()) > 0.5
    for m, i in enumerate(marks):
        several = inked[page.fields[i].contest] > 1
        heavy = effort[m] > rule.heavy_times or thicker[m] > rule.thick_times
        more = effort[m] > rule.corrected_times or thicker[m] > rule.corrected_times
        blot = form.span_mm[m] < 1.8 * form.thickest_mm[m] and form.span_mm[m] < rule.blot * _side(page, i)
        why = ""
        if blot:
            why = "dot"
        elif several and (loose[m] or more):
            why = "corrected"
        elif tangled[m] and not (usual and not unlike[m]):
            why = "tangled"
        elif heavy:
            why = "heavy"
        elif form.area_mm2[m] < hand.area_mm2 * (rule.slight_beside if several else rule.slight):
            why = "slight"
        out[i] = replace(verdicts[i], state=State.UNCLEAR, why=why) if why else verdicts[i]
    return out


def _side(page: BlankPage, field: int) -> float:
    return float(page.sizes_mm[field].min())


@dataclass(frozen=True, slots=True)
class _Hand:
    """What a typical mark of the page is like, or a cross where the page has too few."""

    pen_mm: float
    ink: float
    """Area over pen and span."""
    way: float
    """Length of all strokes over span."""
    thick_mm: float
    area_mm2: float
    straight: float
    """Share of its ink in two straight strips."""


def _hand(form: Shapes, straight: NDArray[np.float64], rule: MarkRule) -> _Hand:
    if len(form.area_mm2) < _A_HAND:
        pen = float(min(form.width_mm.min(), _WIDEST_PEN_MM))
        return _Hand(pen, rule.cross_way, rule.cross_way, rule.thick_alone_mm / rule.thick_times, 0.0, 1.0)
    pen = float(np.median(form.width_mm))
    way = form.area_mm2 / form.span_mm
    return _Hand(
        pen,
        max(float(np.median(way / pen)), rule.tick_way),
        max(float(np.median(way / form.width_mm)), rule.tick_way),
        float(np.median(form.thickest_mm)),
        float(np.median(form.area_mm2)),
        float(np.median(straight)),
    )


def _second_look(
    page: BlankPage, verdicts: list[Verdict], seen: Sequence[Ink], levels: Levels, rule: MarkRule
) -> list[Verdict]:
    """Look for the faintest traces in contests without any ink: the end of step 8."""
    marked = {
        field.contest for field, v in zip(page.fields, verdicts, strict=True) if v.state is not State.EMPTY
    }
    # Smoothing twice over three pixels leaves about a fifth of the noise.
    darker = max(rule.trace, 2 * levels.noise)
    for one in seen:
        for k, index in enumerate(one.group.which):
            i = int(index)
            if page.fields[i].contest in marked or page.fields[i].kind is FieldKind.TEXT:
                continue
            traces = one.traces(k, darker) & one.group.inner[k]
            if _longest(traces)[0] >= rule.faint_mm:
                verdicts[i] = Verdict(State.UNCLEAR, "faint", float(traces.sum() / one.group.inner[k].sum()))
    return verdicts


def _stacked(masks: Sequence[Mask | None]) -> Mask:
    """Return masks of different sizes as one array, filled up with nothing."""
    every = [mask for mask in masks if mask is not None]
    height, width = (max(mask.shape[axis] for mask in every) for axis in (0, 1))
    out = np.zeros((len(every), height, width), dtype=bool)
    for i, mask in enumerate(every):
        out[i, : mask.shape[0], : mask.shape[1]] = mask
    return out


def _followed(strong: Mask, faint: Mask) -> tuple[float, float]:
    """Return the longest stroke in mm, through its faint parts too, and the mm2 of its strong ones."""
    if not strong.any():
        return 0.0, 0.0
    count, labels, stats, _middles = cv2.connectedComponentsWithStats(faint.astype(np.uint8), connectivity=8)
    dark = np.bincount(labels[strong], minlength=count)
    dark[0] = 0
    spans = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) / PX_PER_MM
    # A stroke of which little is strong is not followed: it is faint.
    spans[dark < _LEAST_STRONG * stats[:, cv2.CC_STAT_AREA]] = 0
    best = int(spans[1:].argmax()) + 1 if count > 1 else 0
    return (float(spans[best]), float(dark[best]) / _AREA_PX) if best else (0.0, 0.0)


def _own(
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
    count, labels, stats, middles = cv2.connectedComponentsWithStats(bridged(strong, printed), connectivity=8)
    height, width = labels.shape
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
        owner = whose(gray, page, registration, int(group.which[k]), at[len(at) // 2], group, levels)
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


def bridged(strong: Mask, printed: Mask) -> NDArray[np.uint8]:
    """Return ink joined over the print that hides it, so that strokes are followed across an outline."""
    grown = cv2.dilate(strong.astype(np.uint8), np.ones((7, 7), np.uint8))
    return (strong | ((grown > 0) & printed)).astype(np.uint8)


def _longest(mask: Mask) -> tuple[float, float]:
    """Return the longest stroke in mm (diagonal of its bounds), and the area of all ink in mm2."""
    if not mask.any():
        return 0.0, 0.0
    count, _labels, stats, _middles = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    spans = np.hypot(stats[1:count, cv2.CC_STAT_WIDTH], stats[1:count, cv2.CC_STAT_HEIGHT])
    return float(spans.max()) / PX_PER_MM, float(mask.sum()) / _AREA_PX


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


def _crossed(
    gray: Gray, page: BlankPage, registration: Registration, faint: Mask, group: Group, k: int, levels: Levels
) -> bool:
    """Tell a streak or fold: upright or level, through the box and its surroundings, and on beyond them."""
    rows, columns = group.box_px
    free = ~group.printed[k]
    field = int(group.which[k])
    centre = page.centres_mm[field]
    for upright in (True, False):
        part = (
            (faint[:, columns], free[:, columns], rows) if upright else (faint[rows].T, free[rows].T, columns)
        )
        at = _lengthwise(*part)
        if at is None:
            continue
        from_middle = (
            at - (columns if upright else rows).stop / 2 + (columns if upright else rows).start / 2
        ) / PX_PER_MM
        start = centre + ((from_middle, 0.0) if upright else (0.0, from_middle))
        angles = _LEANS + (np.pi / 2 if upright else 0.0)
        away = group.side_mm[1 if upright else 0] / 2 + ink.MARGIN_MM
        shift = registration.shift_mm[field]
        if runs_on(gray, page, registration.matrix, shift, start, away, angles, levels.faint):
            return True
    return False


def _lengthwise(faint: Mask, free: Mask, box: slice) -> float | None:
    """Return the column in which ink runs before, through and behind the box; None where there is none."""
    wide = cv2.dilate(faint.astype(np.uint8), np.ones((1, 5), np.uint8)).astype(bool) & free
    edge = 4
    parts = (
        slice(0, box.start - edge),
        slice(box.start + edge, box.stop - edge),
        slice(box.stop + edge, None),
    )
    covered = []
    for part in parts:
        there, could = wide[part].sum(axis=0), free[part].sum(axis=0)
        full = (there >= 0.7 * could) & (could >= PX_PER_MM)
        covered.append(cv2.dilate(full.astype(np.uint8)[None], np.ones((1, 7), np.uint8))[0].astype(bool))
    through = np.flatnonzero(covered[0] & covered[1] & covered[2])
    return float(through.mean()) if len(through) else None


def _through(
    gray: Gray, page: BlankPage, registration: Registration, mask: Mask, group: Group, k: int, levels: Levels
) -> bool:
    """Tell one straight line, at any angle, through the box and its surroundings, and on beyond them."""
    inside = np.argwhere(mask & group.inner[k])[:, ::-1].astype(np.float32)
    if len(inside) < 12:
        return False
    vx, vy, x0, y0 = (float(v) for v in cv2.fitLine(inside, cv2.DIST_L2, 0, 0.01, 0.01).ravel())
    across = np.abs((inside[:, 0] - x0) * vy - (inside[:, 1] - y0) * vx)
    along = (inside[:, 0] - x0) * vx + (inside[:, 1] - y0) * vy
    if np.percentile(across, 95) > 0.6 * PX_PER_MM or np.ptp(along) < 0.6 * min(group.side_mm) * PX_PER_MM:
        return False
    thick = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    height, width = mask.shape
    ring, ends = group.ring[k], []
    for direction in (-1, 1):
        steps = np.arange(0, 2 * (height + width)) * 0.5 * direction
        xs, ys = (x0 + steps * vx).round().astype(int), (y0 + steps * vy).round().astype(int)
        on = (xs >= 0) & (ys >= 0) & (xs < width) & (ys < height)
        xs, ys = xs[on], ys[on]
        there = ring[ys, xs]
        ends.append(there.sum() >= PX_PER_MM and thick[ys, xs][there].mean() >= 0.85)
    if not all(ends):
        return False
    field = int(group.which[k])
    start = page.centres_mm[field] + (np.array([x0 - (width - 1) / 2, y0 - (height - 1) / 2]) / PX_PER_MM)
    away = max(group.side_mm) / 2 + ink.MARGIN_MM
    angles = np.arctan2(vy, vx) + _LEANS / 3
    shift = registration.shift_mm[field]
    return runs_on(gray, page, registration.matrix, shift, start, away, angles, levels.faint)


def _sides(ring: Mask, group: Group) -> int:
    """Return on how many of its four sides a box has ink at least 1.5 mm long beside it."""
    rows, columns = group.box_px
    bands = (
        ring[: rows.start, columns].any(axis=0),
        ring[rows.stop :, columns].any(axis=0),
        ring[rows, : columns.start].any(axis=1),
        ring[rows, columns.stop :].any(axis=1),
    )
    return sum(int(band.sum() >= 1.5 * PX_PER_MM) for band in bands)


def _near(mask: Mask) -> Mask:
    return cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)


def _sealed(red: Mask, group: Group, inner: Mask, ring: Mask) -> Mask:
    """Return the red ink that is a seal's: it goes on around the box, as a pen's mark in the box does not."""
    around, within = int((red & ring).sum()), int((red & inner).sum())
    return red if around > 0.5 * within and around > 1.5 * _AREA_PX else np.zeros_like(red)
