"""What voters draw into a box: each kind of mark as the strokes of one hand.

Comes in: a kind, a box in mm and a hand. Goes out: strokes in mm on the page. The kinds are what people do on
real ballots, the clear ones and those that only people can decide. What each admits as a reading is said here
too, because it follows from the kind and from nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray

from ..form import Box
from . import shapes
from .hands import Hand, faintly
from .shapes import Pose
from .strokes import Stroke

_LEAST_INSIDE = 0.4
"""Share of a mark's way that lies in its own box: less, and nobody could say whose mark it is."""
_MOST_IN_OTHERS = 0.1
"""Share of a mark's way that may lie in boxes of others."""


class Mark(StrEnum):
    """Kinds of marks, as the column `mark` of a votes file names them."""

    CROSS = "cross"
    TICK = "tick"
    FILL = "fill"
    CIRCLE = "circle"
    LINE = "line"
    FAINT = "faint"
    """A cross or tick that is hardly pressed, or of a pen that runs dry."""
    DOT = "dot"
    """The pen rested there."""
    SCRIBBLE = "scribble"
    """A mark scribbled over."""
    CORRECTED = "corrected"
    """A cross or a tick struck out."""


CLEAR = (Mark.CROSS, Mark.TICK, Mark.FILL, Mark.CIRCLE, Mark.LINE)

ADMISSIBLE: dict[Mark | None, tuple[str, ...]] = {
    **{kind: ("marked", "unclear") for kind in (*CLEAR, Mark.FAINT)},
    Mark.DOT: ("empty", "unclear"),
    Mark.SCRIBBLE: ("unclear",),
    Mark.CORRECTED: ("unclear",),
    None: ("empty", "unclear"),
}
"""The readings that are no error; any other is a silent one. None: nothing was marked there."""


def draw_mark(
    kind: Mark, box: Box, hand: Hand, rng: np.random.Generator, others: Sequence[Box] = ()
) -> tuple[tuple[Stroke, ...], Hand]:
    """Return the strokes of one mark, and the hand as it was when it drew them (faint marks press less).

    Marks are off centre, too large, or run out of their box as people's are; but not so far that `others`
    (the page's other boxes) get a share that would make it theirs.
    """
    if kind is Mark.FAINT:
        hand = faintly(hand, rng)
    astray = rng.random() < hand.careless
    for tightening in (1.0, 0.7, 0.5, 0.3, 0.15, 0.0):
        pose = _pose(kind, box, hand, rng, astray, tightening)
        strokes = tuple(_turned(stroke, pose, hand, rng) for stroke in _DRAWN[kind](pose, hand, rng))
        if kind is Mark.DOT or _belongs(strokes, box, others):
            break
    return strokes, hand


def share_inside(strokes: Sequence[Stroke], box: Box) -> float:
    """Return the share of the strokes' way that lies in a box."""
    points = np.vstack([stroke.xy_mm for stroke in strokes])
    x, y = points[:, 0] - box.x, points[:, 1] - box.y
    return float(np.mean((x >= 0) & (x <= box.w) & (y >= 0) & (y <= box.h)))


def _belongs(strokes: Sequence[Stroke], box: Box, others: Sequence[Box]) -> bool:
    return share_inside(strokes, box) >= _LEAST_INSIDE and all(
        share_inside(strokes, other) <= _MOST_IN_OTHERS for other in others
    )


def _pose(
    kind: Mark, box: Box, hand: Hand, rng: np.random.Generator, astray: bool, tightening: float
) -> Pose:
    size = float(np.clip(hand.size * np.exp(rng.normal(0, 0.13)), 0.45, 1.7))
    if astray and rng.random() < 0.5:
        size *= float(rng.uniform(1.3, 2.2)) ** tightening
    if tightening < 0.5:
        size = min(size, 1.1)
    side = min(box.w, box.h)
    width = side
    if box.w > 2.5 * side:  # a name to be struck out
        width = box.w * 0.8 if kind in (Mark.LINE, Mark.FILL, Mark.SCRIBBLE) else 2 * side
    off = np.array(hand.drift) + rng.normal(0, hand.spread, 2)
    if astray and kind is not Mark.DOT:
        off = off + rng.uniform(0.15, 0.55) * _unit(rng.uniform(0, 2 * pi))
    if kind is Mark.DOT:
        off = rng.uniform(-0.35, 0.35, 2)
    off = off * tightening * side
    stretch = float(np.exp(rng.normal(0.04, 0.12)))
    return Pose(
        box.x + box.w / 2 + float(off[0]),
        box.y + box.h / 2 + float(off[1]),
        size * width / 2 * stretch,
        size * side / 2 / stretch,
    )


def _turned(stroke: Stroke, pose: Pose, hand: Hand, rng: np.random.Generator) -> Stroke:
    """Rotate and slant a stroke as the hand does, about its centre; long marks keep their direction."""
    turn = (hand.turn + float(rng.normal(0, 0.05))) * min(1.0, pose.half_h / pose.half_w)
    x, y = stroke.xy_mm[:, 0] - pose.x, stroke.xy_mm[:, 1] - pose.y
    x = x - hand.slant * y
    turned = np.column_stack([x * cos(turn) - y * sin(turn) + pose.x, x * sin(turn) + y * cos(turn) + pose.y])
    return replace(stroke, xy_mm=turned)


def _unit(angle: float) -> NDArray[np.float64]:
    return np.array([cos(angle), sin(angle)])


_DRAWN: dict[Mark, Callable[[Pose, Hand, np.random.Generator], list[Stroke]]] = {
    Mark.CROSS: shapes.cross,
    Mark.TICK: shapes.tick,
    Mark.FILL: shapes.fill,
    Mark.CIRCLE: shapes.circle,
    Mark.LINE: shapes.line,
    Mark.FAINT: shapes.faint,
    Mark.DOT: shapes.dot,
    Mark.SCRIBBLE: shapes.scribble,
    Mark.CORRECTED: shapes.corrected,
}
