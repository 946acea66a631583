"""A page as one voter's hand: each mark is held against the page's typical mark. Step 9 of `marks`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from . import shape
from .blank import BlankPage
from .ink import Mask
from .reading import State
from .rule import Features, MarkRule, Verdict
from .shape import Shapes

_WIDEST_PEN_MM = 1.6
_A_HAND = 5
"""So many marks show how a voter marks."""
_PEN = ("strong", "dot", "shared", "passing", "crowded")
"""Reasons that say a pen was here; folds, streaks and bleed-through say nothing of a contest's other
fields."""
_DOUBT = ("corrected", "tangled", "heavy", "slight", "shared", "passing", "crowded")
"""Reasons that put a contest's other marks in doubt, too: one of them may be what was meant."""


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
    reasons, features = _reasons(_stacked([verdicts[i].mark for i in marks]), several, sides_mm, rule)
    for i, why, measured in zip(marks, reasons, features, strict=True):
        out[i] = replace(verdicts[i], features=(*verdicts[i].features, *measured))
        if why:
            out[i] = replace(out[i], state=State.UNCLEAR, why=why)
    doubted = {field.contest for field, v in zip(page.fields, out, strict=True) if v.why in _DOUBT}
    for i in marks:
        if out[i].state is State.MARKED and page.fields[i].contest in doubted:
            out[i] = replace(out[i], state=State.UNCLEAR, why="beside")
    return out


def _reasons(
    ink: Mask, several: NDArray[np.bool_], sides_mm: NDArray[np.float64], rule: MarkRule
) -> tuple[list[str], list[Features]]:
    """Return why each mark is in doubt, or an empty string; and what was measured of it.

    Args:
        ink: the marks, (n, height, width).
        several: whether another field of the contest has ink, too.
        sides_mm: the size of each mark's box.
        rule: the numbers to decide by.
    """
    form = shape.measure(ink)
    known = len(ink) >= _A_HAND
    pen = min(float(np.median(form.width_mm) if known else form.width_mm.min()), _WIDEST_PEN_MM)
    straight = shape.two_strokes(ink, np.minimum(form.width_mm, pen))
    hand = _Hand.of(form, straight) if known else _Hand.of_a_cross(form, rule)
    amount = form.area_mm2 / (hand.pen_mm * form.span_mm) / max(hand.ink, rule.tick_way)
    effort = np.maximum(amount, form.area_mm2 / (form.width_mm * form.span_mm) / max(hand.way, rule.tick_way))
    thicker = form.thickest_mm / hand.thick_mm
    # Where the hand itself is loose, no mark stands out by that.
    loose = np.asarray(straight < min(rule.two_strokes, hand.straight - 0.05))
    tangled = straight < (min(rule.tangled, hand.straight - 0.1) if known else rule.two_strokes_alone)
    tangled |= loose & (effort > rule.tangled_times)
    # Who fills boxes or draws rings marks in a way that also hides a mark: only its like is taken for one.
    wide = hand.pen_mm > rule.fill_mm
    plain = not known or hand.straight >= (rule.plain_felt if wide else rule.plain_hand)
    # A line through a tick. Some hands write a cross in one go, and so close a triangle each time.
    enclosed = shape.enclosed(ink)
    closed = enclosed > rule.enclosed_mm2
    if not known or float(closed.mean()) < rule.enclosed_usual:
        tangled |= closed
    unlike = (effort > rule.unlike_times) | (np.minimum(amount, thicker) < rule.unlike)
    tangled |= unlike & (not plain)
    usual = known and float(tangled.mean()) > 0.5
    dot = (form.span_mm < 1.8 * form.thickest_mm) & (form.span_mm < rule.blot * sides_mm)
    more = np.maximum(effort, thicker) > rule.corrected_times
    heavy = (effort > rule.heavy_times) | (thicker > rule.thick_times)
    least = np.where(several, rule.slight_beside, rule.slight) * hand.area_mm2
    found = {
        "dot": dot,
        "corrected": several & (loose | more),
        "tangled": tangled & ~(usual & ~unlike),
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
    }
    return (
        [next((why for why, here in found.items() if here[m]), "") for m in range(len(ink))],
        [tuple((name, float(values[m])) for name, values in measured.items()) for m in range(len(ink))],
    )


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
        pen = float(min(form.width_mm.min(), _WIDEST_PEN_MM))
        return cls(pen, rule.cross_way, rule.cross_way, rule.thick_alone_mm / rule.thick_times, 0.0, 1.0)


def _stacked(masks: Sequence[Mask | None]) -> Mask:
    """Return masks of different sizes as one array, filled up with nothing."""
    every = [mask for mask in masks if mask is not None]
    height, width = (max(mask.shape[axis] for mask in every) for axis in (0, 1))
    out = np.zeros((len(every), height, width), dtype=bool)
    for i, mask in enumerate(every):
        out[i, : mask.shape[0], : mask.shape[1]] = mask
    return out
