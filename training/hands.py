"""Hands that the second rule learns from: more varied than the rehearsal's, and unlike them in how they move.

Comes in: a box and a voter. Goes out: strokes in mm on the page (`forms.rehearsal.strokes.Stroke`). A stroke
is a spline through a few points that the eye aims at; tremor, speed and pressure are laid over it. Each voter
has ways of his own: how a cross begins, whether it is written in one go, how a tick ends.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray

from phieu.forms.form import Box
from phieu.forms.rehearsal.hands import Pen, make_pen
from phieu.forms.rehearsal.strokes import Stroke

Points = NDArray[np.float64]
Rng = np.random.Generator

_SPACING_MM = 0.14
_PENS = (
    ("ball", "blue", 0.3),
    ("ball", "black", 0.14),
    ("ball", "navy", 0.06),
    ("ball", "red", 0.05),
    ("gel", "blue", 0.08),
    ("gel", "black", 0.07),
    ("felt", "blue", 0.06),
    ("felt", "black", 0.08),
    ("pencil", "", 0.16),
)


@dataclass(frozen=True, slots=True)
class Voter:
    """One hand and its ways."""

    pen: Pen
    pressure: float
    shake_mm: float
    wander: float
    """How far a stroke strays from its way, as a share of its length."""
    curve: float
    """How much straight strokes bow, as a share of their length."""
    size: float
    """Of a mark, as a share of the box."""
    stretch: float
    """Width over height."""
    turn: float
    slant: float
    spread: float
    """How far marks lie off the middle, in shares of the box."""
    hook: float
    """Chance that a stroke begins or ends with a hook."""
    fade: float
    """How much strokes thin out at their ends."""
    cross_way: int
    tick_way: int


def draw_voter(rng: Rng) -> Voter:
    """Return a voter."""
    kind, ink, _share = _PENS[int(rng.choice(len(_PENS), p=[one[2] for one in _PENS]))]
    pen = make_pen(kind, ink, rng)
    pen = replace(
        pen,
        width_mm=pen.width_mm * float(rng.uniform(0.85, 1.3)),
        grain=float(np.clip(pen.grain * rng.uniform(0.7, 1.3), 0, 1)),
        skip=max(pen.skip, float(rng.choice([0.0, 0.1, 0.3], p=[0.7, 0.2, 0.1]))),
        blob=max(pen.blob, float(rng.choice([0.0, 0.3], p=[0.8, 0.2]))),
    )
    return Voter(
        pen=pen,
        pressure=float(np.clip(rng.normal(0.62, 0.16), 0.3, 1.0)),
        shake_mm=float(rng.gamma(1.2, 0.03)),
        wander=float(rng.uniform(0.0, 0.05)),
        curve=float(rng.normal(0, 0.07)),
        size=float(np.clip(np.exp(rng.normal(-0.05, 0.3)), 0.45, 1.7)),
        stretch=float(np.exp(rng.normal(0, 0.2))),
        turn=float(rng.normal(0, 0.18)),
        slant=float(rng.normal(0.1, 0.2)),
        spread=float(rng.uniform(0.03, 0.16)),
        hook=float(rng.choice([0.0, 0.15, 0.5], p=[0.5, 0.3, 0.2])),
        fade=float(rng.beta(1, 2)),
        cross_way=int(rng.choice(8, p=[0.28, 0.12, 0.18, 0.1, 0.1, 0.08, 0.07, 0.07])),
        tick_way=int(rng.integers(0, 5)),
    )


@dataclass(frozen=True, slots=True)
class Spot:
    """Where and how large one mark is drawn: `at` takes -1..1 to mm."""

    x: float
    y: float
    half_w: float
    half_h: float
    turn: float
    slant: float

    def at(self, u: float, v: float) -> tuple[float, float]:
        """Return a point in mm."""
        x, y = u * self.half_w, v * self.half_h
        x -= self.slant * y
        return (
            self.x + x * cos(self.turn) - y * sin(self.turn),
            self.y + x * sin(self.turn) + y * cos(self.turn),
        )


def spot(box: Box, voter: Voter, rng: Rng, tight: float = 1.0) -> Spot:
    """Return where a voter's next mark comes to lie; `tight` below 1 keeps it nearer to the box."""
    half = min(box.w, box.h) / 2 * voter.size * float(np.exp(rng.normal(0, 0.12)))
    half = min(half, min(box.w, box.h) / 2 * (1.1 + 0.9 * tight))
    off = rng.normal(0, voter.spread, 2) * tight * min(box.w, box.h)
    if rng.random() < 0.06 * tight:
        off = off + rng.uniform(-0.4, 0.4, 2) * min(box.w, box.h)
    root = float(np.sqrt(voter.stretch))
    return Spot(
        box.x + box.w / 2 + float(off[0]),
        box.y + box.h / 2 + float(off[1]),
        half * root,
        half / root,
        voter.turn + float(rng.normal(0, 0.06)),
        voter.slant,
    )


