"""The ways in which a hand draws each kind of mark: the strokes of a cross, a tick, a filling.

Comes in: where and how large the mark is meant to be, and a hand. Goes out: strokes in mm. Each voter has a
manner (which stroke first, with or without a hook, lifting the pen or not), and no two marks are equal.
"""

from dataclasses import dataclass, replace
from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray

from .hands import Hand
from .strokes import Path, Push, Stroke, move, moved, rest, write


@dataclass(frozen=True, slots=True)
class Pose:
    """Where and how large one mark is drawn."""

    x: float
    y: float
    half_w: float
    half_h: float

    def at(self, u: float, v: float) -> tuple[float, float]:
        """Return a point in mm; `u` and `v` are -1 to 1 within the mark's own rectangle."""
        return self.x + u * self.half_w, self.y + v * self.half_h


def cross(pose: Pose, hand: Hand, rng: np.random.Generator) -> list[Stroke]:
    """Two strokes that cross, now and then in one go."""

    def near(u: float, v: float) -> tuple[float, float]:
        long = 1 + abs(float(rng.normal(0, 0.3))) if rng.random() < 0.2 else 1.0
        return pose.at(u * long + float(rng.normal(0, 0.16)), v * long + float(rng.normal(0, 0.16)))

    falling = [near(-0.85, -0.9), near(0.85, 0.9)]
    rising = [near(0.85, -0.9), near(-0.85, 0.9)]
    if hand.left:
        falling, rising = falling[::-1], rising[::-1]
    if hand.manner % 5 == 1:  # the second stroke is pushed up instead of pulled down
        rising = rising[::-1]
    order = [rising, falling] if hand.manner % 3 == 1 else [falling, rising]
    paths = [_straight(start, end, hand, rng) for start, end in order]
    if hand.manner % 20 == 2:  # written in one go, without lifting the pen in between
        swing = _straight(order[0][1], order[1][0], hand, rng)
        whole = paths[0].followed_by(swing).followed_by(paths[1])
        return [write(Path(_eased(whole.xy, 9)), hand.touch, rng)]
    return [write(path, hand.touch, rng) for path in paths]


def tick(pose: Pose, hand: Hand, rng: np.random.Generator) -> list[Stroke]:
    """A short stroke down and a long one up."""
    down = float(rng.uniform(0.6, 1.15))
    steep = float(rng.normal(0.95, 0.15))
    lean = float(rng.normal(-0.95, 0.12))
    overlap = float(rng.uniform(0.09, 0.26))
    bend = hand.bend * 0.6 + float(rng.normal(0, 0.12))
    up = 1.5 + float(abs(rng.normal(0, 0.35)))
    pushes = [
        Push(0.0, 0.62 * down, steep + 0.25, steep - 0.2, -1.9, 0.28),
        Push(overlap, up, lean - bend, lean + bend, -1.65, 0.3),
    ]
    if hand.manner % 4 == 3:  # begins with a small hook
        pushes.insert(0, Push(-0.06, 0.16, -0.6, 0.2, -2.2, 0.25))
    path = move(pushes)
    width = pose.half_w * float(rng.uniform(1.5, 2.1))
    height = pose.half_h * float(rng.uniform(1.5, 2.0))
    up_shift = pose.half_h * float(rng.uniform(-0.1, 0.35))
    return [write(path.within((pose.x, pose.y - up_shift), width, height), hand.touch, rng)]


def fill(pose: Pose, hand: Hand, rng: np.random.Generator) -> list[Stroke]:
    """To and fro until the box is full, more or less."""
    pitch = hand.pen.width_mm * float(rng.uniform(0.6, 1.15))
    strokes = []
    if hand.manner % 3 == 2:  # first the outline, then the inside
        strokes.append(write(_ring(pose, 0.85, hand, rng), hand.touch, rng))
    passes = 2 if rng.random() < 0.25 else 1
    for turn in range(passes):
        angle = (hand.manner % 7) * 0.25 + turn * 1.2
        path = _zigzag(pose, pitch, angle, rng)
        strokes.append(write(path, hand.touch, rng))
    return strokes


def circle(pose: Pose, hand: Hand, rng: np.random.Generator) -> list[Stroke]:
    """A ring in the box, or about it."""
    return [write(_ring(pose, float(rng.uniform(0.55, 0.95)), hand, rng), hand.touch, rng)]


def line(pose: Pose, hand: Hand, rng: np.random.Generator) -> list[Stroke]:
    """One stroke: level, rising, falling or upright."""
    ways = (
        ((-0.9, 0.05), (0.9, 0.0)),
        ((-0.8, 0.9), (0.8, -0.9)),
        ((-0.8, -0.9), (0.8, 0.9)),
        ((0.0, -0.95), (0.0, 0.95)),
    )
    way = ways[0] if pose.half_w > 2.5 * pose.half_h else ways[hand.manner % 4]
    ends = [pose.at(u + float(rng.normal(0, 0.1)), v + float(rng.normal(0, 0.12))) for u, v in way]
    return [write(_straight(ends[0], ends[1], hand, rng), hand.touch, rng)]


def faint(pose: Pose, hand: Hand, rng: np.random.Generator) -> list[Stroke]:
    """A cross or tick; what makes it faint is the hand."""
    return tick(pose, hand, rng) if hand.manner % 10 < 3 else cross(pose, hand, rng)


