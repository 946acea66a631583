"""Held out: how a hand moves, as a mass on a damped spring whose far end is led from aim to aim.

Nobody who works on the reader looks at this file, and it was written without looking at how the reader judges
marks or how the rehearsal draws them. The idea is the equilibrium-point hypothesis of motor control (Feldman
1986) with the two axes of a writing hand, fingers and wrist, as springs of their own (Hollerbach 1981): the
nervous system moves an equilibrium point along straight lines between aims; the pen lags behind it, rounds
corners when hurried and overshoots when it is lax.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, sin

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEP_S = 0.002
_SPACING_MM = 0.12
"""Between the points of a track: what a line of ink is drawn from."""
_SETTLE_S = 0.05


@dataclass(frozen=True, slots=True)
class Arm:
    """The hand of one voter."""

    stiffness: float
    """Natural frequency of the finger's spring, in radians a second."""
    ratio: float
    """Of the wrist's frequency to the finger's."""
    damping: float
    """1 is critical: below it the pen overshoots."""
    axis: float
    """Direction of the finger's axis, in radians."""
    pace: float
    """How long a centimetre takes, in seconds."""
    tremor_mm: float
    tremor_hz: float
    pressure: float
    """Usual pressure, 0 to 1."""
    lift_s: float
    """How long the pen takes to leave or meet the paper."""


@dataclass(frozen=True, slots=True)
class Aim:
    """Where the hand wants to be next."""

    x: float
    y: float
    down: bool = True
    """Whether the pen is on the paper on the way there."""
    wait_s: float = 0.0
    """How long the hand rests there."""


@dataclass(frozen=True, slots=True)
class Track:
    """The pen's way over the paper, from touching it to leaving it."""

    xy_mm: Floats
    """(n, 2), evenly spaced."""
    pressure: Floats
    """(n,), 0 to 1."""
    slowness: Floats
    """(n,), 1 at usual speed, more where the pen lingers."""


def new_arm(rng: np.random.Generator) -> Arm:
    """Return one voter's hand."""
    old = rng.random() < 0.1
    return Arm(
        stiffness=float(rng.uniform(38, 110)),
        ratio=float(rng.uniform(0.6, 1.1)),
        damping=float(rng.uniform(0.55, 1.1)),
        axis=float(rng.normal(1.0, 0.25)),
        pace=float(rng.uniform(0.07, 0.3)),
        tremor_mm=float(rng.uniform(0.04, 0.11) if old else rng.exponential(0.015)),
        tremor_hz=float(rng.uniform(5, 11)),
        pressure=float(np.clip(rng.normal(0.65, 0.16), 0.3, 1.0)),
        lift_s=float(rng.uniform(0.008, 0.05)),
    )


def tracks(
    start: tuple[float, float], aims: Sequence[Aim], arm: Arm, rng: np.random.Generator
) -> list[Track]:
    """Return what the pen does on the paper while the hand goes from aim to aim; places in mm."""
    led, down = _lead(start, aims, arm, rng)
    xy = _followed(led, arm)
    time = np.arange(len(xy)) * _STEP_S
    phase = rng.uniform(0, 6.28, 2)
    for axis in (0, 1):
        swing = np.sin(2 * np.pi * arm.tremor_hz * time + phase[axis])
        xy[:, axis] += arm.tremor_mm * swing * (0.6 + 0.4 * np.sin(1.7 * time + phase[1 - axis]))
    pressed = _pressed(down, arm, rng)
    return [_track(xy[a:b], pressed[a:b]) for a, b in _spells(pressed > 0.06) if b - a >= 3]


def _lead(
    start: tuple[float, float], aims: Sequence[Aim], arm: Arm, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return the equilibrium point and whether the pen is meant to be down, for each step of time."""
    place = np.array(start)
    points, downs = [np.repeat(place[None], 2, axis=0)], [np.full(2, float(aims[0].down))]
    for aim in aims:
        target = np.array([aim.x, aim.y])
        way = hypot(*(target - place))
        # Longer ways are gone faster (isochrony).
        took = arm.pace * (0.35 + (way / 10) ** 0.6) * float(np.exp(rng.normal(0, 0.12)))
        steps = max(2, int(min(took, 0.9) / _STEP_S))
        along = np.linspace(0, 1, steps + 1)[1:, None]
        points.append(place + along * (target - place))
        downs.append(np.full(steps, float(aim.down)))
        rest = int(aim.wait_s / _STEP_S)
        points.append(np.repeat(target[None], rest, axis=0))
        downs.append(np.full(rest, float(aim.down)))
        place = target
    settle = int(_SETTLE_S / _STEP_S)
    points.append(np.repeat(place[None], settle, axis=0))
    downs.append(np.full(settle, 0.0))
    return np.vstack(points), np.concatenate(downs)


def _followed(led: Floats, arm: Arm) -> Floats:
    """Return the pen's way: each axis of the hand follows the equilibrium point by itself."""
    c, s = cos(arm.axis), sin(arm.axis)
    turn = np.array([[c, s], [-s, c]])
    wanted = (led - led[0]) @ turn.T
    went = np.empty_like(wanted)
    for axis, frequency in ((0, arm.stiffness), (1, arm.stiffness * arm.ratio)):
        spring, drag = frequency * frequency, 2 * arm.damping * frequency
        at = speed = 0.0
        for i, goal in enumerate(wanted[:, axis].tolist()):
            speed += (spring * (goal - at) - drag * speed) * _STEP_S
            at += speed * _STEP_S
            went[i, axis] = at
    return np.asarray(went @ turn + led[0])


def _pressed(down: Floats, arm: Arm, rng: np.random.Generator) -> Floats:
    """Return the pressure: it comes and goes within the time a pen takes to land, and wanders meanwhile."""
    share = 1 - np.exp(-_STEP_S / arm.lift_s)
    level, out = 0.0, np.empty(len(down))
    for i, wanted in enumerate(down.tolist()):
        level += share * (wanted - level)
        out[i] = level
    knots = rng.normal(1, 0.16, max(3, len(down) // 25))
    wander = np.interp(np.linspace(0, 1, len(down)), np.linspace(0, 1, len(knots)), knots)
    return np.asarray(np.clip(out * arm.pressure * wander, 0, 1))


def _spells(on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], on, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _track(xy: Floats, pressure: Floats) -> Track:
    """Space the points of a spell evenly along the way."""
    steps = np.hypot(*np.diff(xy, axis=0).T)
    way = np.concatenate(([0.0], np.cumsum(steps + 1e-9)))
    count = max(2, int(way[-1] / _SPACING_MM) + 1)
    at = np.linspace(0, way[-1], count)
    when = np.interp(at, way, np.arange(len(way)))
    pace = np.gradient(when)
    usual = float(np.median(pace)) or 1.0
    return Track(
        np.column_stack([np.interp(at, way, xy[:, 0]), np.interp(at, way, xy[:, 1])]),
        np.interp(at, way, pressure),
        np.clip(pace / usual, 0.3, 6.0),
    )