def stroke(points: list[tuple[float, float]], voter: Voter, rng: Rng, sharp: bool = False) -> Stroke:
    """Return the pen's way along points in mm: smooth through them, or with corners where `sharp`."""
    way = _even(np.array(points, dtype=np.float64), sharp)
    length = len(way) * _SPACING_MM
    way = way + voter.wander * min(length, 12) * 0.5 * _slow(len(way), max(3, int(length / 3)), rng)
    way = way + voter.shake_mm * _slow(len(way), max(4, int(length / 0.7)), rng)
    ends = np.minimum(np.arange(len(way)), np.arange(len(way))[::-1])
    thinned = 1 - 0.75 * voter.fade * np.exp(-ends / (2 + 14 * voter.fade))
    pressure = voter.pressure * thinned * (1 + 0.15 * _slow(len(way), max(4, int(length / 4)), rng)[:, 0])
    speed = 45 * float(np.exp(rng.normal(0, 0.4))) * (1 - 0.6 * np.exp(-ends / 6))
    return Stroke(way, speed, np.clip(pressure, 0.05, 1.0))


def bowed(start: tuple[float, float], end: tuple[float, float], voter: Voter, rng: Rng) -> Stroke:
    """Return a stroke meant to be straight."""
    a, b = np.array(start), np.array(end)
    across = np.array([a[1] - b[1], b[0] - a[0]])
    middle = (a + b) / 2 + across * (voter.curve + float(rng.normal(0, 0.03)))
    points = [start, (float(middle[0]), float(middle[1])), end]
    if rng.random() < voter.hook:
        points.append(_beside(end, 0.9, rng))
    if rng.random() < voter.hook / 2:
        points.insert(0, _beside(start, 0.7, rng))
    return stroke(points, voter, rng)


def cross(s: Spot, voter: Voter, rng: Rng) -> list[Stroke]:
    """Two strokes, or one that does the work of two, in the voter's way."""

    def j(u: float, v: float) -> tuple[float, float]:
        long = 1 + abs(float(rng.normal(0, 0.35))) if rng.random() < 0.2 else 1.0
        return s.at(u * long + float(rng.normal(0, 0.13)), v * long + float(rng.normal(0, 0.13)))

    way = voter.cross_way
    if way in (2, 3):  # in one go: down, back round, and through
        start, foot, top, end = j(-0.85, -0.9), j(0.85, 0.9), j(0.9, -0.85), j(-0.85, 0.9)
        if way == 3:
            start, foot, top, end = j(0.85, -0.9), j(-0.85, 0.9), j(-0.9, -0.8), j(0.85, 0.85)
        swing = float(rng.uniform(0.1, 0.5)) * (1 if way == 2 else -1)
        return [
            stroke([start, s.at(0, 0), foot, _between(foot, top, s, swing), top, s.at(0, 0), end], voter, rng)
        ]
    if way == 4:  # upright, as a plus
        return [
            bowed(j(-0.95, 0.0), j(0.95, 0.0), voter, rng),
            bowed(j(0.0, -0.95), j(0.0, 0.95), voter, rng),
        ]
    if way == 5:  # two bows back to back, as a printed x or )(
        bow = float(rng.uniform(0.2, 0.5))
        left = [j(-0.8, -0.9), s.at(-0.1 + bow / 4, 0), j(-0.8, 0.9)]
        right = [j(0.8, -0.9), s.at(0.1 - bow / 4, 0), j(0.8, 0.9)]
        return [stroke(left, voter, rng), stroke(right, voter, rng)]
    if way == 6:  # one stroke is a swung s
        falling = [j(-0.9, -0.75), s.at(-0.4, -0.8), s.at(0.35, 0.8), j(0.9, 0.7)]
        return [stroke(falling, voter, rng), bowed(j(0.85, -0.9), j(-0.85, 0.9), voter, rng)]
    strokes = [
        bowed(j(-0.85, -0.9), j(0.85, 0.9), voter, rng),
        bowed(j(0.85, -0.9), j(-0.85, 0.9), voter, rng),
    ]
    if way == 7 and rng.random() < 0.5:  # gone over a second time, nearly in the same place
        again = strokes[int(rng.integers(0, 2))]
        strokes.append(replace(again, xy_mm=again.xy_mm + rng.normal(0, 0.12, 2)))
    return strokes


def tick(s: Spot, voter: Voter, rng: Rng) -> list[Stroke]:
    """A short leg and a long one."""
    knee = (float(rng.normal(-0.25, 0.12)), float(rng.normal(0.8, 0.12)))
    start = (float(rng.normal(-0.9, 0.1)), float(rng.normal(0.05, 0.25)))
    end = (float(rng.normal(0.95, 0.2)), float(rng.normal(-0.95, 0.2)))
    long = 1 + abs(float(rng.normal(0, 0.4))) if rng.random() < 0.25 else 1.0
    end = (end[0] * long, end[1] * long)
    middle = (
        (knee[0] + end[0]) / 2 + float(rng.normal(0, 0.1)),
        (knee[1] + end[1]) / 2 + float(rng.normal(0, 0.1)),
    )
    points = [s.at(*start), s.at(*knee), s.at(*middle), s.at(*end)]
    if voter.tick_way == 1:  # a round foot
        points = [s.at(*start), s.at(knee[0] - 0.15, knee[1]), s.at(knee[0] + 0.15, knee[1]), s.at(*end)]
    elif voter.tick_way == 2:  # begins with a little hook
        points.insert(0, s.at(start[0] - 0.15, start[1] + 0.2))
    elif voter.tick_way == 3:  # ends in a bow
        points.append(s.at(end[0] + 0.35, end[1] + float(rng.uniform(-0.1, 0.25))))
    return [stroke(points, voter, rng, sharp=voter.tick_way == 4)]


