"""A page as one voter's hand: each mark is held against the page's typical mark. Step 9 of `marks`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from . import alike, kinds, shape
from .blank import BlankPage
from .contests import held_together
from .ink import Mask
from .kinds import Figure, Kind
from .reading import State
from .rule import Features, MarkRule, Sight, Verdict
from .shape import Shapes
from .streaks import streaked
from .through import is_struck, leaves_far

_SPARE = {Kind.CROSS: 0.15, Kind.LOOP: 0.5, Kind.LINE: 1.5, Kind.TICK: 1.6, Kind.RING: 0.3}
"""How much ink may lie off a mark's lines, in mm2 for a pen of a mm: a tick's corner is a blot."""
_SPARE_STOUT = 0.5
_STOUT_MM = 0.9
"""Of a cross drawn with a stout pen, or of which print hides an arm."""
_LEVEL = 45
"""Degrees."""
_WIDEST_PEN_MM = 1.6
_A_HAND = 5
"""So many marks show how a voter marks."""
_PEN = ("strong", "dot", "shared", "passing", "crowded")
"""Reasons that say a pen was here; folds, streaks and bleed-through say nothing of a contest's other
fields."""


def as_one_hand(page: BlankPage, verdicts: Sequence[Verdict], rule: MarkRule) -> list[Verdict]:
    """Return the verdicts on a page's fields, in the form's order, after looking at them together."""
    out = list(verdicts)
    marks = [i for i, v in enumerate(verdicts) if v.mark is not None]
    if not marks:
        return out
    inked: dict[str, int] = {}
    for field, verdict in zip(page.fields, verdicts, strict=True):
        if verdict.why in _PEN and verdict.state is not State.EMPTY:
            inked[field.contest] = inked.get(field.contest, 0) + 1
    several = np.array([inked[page.fields[i].contest] > 1 for i in marks])
    sides_mm = page.sizes_mm[marks].min(axis=1)
    ink = _stacked([verdicts[i].mark for i in marks])
    sights = [sight for i in marks if (sight := verdicts[i].sight) is not None]
    form = shape.measure(ink)
    figures = kinds.figures(sights, _pen_mm(form))
    reasons, features = _reasons(ink, form, sights, figures, several, sides_mm, rule)
    clean = [i for i, v in enumerate(verdicts) if v.why == "clean"]
    for m in streaked(page, marks, clean, sights, figures):
        reasons[m] = "line"
    for i, why, measured in zip(marks, reasons, features, strict=True):
        out[i] = replace(verdicts[i], features=(*verdicts[i].features, *measured))
        if why:
            out[i] = replace(out[i], state=State.UNCLEAR, why=why)
    return held_together(page, out, rule)


def _reasons(
    ink: Mask,
    form: Shapes,
    sights: Sequence[Sight],
    figures: Sequence[Figure],
    several: NDArray[np.bool_],
    sides_mm: NDArray[np.float64],
    rule: MarkRule,
) -> tuple[list[str], list[Features]]:
    """Return why each mark is in doubt, or an empty string; and what was measured of it.

    Args:
        ink: the marks, (n, height, width).
        form: their shapes.
        sights: what is seen of their lines.
        figures: what each is.
        several: whether another field of the contest has ink, too.
        sides_mm: the size of each mark's box.
        rule: the numbers to decide by.
    """
    known = len(ink) >= _A_HAND
    pen = _pen_mm(form)
    straight = shape.two_strokes(ink, np.minimum(form.width_mm, pen))
    hand = _Hand.of(form, straight) if known else _Hand.of_a_cross(form, rule)
    amount = form.area_mm2 / (hand.pen_mm * form.span_mm) / max(hand.ink, rule.tick_way)
    effort = np.maximum(amount, form.area_mm2 / (form.width_mm * form.span_mm) / max(hand.way, rule.tick_way))
    thicker = form.thickest_mm / hand.thick_mm
    enclosed = shape.enclosed(ink)
    closed = enclosed > rule.enclosed_mm2
    # Some hands write a cross in one go, and so close a triangle each time.
    loops = known and float(closed.mean()) >= rule.enclosed_usual
    named = np.array([one.kind in kinds.NAMED or (loops and one.kind is Kind.LOOP) for one in figures])
    extra = np.array([one.extra_mm2 for one in figures])
    other = np.array([_is_more(one, pen) for one in figures])
    other |= np.array([one.kind is Kind.OTHER for one in figures]) & (
        (straight < rule.nearly_two) | (enclosed > rule.enclosed_mm2)
    )
    # Two signs that are weak each by itself: ink off a cross's lines, and off its two strips.
    other |= (
        np.array([one.kind is Kind.CROSS for one in figures])
        & (extra > rule.off_lines * pen)
        & (straight < min(rule.two_strokes_alone, hand.straight - 0.04))
    )
    line = [one.kind is Kind.LINE and one.extra_mm2 <= rule.off_lines * pen / 2 for one in figures]
    cross = [_has_level_stroke(one) and not _is_more(one, pen) for one in figures]
    # A cross's own stroke may go out on one side; where one goes through on both, it may strike out a slash.
    own = _as_usual(figures, pen, rule) if known else line
    struck = np.array(
        [
            not (line[m] or own[m]) and (is_struck(one, pen) or (not cross[m] and leaves_far(one)))
            for m, one in enumerate(sights)
        ]
    )
    if not known or float(struck.mean()) <= rule.struck_usual:  # else the hand's crosses have a level stroke
        other |= struck
    # However many of the hand's marks have it: a line that goes on far is not one of a mark's strokes.
    far = np.array([one.far for one in sights]) & np.array([one.kind is not Kind.LINE for one in figures])
    unlike_kind = _unlike(figures, rule)
    part = np.array([one.kind is Kind.PART for one in figures]) & (straight >= rule.two_strokes)
    crowded = np.array([one.crowded for one in sights]) & ~named & ~part
    rings = np.array([one.kind is Kind.RING and not _is_more(one, pen) for one in figures])
    # Where the hand itself is loose, no mark stands out by that.
    loose = np.asarray(straight < min(rule.two_strokes, hand.straight - 0.05))
    tangled = straight < (min(rule.tangled, hand.straight - 0.1) if known else rule.two_strokes_alone)
    tangled |= loose & (effort > rule.tangled_times)
    tangled = (tangled & ~named) | other
    # Who fills boxes or draws rings marks in a way that also hides a mark: only its like is taken for one.
    wide = hand.pen_mm > rule.fill_mm
    plain = not known or hand.straight >= (rule.plain_felt if wide else rule.plain_hand)
    if not loops:  # it may be a line through a tick
        tangled |= closed & ~named
    unlike = (effort > rule.unlike_times) | (np.minimum(amount, thicker) < rule.unlike)
    tangled |= unlike & (not plain)
    usual = known and float(tangled.mean()) > 0.5
    solid = np.array([one.kind is Kind.SOLID for one in figures])
    # No pen that is as fine as the hand's fills an area by its strokes alone.
    patch = solid & (not known or float(solid.mean()) <= 0.5) & (hand.pen_mm <= rule.fill_mm)
    # A ring among rings: it goes round once, and has nothing in it.
    tangled &= ~(rings & known & (float(rings.mean()) > 0.5))
    dot = (form.span_mm < 1.8 * form.thickest_mm) & (form.span_mm < rule.blot * sides_mm)
    more = np.maximum(effort, thicker) > rule.corrected_times
    heavy = (effort > rule.heavy_times) | (thicker > rule.thick_times)
    heavy |= _stouter(form, figures, rule)
    least = np.where(several, rule.slight_beside, rule.slight) * hand.area_mm2
    tangled = far | patch | (tangled & ~(usual & ~unlike))
    if known:  # what is the hand's way, however odd, says nothing; a line through it would
        again = (tangled | unlike_kind) & ~(several | struck | far | heavy)
        which = np.flatnonzero(again)
        most = np.where(patch, rule.unmatched_area, rule.unmatched)[which]
        again[which] = alike.are_alike(which.tolist(), sights, most, rule.wider_than_usual)
        tangled, unlike_kind = tangled & ~again, unlike_kind & ~again
    found = {
        "dot": dot,
        "corrected": several & ((loose & ~named) | more),
        "unlike": unlike_kind,
        "crowded": crowded,
        "tangled": tangled,
        "heavy": heavy,
        "slight": form.area_mm2 < least,
    }
    measured = {
        "span_mm": form.span_mm,
        "pen_mm": form.width_mm,
        "thick_mm": form.thickest_mm,
        "straight": straight,
        "enclosed_mm2": enclosed,
        "effort": effort,
        "ends": np.array([one.ends for one in figures]),
        "extra_mm2": extra,
        "crossings": np.array([one.crossings for one in figures]),
    }
    return (
        [next((why for why, here in found.items() if here[m]), "") for m in range(len(ink))],
        [tuple((name, float(values[m])) for name, values in measured.items()) for m in range(len(ink))],
    )


def _pen_mm(form: Shapes) -> float:
    """Return how wide the hand's pen draws: the lower middle, since of two marks one may be blacked out."""
    width = np.sort(form.width_mm)
    return float(min(width[(len(width) - 1) // 2], _WIDEST_PEN_MM))


def _has_level_stroke(one: Figure) -> bool:
    """Tell a cross of which all is seen and one of whose two strokes is rather level: no third need be."""
    return (
        one.kind is Kind.CROSS
        and one.ends == 4
        and one.arms >= 3
        and min(_between(way, 0.0) for way in one.directions) < np.radians(_LEVEL)
    )


def _is_more(one: Figure, pen_mm: float) -> bool:
    """Tell whether there is more in a mark than its figure: more ends, or ink off its lines."""
    if one.kind is Kind.OTHER:
        return one.exceeds
    spare = _SPARE.get(one.kind, np.inf)
    if one.kind is Kind.CROSS and (pen_mm > _STOUT_MM or one.ends < 4):
        spare = _SPARE_STOUT
    return one.extra_mm2 > spare * pen_mm


def _stouter(form: Shapes, figures: Sequence[Figure], rule: MarkRule) -> NDArray[np.bool_]:
    """Tell marks whose strokes are wider than is usual among the hand's marks of their kind: drawn twice.

    How much wider a stroke must be depends on how evenly the hand draws. The thickest place is known to
    a third of a mm only.
    """
    out = np.zeros(len(figures), dtype=bool)
    for kinds_alike in ((Kind.LINE, Kind.TICK), (Kind.CROSS, Kind.LOOP)):
        alike = np.array([one.kind in kinds_alike for one in figures])
        if alike.sum() < _A_HAND:
            continue
        measures = [(form.thickest_mm, 0.4)]
        if Kind.LINE in kinds_alike:  # the mean width says nothing where stout strokes cross
            measures.append((form.width_mm, 0.12))
        for wide, least_mm in measures:
            usual = float(np.median(wide[alike]))
            spread = float(np.median(np.abs(wide[alike] / usual - 1)))
            share = np.clip(8 * spread, rule.wider_least, rule.wider_most)
            out |= alike & (wide > max(usual * (1 + share), usual + least_mm))
    return out


def _unlike(figures: Sequence[Figure], rule: MarkRule) -> NDArray[np.bool_]:
    """Tell marks that are of another kind than the hand's usual one, as a slash is that was struck out."""
    plain = (Kind.LINE, Kind.TICK, Kind.PART)
    two_armed = sum(one.kind in plain and not one.crosses for one in figures)
    out = np.zeros(len(figures), dtype=bool)
    if two_armed > rule.two_armed * len(figures):
        return np.array([one.crosses for one in figures])
    ways = np.array([one.directions for one in figures if one.kind is Kind.CROSS])
    if len(ways) < _A_HAND:
        return out
    usual = _usual_ways(ways)
    for m, one in enumerate(figures):
        if one.kind is Kind.CROSS:
            out[m] = _turned(one.directions, usual) > np.radians(rule.turned)
    return out


def _turned(ways: tuple[float, ...], usual: tuple[float, float]) -> float:
    """Return by how much a cross's two strokes run otherwise than usual, in radians."""
    a, b = ways
    return min(
        max(_between(a, usual[0]), _between(b, usual[1])),
        max(_between(b, usual[0]), _between(a, usual[1])),
    )


def _as_usual(figures: Sequence[Figure], pen_mm: float, rule: MarkRule) -> list[bool]:
    """Tell plain crosses that run as most marks of the page do: their level stroke is the hand's own."""
    ways = np.array([one.directions for one in figures if one.kind is Kind.CROSS])
    if len(ways) < max(_A_HAND, rule.crosses_usual * len(figures)):
        return [False] * len(figures)
    usual = _usual_ways(ways)
    return [
        one.kind is Kind.CROSS
        and one.ends in (3, 4)
        and not _is_more(one, pen_mm)
        and _turned(one.directions, usual) <= np.radians(rule.runs_alike)
        for one in figures
    ]


def _usual_ways(ways: NDArray[np.float64]) -> tuple[float, float]:
    """Return the usual directions of a hand's crosses, (n, 2) in radians: falling and rising strokes."""
    # y runs down, so the stroke that falls to the right is nearer to 45 degrees.
    falling = np.abs(ways - np.pi / 4).argmin(axis=1)
    rows = np.arange(len(ways))
    means = (np.exp(2j * ways[rows, at]).sum() for at in (falling, 1 - falling))
    one, two = (float(np.angle(mean) / 2 % np.pi) for mean in means)
    return one, two


def _between(a: float, b: float) -> float:
    """Return the angle between two directions, 0 to pi / 2."""
    apart = abs(a - b) % np.pi
    return min(apart, np.pi - apart)


@dataclass(frozen=True, slots=True)
class _Hand:
    """What a typical mark of the page is like."""

    pen_mm: float
    ink: float
    """Area over pen and span."""
    way: float
    """Length of all strokes over span."""
    thick_mm: float
    area_mm2: float
    straight: float
    """Share of its ink in two straight strips."""

    @classmethod
    def of(cls, form: Shapes, straight: NDArray[np.float64]) -> Self:
        """Return the typical mark among several."""
        pen = float(np.median(form.width_mm))
        way = form.area_mm2 / form.span_mm
        return cls(
            pen,
            float(np.median(way / pen)),
            float(np.median(way / form.width_mm)),
            float(np.median(form.thickest_mm)),
            float(np.median(form.area_mm2)),
            float(np.median(straight)),
        )

    @classmethod
    def of_a_cross(cls, form: Shapes, rule: MarkRule) -> Self:
        """Return what a mark is held against where too few are on the page to know the hand."""
        pen = _pen_mm(form)
        return cls(pen, rule.cross_way, rule.cross_way, rule.thick_alone_mm / rule.thick_times, 0.0, 1.0)


def _stacked(masks: Sequence[Mask | None]) -> Mask:
    """Return masks of different sizes as one array, filled up with nothing."""
    every = [mask for mask in masks if mask is not None]
    height, width = (max(mask.shape[axis] for mask in every) for axis in (0, 1))
    out = np.zeros((len(every), height, width), dtype=bool)
    for i, mask in enumerate(every):
        out[i, : mask.shape[0], : mask.shape[1]] = mask
    return out
