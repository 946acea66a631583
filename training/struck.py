"""Marks that a voter took back: struck out, scribbled over, written over. Only people can say what was meant.

Comes in: the strokes of a plain mark and where it lies. Goes out: the strokes of what takes it back. One kind
is left out: a single slash struck by a single slash is a cross, and nobody can tell.
"""

from collections.abc import Callable
from dataclasses import replace
from math import cos, pi, sin

import numpy as np

from phieu.forms.rehearsal.strokes import Stroke

from .hands import Rng, Spot, Voter, bowed, cross, fill, ring, stroke, tick


def struck(s: Spot, voter: Voter, rng: Rng) -> list[Stroke]:
    """Return a cross or a tick and what takes it back."""
    kind = "tick" if rng.random() < 0.55 else "cross"
    under = (tick if kind == "tick" else cross)(s, voter, rng)
    ways = _WAYS if kind == "cross" else (*_WAYS, _crossed_out)
    weights = np.array([6.0, 3.0, 1.5, 1.5, 1.5, 2.0, 1.0, 1.0] + [2.0] * (len(ways) - len(_WAYS)))
    way = ways[int(rng.choice(len(ways), p=weights / weights.sum()))]
    # The second thought may be a firmer or a hastier one.
    hand = replace(voter, pressure=float(np.clip(voter.pressure * rng.uniform(0.8, 1.35), 0.25, 1)))
    return under + way(s, hand, rng)


def _one_line(s: Spot, voter: Voter, rng: Rng) -> list[Stroke]:
    """One line through it: level as a rule, out on both sides or only just; the middle, or the foot."""
    angle = float(
        rng.choice(
            [rng.normal(0, 0.15), rng.uniform(-0.6, 0.6), pi / 2 + rng.normal(0, 0.2)], p=[0.6, 0.25, 0.15]
        )
    )
    level = float(rng.normal(0, 0.25))
    reach = [float(rng.uniform(0.75, 1.6)) for _side in (0, 1)]
    if rng.random() < 0.2:
        reach = [one * 1.6 for one in reach]
    return [_through(s, angle, level, (reach[0], reach[1]), voter, rng)]


def _several_lines(s: Spot, voter: Voter, rng: Rng) -> list[Stroke]:
    angle = float(rng.normal(0, 0.3)) + (pi / 4 if rng.random() < 0.3 else 0)
    count = int(rng.integers(2, 5))
    return [
        _through(
            s,
            angle + float(rng.normal(0, 0.06)),
            level,
            (float(rng.uniform(0.8, 1.5)), float(rng.uniform(0.8, 1.5))),
            voter,
            rng,
        )
        for level in np.linspace(-0.5, 0.5, count) * float(rng.uniform(0.6, 1.2))
    ]


def _wave(s: Spot, voter: Voter, rng: Rng) -> list[Stroke]:
    """One wavy line, or a zigzag, over the mark."""
    turns = int(rng.integers(3, 9))
    high = float(rng.uniform(0.15, 0.9))
    u = np.linspace(-1.2, 1.2, turns * 2)
    return [
        stroke(
            [
                s.at(float(a) + float(rng.normal(0, 0.05)), high * (-1) ** k * float(rng.uniform(0.7, 1.1)))
                for k, a in enumerate(u)
            ],
            voter,
            rng,
            sharp=bool(rng.random() < 0.4),
        )
    ]


def _scrawl(s: Spot, voter: Voter, rng: Rng) -> list[Stroke]:
    """Loops over the mark, as one blots a word out."""
    turns = float(rng.uniform(2.5, 7))
    a = np.linspace(0, 2 * pi * turns, int(turns * 9)) * float(rng.choice([-1, 1])) + float(rng.uniform(0, 6))
    wide, high = float(rng.uniform(0.5, 1.0)), float(rng.uniform(0.35, 0.9))
    along = np.linspace(-0.5, 0.5, len(a)) * float(rng.uniform(0, 1.2))
    return [
        stroke(
            [s.at(wide * cos(b) + float(c), high * sin(b)) for b, c in zip(a, along, strict=True)], voter, rng
        )
    ]


def _ringed(s: Spot, voter: Voter, rng: Rng) -> list[Stroke]:
    """A ring around the mark, or around it and a line through."""
    out = ring(replace(s, half_w=s.half_w * 0.95, half_h=s.half_h * 0.95), voter, rng)
    return out + (_one_line(s, voter, rng) if rng.random() < 0.5 else [])


def _arrow(s: Spot, voter: Voter, rng: Rng) -> list[Stroke]:
    """A line from the mark, or through it, far to one side, where the better mark is; with a point or not."""
    side = float(rng.choice([-1, 1]))
    far = float(rng.uniform(2.2, 6))
    start, end = (
        s.at(-side * float(rng.uniform(0.2, 1.3)), float(rng.normal(0, 0.2))),
        s.at(side * far, float(rng.normal(0, 0.35))),
    )
    out = [bowed(start, end, voter, rng)]
    if rng.random() < 0.6:
        for way in (-1, 1):
            out.append(bowed(end, (end[0] - side * 1.3, end[1] + way * 0.9), replace(voter, hook=0), rng))
    return out


def _written_over(s: Spot, voter: Voter, rng: Rng) -> list[Stroke]:
    """Another mark on top: a tick on a cross, a cross on a tick, a second cross turned."""
    other = replace(s, turn=s.turn + float(rng.uniform(0.4, 1.1)), x=s.x + float(rng.normal(0, 0.3)))
    return (cross if rng.random() < 0.6 else tick)(other, voter, rng)


def _blacked(s: Spot, voter: Voter, rng: Rng) -> list[Stroke]:
    """Filled over, out of the box."""
    wide = replace(
        s, half_w=s.half_w * float(rng.uniform(1.05, 1.5)), half_h=s.half_h * float(rng.uniform(1.0, 1.4))
    )
    return fill(wide, replace(voter, wander=0.04), rng)


def _crossed_out(s: Spot, voter: Voter, rng: Rng) -> list[Stroke]:
    """A whole cross over a tick."""
    big = replace(
        s, half_w=s.half_w * float(rng.uniform(0.9, 1.4)), half_h=s.half_h * float(rng.uniform(0.9, 1.4))
    )
    return cross(big, voter, rng)


_WAYS: tuple[Callable[[Spot, Voter, Rng], list[Stroke]], ...] = (
    _one_line,
    _several_lines,
    _wave,
    _scrawl,
    _ringed,
    _arrow,
    _written_over,
    _blacked,
)


def _through(
    s: Spot, angle: float, level: float, reach: tuple[float, float], voter: Voter, rng: Rng
) -> Stroke:
    """Return a line through a mark's middle (`level` 0) or beside it; the mark's turn does not turn it."""
    u, v = cos(angle), sin(angle)
    flat = replace(s, turn=0.0, slant=0.0)
    return bowed(
        flat.at(-reach[0] * u - level * v, -reach[0] * v + level * u),
        flat.at(reach[1] * u - level * v, reach[1] * v + level * u),
        voter,
        rng,
    )
