"""Held out: what voters mean to draw, as aims of the hand.

Comes in: a kind of mark and a box. Goes out: strokes in mm. The kinds, and what may truly be read from each:

    cross, tick, fill, circle, line      marked; the voter did what the ballot asks, or nearly
    faint                                the same, hardly pressed
    overshoot                            a cross or tick that runs far out of its box, over other boxes too
    dot, rest                            empty: the pen touched the paper
    scribbled, struck, arrow             only people can tell: a mark taken back

A reader may always say that it isn't sure.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import cos, pi, sin

import numpy as np

from phieu.forms.form import Box

from .motion import Aim, Arm, Floats, Track, tracks

Rng = np.random.Generator
Drawn = list[Track]

CLEAR = ("cross", "tick", "fill", "circle", "line", "faint", "overshoot")
TOUCHES = ("dot", "rest")
DOUBTS = ("scribbled", "struck", "arrow")
MARKS = (*CLEAR, *TOUCHES, *DOUBTS)

_OWN_SHARE = 0.45
"""Of its way a mark has at least this much in its own box or close around it..."""
_OTHERS_SHARE = 0.12
"""...and at most this much in any other box, or nobody could say whose it is."""


def admissible(mark: str | None) -> frozenset[str]:
    """Return the states that are no error where this mark stands."""
    if mark is None or mark in TOUCHES:
        return frozenset({"empty", "unclear"})
    return frozenset({"unclear"}) if mark in DOUBTS else frozenset({"marked", "unclear"})


def draw(
    mark: str,
    box: Box,
    others: Sequence[Box],
    arm: Arm,
    habit: int,
    rng: Rng,
    towards: Box | None = None,
    pen_mm: float = 0.5,
) -> Drawn:
    """Return the strokes of one mark.

    Args:
        mark: one of `MARKS`.
        box: that it stands in.
        others: the page's other boxes; a mark is drawn again, smaller, while it lies in one of them too much.
        arm: of the voter.
        habit: a number that says which of several ways this voter has.
        rng: of this mark.
        towards: for an arrow, the box it leads to.
        pen_mm: how wide the pen writes: who strikes a mark out goes so far that it shows.
    """
    for calm in (1.0, 0.75, 0.5, 0.3, 0.1):
        if mark == "arrow":
            drawn = _arrow(box, towards or others[0], arm, habit, rng)
            break
        strokes = _plan(mark, box, habit, calm, rng, pen_mm)
        if mark == "struck":
            strokes += _strikes(strokes, habit, pen_mm, rng)
        drawn = [track for start, aims in strokes for track in tracks(start, aims, arm, rng)]
        if mark in TOUCHES or belongs(drawn, box, others, mark):
            break
    return drawn


def belongs(drawn: Sequence[Track], box: Box, others: Sequence[Box], mark: str = "") -> bool:
    """Tell whether people would say that strokes stand in this box."""
    if not drawn:
        return False
    way = np.vstack([track.xy_mm for track in drawn])
    roomy = Box(box.x - 1.5, box.y - 1.5, box.w + 3, box.h + 3)
    own = share(way, roomy if mark == "circle" else box)
    least = 0.25 if mark == "overshoot" else _OWN_SHARE
    near = [o for o in others if abs(o.x - box.x) < 40 and abs(o.y - box.y) < 40]
    return own >= least and all(share(way, other) <= _OTHERS_SHARE for other in near)


def share(way: Floats, box: Box) -> float:
    """Return the share of a way's points that lie in a box."""
    x, y = way[:, 0] - box.x, way[:, 1] - box.y
    return float(np.mean((x >= 0) & (x <= box.w) & (y >= 0) & (y <= box.h)))


Plan = list[tuple[tuple[float, float], list[Aim]]]


def _plan(mark: str, box: Box, habit: int, calm: float, rng: Rng, pen_mm: float = 0.5) -> Plan:
    """Return the strokes a voter means to draw, in the box's own measure, then put into its place."""
    unit = _UNIT.get(mark, _UNIT["cross"])(habit, rng)
    half = min(box.w, box.h) / 2
    size = float(np.exp(rng.normal(-0.1, 0.2)))
    if mark == "overshoot":
        size = 1 + float(rng.uniform(0.5, 1.3)) * calm
    size = min(size, 1.15) if calm < 0.6 else size
    if mark == "scribbled":  # the thicker the pen, the further out, or nobody could tell it from a filling
        size = max(size, 1.0) * (1 + 0.25 * max(0.0, pen_mm - 0.6))
    turn = float(rng.normal(0, 0.14)) * calm
    middle = np.array([box.x + box.w / 2, box.y + box.h / 2])
    spread = 0.85 if mark in TOUCHES else 0.24 * calm
    middle = middle + half * np.clip(rng.normal(0, spread, 2), -0.9, 0.9)
    plan: Plan = []
    for start, aims in unit:
        placed = [_put((a.x, a.y), middle, half * size, turn) for a in aims]
        plan.append(
            (
                _put(start, middle, half * size, turn),
                [replace(a, x=p[0], y=p[1]) for a, p in zip(aims, placed, strict=True)],
            )
        )
    return plan