def line(s: Spot, voter: Voter, rng: Rng) -> list[Stroke]:
    """One stroke: level, rising, falling or upright."""
    angle = (0.0, -pi / 4, pi / 4, pi / 2)[int(rng.integers(0, 4))] + float(rng.normal(0, 0.15))
    u, v = cos(angle), sin(angle)
    return [bowed(s.at(-u, -v), s.at(u, v), voter, rng)]


def ring(s: Spot, voter: Voter, rng: Rng) -> list[Stroke]:
    """Once round, open or closed, now and then twice."""
    wide = float(rng.uniform(0.7, 1.5))
    turns = float(rng.uniform(0.93, 1.12)) + (float(rng.integers(0, 2)) if rng.random() < 0.12 else 0)
    start, way = float(rng.uniform(0, 2 * pi)), float(rng.choice([-1, 1]))
    angles = start + way * np.linspace(0, 2 * pi * turns, max(10, int(12 * turns)))
    radius = wide * (1 + rng.normal(0, 0.05, len(angles)))
    return [stroke([s.at(r * cos(a), r * sin(a)) for r, a in zip(radius, angles, strict=True)], voter, rng)]


def fill(s: Spot, voter: Voter, rng: Rng) -> list[Stroke]:
    """To and fro until the box is full."""
    rows = int(np.clip(2 * s.half_h / (voter.pen.width_mm * float(rng.uniform(0.55, 1.0))), 5, 40))
    angle = float(rng.uniform(0, pi))
    points = []
    for k in range(rows):
        level = -0.85 + 1.7 * k / (rows - 1) + float(rng.normal(0, 0.03))
        for side in (-1, 1) if k % 2 else (1, -1):
            u = side * min(0.9, float(rng.normal(0.85, 0.08)))
            points.append(s.at(u * cos(angle) - level * sin(angle), u * sin(angle) + level * cos(angle)))
    return [stroke(points, voter, rng, sharp=True)]


def rest(s: Spot, voter: Voter, rng: Rng) -> list[Stroke]:
    """Where the pen rested, slipped a little, or was tried out."""
    x, y = s.at(float(rng.uniform(-0.7, 0.7)), float(rng.uniform(-0.7, 0.7)))
    slide = rng.normal(0, 1, 2) * float(rng.choice([0.05, 0.25], p=[0.65, 0.35]))
    return [stroke([(x, y), (x + float(slide[0]), y + float(slide[1]))], replace(voter, shake_mm=0.01), rng)]


PLAIN: dict[str, Callable[[Spot, Voter, Rng], list[Stroke]]] = {
    "cross": cross,
    "tick": tick,
    "line": line,
    "ring": ring,
    "fill": fill,
}


def _between(a: tuple[float, float], b: tuple[float, float], s: Spot, out: float) -> tuple[float, float]:
    return ((a[0] + b[0]) / 2 + out * s.half_w, (a[1] + b[1]) / 2)


def _beside(at: tuple[float, float], reach_mm: float, rng: Rng) -> tuple[float, float]:
    dx, dy = rng.normal(0, reach_mm * 0.5, 2)
    return at[0] + float(dx), at[1] + float(dy)


def _even(points: Points, sharp: bool) -> Points:
    """Return a way through points, evenly sampled: a Catmull-Rom spline, or straight from point to point."""
    if sharp or len(points) < 3:
        dense = points
    else:
        padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
        t = np.linspace(0, 1, 12, endpoint=False)[:, None]
        parts = []
        for k in range(1, len(padded) - 2):
            a, b, c, d = padded[k - 1 : k + 3]
            parts.append(
                0.5
                * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
            )
        dense = np.vstack([*parts, points[-1:]])
    steps = np.hypot(*np.diff(dense, axis=0).T)
    way = np.concatenate([[0.0], np.cumsum(steps)])
    even = np.linspace(0, way[-1], max(3, int(way[-1] / _SPACING_MM) + 1))
    return np.column_stack([np.interp(even, way, dense[:, axis]) for axis in (0, 1)])


def _slow(count: int, knots: int, rng: Rng) -> Points:
    """Return smooth random deviations, (count, 2), of about 1."""
    values = rng.normal(0, 1, (knots, 2))
    at = np.linspace(0, knots - 1, count)
    low = np.minimum(at.astype(int), knots - 2)
    share = (1 - np.cos((at - low) * pi)) / 2
    return np.asarray(values[low] * (1 - share)[:, None] + values[low + 1] * share[:, None])
