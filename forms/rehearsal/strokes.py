"""How a hand moves a pen: pen paths with the speed and pressure of real writing.

Comes in: pushes of the hand, each a direction that turns while it lasts. Goes out: a `Stroke`, the pen's way
over the paper from touching it to leaving it.

The model is the kinematic theory of rapid human movements: each push has a lognormal speed over time, pushes
overlap, and the path is their sum. So corners round off when they are written fast, and the pen is slow where
it turns: nothing here is a straight line with noise.

Source: R. Plamondon, "A kinematic theory of rapid human movements", Biological Cybernetics 72 (1995).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_STEP_S = 0.004
_SPACING_MM = 0.14
"""Distance between the points of a finished stroke: a third of a pen's line."""


@dataclass(frozen=True, slots=True)
class Push:
    """One push of the hand: it goes `length` far while its direction turns."""

    start_s: float
    length: float
    turn_from: float
    """Direction at the start, in radians; 0 is to the right, a quarter turn is down the page."""
    turn_to: float
    delay: float = -1.7
    """Logarithm of the seconds until the push is at its median (mu of the lognormal)."""
    spread: float = 0.3
    """Sigma of the lognormal."""


@dataclass(frozen=True, slots=True)
class Touch:
    """How a hand holds its pen: what a path becomes on paper."""

    tremor_mm: float
    """Amplitude of the trembling at 8 to 12 Hz."""
    wander_mm: float
    """Amplitude of slow deviations from the way that was meant."""
    pressure: float
    """0 to 1; 0.6 is usual."""
    flick: float
    """0: the pen stops before it is lifted. 1: it is lifted in flight, so that the line thins out."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """The pen's way from touching the paper to leaving it; all arrays have one entry a point."""

    xy_mm: FloatArray
    """(n, 2)."""
    speed: FloatArray
    """mm a second."""
    pressure: FloatArray
    """0 (lifted) to 1."""


@dataclass(frozen=True, slots=True)
class Path:
    """A movement in the plane before it is placed on paper, evenly sampled in time."""

    xy: FloatArray
    """(n, 2)."""

    def between(self, start: tuple[float, float], end: tuple[float, float]) -> "Path":
        """Return the path turned and scaled so that it starts and ends at the points given."""
        z = self.xy[:, 0] + 1j * self.xy[:, 1]
        first, last = complex(*start), complex(*end)
        z = first + (z - z[0]) * (last - first) / (z[-1] - z[0])
        return Path(np.column_stack([z.real, z.imag]))

    def within(self, centre: tuple[float, float], width: float, height: float, slant: float = 0.0) -> "Path":
        """Return the path stretched so that it fills a rectangle, then slanted by a shear."""
        low, high = self.xy.min(axis=0), self.xy.max(axis=0)
        unit = (self.xy - (low + high) / 2) / np.maximum(high - low, 1e-6)
        x, y = unit[:, 0] * width, unit[:, 1] * height
        return Path(np.column_stack([centre[0] + x - slant * y, centre[1] + y]))

    def followed_by(self, other: "Path") -> "Path":
        """Return both paths as one, without lifting the pen; `other` begins where this one ends."""
        return Path(np.vstack([self.xy, other.xy[1:] + (self.xy[-1] - other.xy[0])]))


def move(pushes: Sequence[Push]) -> Path:
    """Return the path that overlapping pushes make together, starting at the origin."""
    end_s = max(p.start_s + np.exp(p.delay + 3 * p.spread) for p in pushes)
    time = np.arange(0.0, end_s, _STEP_S)
    velocity = np.zeros((len(time), 2))
    for push in pushes:
        since = np.maximum(time - push.start_s, 1e-9)
        speed = np.exp(-((np.log(since) - push.delay) ** 2) / (2 * push.spread**2)) / since
        done = np.cumsum(speed)
        if done[-1] <= 0:
            continue
        direction = push.turn_from + (push.turn_to - push.turn_from) * done / done[-1]
        step = push.length * speed / done[-1]
        velocity += np.column_stack([step * np.cos(direction), step * np.sin(direction)])
    path = np.cumsum(velocity, axis=0)
    moving = np.flatnonzero(np.hypot(velocity[:, 0], velocity[:, 1]) > 1e-4 * max(p.length for p in pushes))
    return Path(path[moving[0] : moving[-1] + 1])


def write(path: Path, touch: Touch, rng: np.random.Generator) -> Stroke:
    """Return the stroke that a hand leaves when it means to follow `path`."""
    count = len(path.xy)
    time: FloatArray = np.arange(count, dtype=np.float64) * _STEP_S
    shaken = path.xy + touch.wander_mm * _slow(time, 1.5, rng) + touch.tremor_mm * _trembling(time, rng)
    steps = np.hypot(*np.diff(shaken, axis=0).T)
    way = np.concatenate([[0.0], np.cumsum(steps)])
    speed = np.gradient(way, _STEP_S)

    onset = 1 - 0.7 * np.exp(-time / rng.uniform(0.008, 0.025))
    release = 1 - (0.5 + 0.45 * touch.flick) * np.exp(-(time[-1] - time) / (0.01 + 0.05 * touch.flick))
    down = np.gradient(shaken[:, 1], _STEP_S) / np.maximum(speed, 1.0)
    pressure = touch.pressure * onset * release * (1 + 0.12 * down) * (1 + 0.15 * _slow(time, 3.0, rng)[:, 0])

    even = np.linspace(0.0, way[-1], max(2, int(way[-1] / _SPACING_MM) + 1))
    return Stroke(
        xy_mm=np.column_stack([np.interp(even, way, shaken[:, axis]) for axis in (0, 1)]),
        speed=np.interp(even, way, speed),
        pressure=np.clip(np.interp(even, way, pressure), 0.02, 1.0),
    )


def rest(at: tuple[float, float], touch: Touch, rng: np.random.Generator) -> Stroke:
    """Return the trace of a pen that was put down and slid at most a little."""
    slide = rng.normal(0, 1, 2) * rng.choice([0.06, 0.3], p=[0.7, 0.3])
    xy = np.array(at) + np.outer(np.linspace(0, 1, 6), slide)
    return Stroke(xy, np.full(6, 2.0), np.full(6, min(1.0, touch.pressure * rng.uniform(0.7, 1.3))))


def moved(stroke: Stroke, dx_mm: float, dy_mm: float) -> Stroke:
    """Return the same stroke elsewhere."""
    return replace(stroke, xy_mm=stroke.xy_mm + np.array([dx_mm, dy_mm]))


def _slow(time: FloatArray, hertz: float, rng: np.random.Generator) -> FloatArray:
    """Smooth random deviations, (n, 2), with a standard deviation near 1."""
    knots = max(4, int(time[-1] * hertz * 2) + 4)
    values = rng.normal(0, 1, (knots, 2))
    at = np.linspace(0, knots - 1, len(time))
    low = np.minimum(at.astype(int), knots - 2)
    share = (1 - np.cos((at - low) * np.pi)) / 2
    return np.asarray(values[low] * (1 - share)[:, None] + values[low + 1] * share[:, None])


def _trembling(time: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Oscillation at 8 to 12 Hz whose amplitude swells and fades, (n, 2)."""
    hertz = rng.uniform(8, 12, 2) * (1 + 0.05 * _slow(time, 2, rng))
    phase = np.cumsum(2 * np.pi * hertz, axis=0) * _STEP_S + rng.uniform(0, 2 * np.pi, 2)
    return np.asarray(np.sin(phase) * _slow(time, 2, rng))