def _put(at: tuple[float, float], middle: Floats, scale: float, turn: float) -> tuple[float, float]:
    c, s = cos(turn), sin(turn)
    return (
        float(middle[0] + scale * (c * at[0] - s * at[1])),
        float(middle[1] + scale * (s * at[0] + c * at[1])),
    )


def _about(rng: Rng, x: float, y: float, by: float = 0.12) -> tuple[float, float]:
    return float(x + rng.normal(0, by)), float(y + rng.normal(0, by))


def _aims(rng: Rng, *places: tuple[float, float], by: float = 0.1, down: bool = True) -> list[Aim]:
    return [Aim(*_about(rng, x, y, by), down) for x, y in places]


def _cross(habit: int, rng: Rng) -> Plan:
    """Two strokes; by habit in either order, slurred into one, or wide and low."""
    left, right, top, low = -0.8, 0.8, -0.8, 0.8
    if habit % 7 == 3:
        top, low = -0.55, 0.6
    falling = (_about(rng, left, top), _about(rng, right, low))
    rising = (_about(rng, left, low), _about(rng, right, top))
    if habit % 3 == 0:
        rising = (rising[1], rising[0])
    first, second = (falling, rising) if habit % 5 else (rising, falling)
    slurred = habit % 6 == 1
    if slurred:  # the pen hardly leaves the paper on its way to the second stroke
        return [(first[0], [Aim(*first[1]), Aim(*second[0], rng.random() < 0.5), Aim(*second[1])])]
    return [(first[0], [Aim(*first[1])]), (second[0], [Aim(*second[1])])]


def _tick(habit: int, rng: Rng) -> Plan:
    """Short down, long up; some begin with a hook, some end far out, left-handers turn it round."""
    start, knee = _about(rng, -0.75, -0.05), _about(rng, -0.15, 0.75)
    end = _about(rng, 0.85, -0.85, 0.18)
    if habit % 4 == 1:
        end = (end[0] + float(rng.uniform(0.2, 1.2)), end[1] - float(rng.uniform(0.1, 0.8)))
    if habit % 11 == 5:
        start, knee, end = (-start[0], start[1]), (-knee[0], knee[1]), (-end[0], end[1])
    aims = [Aim(*knee, wait_s=0.03 if habit % 2 else 0.0), Aim(*end)]
    if habit % 5 == 2:
        return [(_about(rng, start[0] - 0.1, start[1] + 0.3), [Aim(*start), *aims])]
    return [(start, aims)]


def _fill(habit: int, rng: Rng) -> Plan:
    """Hatched to and fro, close or wide, along any direction; or round and round."""
    if habit % 4 == 0:
        turns = int(rng.integers(4, 8))
        angle = np.linspace(0, 2 * pi * turns, turns * 10)
        radius = np.linspace(0.85, 0.1, len(angle)) * rng.uniform(0.85, 1.0)
        way = np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]
        return [(tuple(way[0].tolist()), _aims(rng, *map(tuple, way[1:].tolist()), by=0.04))]
    count, slope = int(rng.integers(9, 18)), float(rng.uniform(-0.9, 0.9))
    down = np.linspace(-0.85, 0.85, count)
    way = np.column_stack([np.where(np.arange(count) % 2, 0.85, -0.85), down])
    c, s = cos(slope), sin(slope)
    way = way @ np.array([[c, s], [-s, c]])
    return [(tuple(way[0].tolist()), _aims(rng, *map(tuple, way[1:].tolist()), by=0.08))]


def _circle(habit: int, rng: Rng) -> Plan:
    """A ring around the box, or within it; it need not close, or closes twice."""
    size = float(rng.uniform(1.15, 1.7) if habit % 3 else rng.uniform(0.6, 0.9))
    start, turned = float(rng.uniform(-2.6, -1.0)), float(rng.uniform(1.85, 2.5)) * pi
    way = start + np.linspace(0, turned if habit % 2 else -turned, 14)
    oval = float(rng.uniform(0.85, 1.15))
    ring = [(size * oval * cos(a), size / oval * sin(a)) for a in way]
    return [(ring[0], _aims(rng, *ring[1:], by=0.05))]