def dot(pose: Pose, hand: Hand, rng: np.random.Generator) -> list[Stroke]:
    """Where the pen rested."""
    strokes = [rest((pose.x, pose.y), hand.touch, rng)]
    if rng.random() < 0.2:
        strokes.append(moved(strokes[0], *(float(d) for d in rng.normal(0, 0.35, 2))))
    return strokes


def scribble(pose: Pose, hand: Hand, rng: np.random.Generator) -> list[Stroke]:
    """A cross under a scribble."""
    under = cross(pose, hand, rng)
    wide = replace(
        pose,
        half_w=pose.half_w * float(rng.uniform(1.0, 1.35)),
        half_h=pose.half_h * float(rng.uniform(0.9, 1.2)),
    )
    over = [_zigzag(wide, float(rng.uniform(0.5, 1.1)), float(rng.uniform(-0.4, 0.9)), rng)]
    if rng.random() < 0.6:
        over.append(_zigzag(wide, float(rng.uniform(0.6, 1.3)), float(rng.uniform(0.9, 2.0)), rng))
    return under + [write(path, hand.touch, rng) for path in over]


def corrected(pose: Pose, hand: Hand, rng: np.random.Generator) -> list[Stroke]:
    """What the hand would have marked with, a cross or a tick, struck through one to three times."""
    ticks = hand.manner % 10 < 3 or rng.random() < 0.2
    strokes = tick(pose, hand, rng) if ticks else cross(pose, hand, rng)
    count = int(rng.integers(1, 4))
    for number in range(count):
        level = (number - (count - 1) / 2) * float(rng.uniform(0.35, 0.6)) + float(rng.normal(0, 0.1))
        ends = [
            pose.at(side * float(rng.uniform(1.05, 1.7)), level + float(rng.normal(0, 0.12)))
            for side in (-1, 1)
        ]
        strokes.append(write(_straight(ends[0], ends[1], hand, rng), hand.touch, rng))
    return strokes


def _straight(
    start: tuple[float, float], end: tuple[float, float], hand: Hand, rng: np.random.Generator
) -> Path:
    """A stroke meant to be straight: it bends as the wrist does, and may end in a little hook."""
    bend = hand.bend + float(rng.normal(0, 0.1))
    quick = float(rng.normal(-1.6, 0.15))
    pushes = [Push(0.0, 1.0, -bend, bend, quick, float(rng.uniform(0.2, 0.36)))]
    if rng.random() < 0.25:
        pushes.append(
            Push(
                float(np.exp(quick)) * 1.1,
                float(rng.uniform(0.03, 0.12)),
                bend,
                float(rng.normal(0, 1.6)),
                quick,
                0.25,
            )
        )
    return move(pushes).between(start, end)


def _ring(pose: Pose, share: float, hand: Hand, rng: np.random.Generator) -> Path:
    """Once round, not quite closed or a little too far."""
    start = float(rng.normal(-1.2, 0.5))
    way = (2 * pi + float(rng.normal(0.15, 0.35))) * (1 if rng.random() < 0.12 else -1)
    radius = 1.0
    pushes = [
        Push(0.0, radius * abs(way) * 0.55, start, start + way * 0.55, -1.5, 0.3),
        Push(
            0.17,
            radius * abs(way) * 0.45 * float(rng.normal(1, 0.12)),
            start + way * 0.5,
            start + way,
            -1.4,
            0.3,
        ),
    ]
    path = move(pushes)
    return path.within(
        (pose.x, pose.y), 2 * pose.half_w * share, 2 * pose.half_h * share * float(rng.uniform(0.8, 1.05))
    )


def _zigzag(pose: Pose, pitch_mm: float, angle: float, rng: np.random.Generator) -> Path:
    """To and fro across the mark's rectangle without lifting the pen, the way people fill and scribble."""
    rows = int(np.clip(2 * pose.half_h / max(pitch_mm, 0.2), 4, 40))
    side = np.where(np.arange(rows) % 2 == 0, -1.0, 1.0) * (1 + rng.normal(-0.08, 0.1, rows))
    level = np.linspace(-1, 1, rows) + rng.normal(0, 0.25 / rows, rows)
    # The eye leads the hand: each push aims at a place, so errors don't add up.
    steps = np.diff(np.column_stack([side, level]), axis=0)
    bow = float(rng.normal(0.15, 0.12))
    pushes = []
    for number, (across, along) in enumerate(steps):
        direction = float(np.arctan2(along, across))
        pushes.append(
            Push(number * 0.105, float(np.hypot(across, along)), direction - bow, direction + bow, -2.0, 0.27)
        )
    unit = move(pushes).xy + np.array([side[0], level[0]])
    u = unit[:, 0] * cos(angle) - unit[:, 1] * sin(angle)
    v = unit[:, 0] * sin(angle) + unit[:, 1] * cos(angle)
    corner = 1 + 0.3 * abs(sin(2 * angle))  # a turned square is cut down to about the size of the upright one
    return Path(
        np.column_stack([pose.x + u * pose.half_w * 0.9 / corner, pose.y + v * pose.half_h * 0.9 / corner])
    )


def _eased(xy: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Round the corners where paths were joined."""
    padded = np.pad(xy, ((width, width), (0, 0)), mode="edge")
    kernel = np.ones(2 * width + 1) / (2 * width + 1)
    return np.column_stack([np.convolve(padded[:, axis], kernel, mode="valid") for axis in (0, 1)])