def _line(habit: int, rng: Rng) -> Plan:
    """One stroke through the box, sloping one way or the other."""
    ends = ((-0.9, 0.8), (0.9, -0.8)) if habit % 3 else ((-0.9, -0.7), (0.9, 0.8))
    if habit % 5 == 4:
        ends = ((-1.0, 0.05), (1.05, 0.0))
    return [(_about(rng, *ends[0]), [Aim(*_about(rng, *ends[1]))])]


def _faint(habit: int, rng: Rng) -> Plan:
    return (_cross if habit % 2 else _tick)(habit, rng)


def _dot(_habit: int, rng: Rng) -> Plan:
    """A touch of the pen, 0.1 to 0.5 mm long."""
    at = (0.0, 0.0)
    return [(at, [Aim(*_about(rng, 0, 0, 0.05), wait_s=float(rng.uniform(0.02, 0.12)))])]


def _rest(_habit: int, rng: Rng) -> Plan:
    """The pen rested, and slid a little when it was taken away."""
    slid = float(rng.uniform(0.08, 0.28))
    angle = float(rng.uniform(0, 2 * pi))
    return [((0.0, 0.0), [Aim(slid * cos(angle), slid * sin(angle), wait_s=0.02)])]


def _scribbled(habit: int, rng: Rng) -> Plan:
    """A mark, then a thick scrawl over it that reaches over the box's edge."""
    scrawl = [
        (float(rng.uniform(0.9, 1.35)) * (1 if i % 2 else -1), float(np.interp(i, (0, 11), (-1.1, 1.1))))
        for i in range(12)
    ]
    more = [(float(rng.normal(0, 0.9)), float(rng.normal(0, 0.9))) for _ in range(int(rng.integers(3, 9)))]
    way = scrawl + more
    return [*(_cross if habit % 2 else _tick)(habit, rng), (way[0], _aims(rng, *way[1:], by=0.1))]


def _strikes(strokes: Plan, habit: int, pen_mm: float, rng: Rng) -> Plan:
    """Return one long stroke through a mark, or two, that stand out of it on both sides."""
    places = np.array(
        [start for start, _aims in strokes] + [(a.x, a.y) for _s, aims in strokes for a in aims]
    )
    low, high = places.min(axis=0), places.max(axis=0)
    beyond = 1.0 + 1.5 * pen_mm + rng.uniform(0, 2.0, 2)
    tilt = float(rng.uniform(-0.3, 0.3)) * float(high[1] - low[1])
    middle = (low[1] + high[1]) / 2 + rng.normal(0, 0.1) * (high[1] - low[1])
    out: Plan = []
    for line in range(2 if habit % 4 == 3 else 1):
        y = float(middle) + line * (0.7 + pen_mm)
        out.append(((float(low[0] - beyond[0]), y + tilt), [Aim(float(high[0] + beyond[1]), y - tilt)]))
    return out


_UNIT: dict[str, Callable[[int, Rng], Plan]] = {
    "cross": _cross,
    "tick": _tick,
    "fill": _fill,
    "circle": _circle,
    "line": _line,
    "faint": _faint,
    "overshoot": _faint,
    "dot": _dot,
    "rest": _rest,
    "scribbled": _scribbled,
    "struck": _faint,
}


def _arrow(box: Box, towards: Box, arm: Arm, habit: int, rng: Rng) -> Drawn:
    """A cross, struck out by an arrow that begins in its box and leads to the box that is meant."""
    plan = _plan("cross", box, habit, 0.4, rng)
    drawn = [track for start, aims in plan for track in tracks(start, aims, arm, rng)]
    side = 1.0 if towards.x + towards.y > box.x + box.y else -1.0
    across = abs(towards.x - box.x) >= abs(towards.y - box.y)
    a = np.array([box.x + box.w / 2, box.y + box.h / 2])
    b = np.array([towards.x + towards.w / 2, towards.y + towards.h / 2])
    way = (b - a) / max(1e-6, float(np.hypot(*(b - a))))
    aside = np.array([-way[1], way[0]])
    start = a - way * box.w * float(rng.uniform(0.5, 0.75)) + rng.normal(0, 0.4, 2)
    reach = (towards.w if across else towards.h) / 2
    tip = b - way * (reach + float(rng.uniform(0.3, 1.2))) + rng.normal(0, 0.3, 2)
    bow = (a + b) / 2 + aside * side * float(rng.uniform(-1.5, 1.5))
    head = float(rng.uniform(1.4, 2.6))
    barbs = [tip - way * head + aside * head * s for s in (0.7, -0.7)]
    first, second = ((float(p[0]), float(p[1])) for p in barbs)
    end, mid = (float(tip[0]), float(tip[1])), (float(bow[0]), float(bow[1]))
    drawn += tracks((float(start[0]), float(start[1])), [Aim(*mid), Aim(*end)], arm, rng)
    return drawn + tracks(first, [Aim(*end), Aim(*second)], arm, rng)
