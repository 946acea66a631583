"""Who fills a ballot in: a voter's hand and pen, drawn at random but the same for all marks on one ballot.

The shares of pens and the ranges of line width follow what lies about in offices: mostly blue ball pens,
with lines of 0.35 to 0.65 mm.
"""

from dataclasses import dataclass, replace

import numpy as np

from .strokes import Touch

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Pen:
    """What leaves the ink, and how."""

    kind: str
    """`ball`, `gel`, `felt` or `pencil`."""
    width_mm: float
    absorbs: Rgb
    """Optical density (base 10) of a fully covered patch in red, green and blue light."""
    flow: float
    """Share of the paper under the tip that gets ink at usual pressure, 0 to 1."""
    grain: float
    """How much the paper's texture shows, 0 to 1."""
    rail: float
    """How much paler the middle of the line is, as a ball leaves it, 0 to 1."""
    blob: float
    """Chance that a stroke begins with a blob."""
    skip: float
    """Chance that a stroke fails to write for a stretch."""


@dataclass(frozen=True, slots=True)
class Hand:
    """How one voter writes."""

    pen: Pen
    touch: Touch
    size: float
    """Of a mark, as a share of the box."""
    slant: float
    """Shear of all marks; 0 is upright."""
    turn: float
    """Rotation of all marks, in radians."""
    bend: float
    """How much straight strokes curve, in radians from their start to their end."""
    drift: tuple[float, float]
    """Where marks tend to sit off the box's centre, in shares of the box."""
    spread: float
    """How far single marks scatter about that, in shares of the box."""
    careless: float
    """Chance of a mark that runs far out of its box or sits only partly in it."""
    left: bool
    """Strokes run the way left-handed people pull them."""
    manner: int
    """Which of several ways of making a cross, a tick, a filling this voter has."""


_INKS: dict[str, Rgb] = {
    "blue": (0.88, 0.70, 0.25),
    "navy": (1.15, 1.00, 0.52),
    "black": (1.05, 1.05, 0.98),
    "red": (0.16, 0.95, 0.78),
}

# The faintest mark that is still drawn: people see it on paper at a second look.
_LEAST_FLOW = 0.46
_LEAST_WIDTH_MM = 0.32
_LEAST_PRESSURE = 0.4

_PENS = (
    # kind, ink, share of voters
    ("ball", "blue", 0.60),
    ("ball", "navy", 0.07),
    ("ball", "black", 0.11),
    ("ball", "red", 0.02),
    ("gel", "blue", 0.08),
    ("gel", "black", 0.06),
    ("felt", "blue", 0.015),
    ("felt", "black", 0.02),
    ("pencil", "", 0.025),
)


def draw_hand(rng: np.random.Generator) -> Hand:
    """Return one voter's hand and pen."""
    old = rng.random() < 0.12
    return Hand(
        pen=draw_pen(rng),
        touch=Touch(
            tremor_mm=float(rng.uniform(0.05, 0.12) if old else rng.gamma(2.0, 0.012)),
            wander_mm=float(rng.uniform(0.05, 0.22)),
            pressure=float(np.clip(rng.normal(0.62, 0.14), 0.3, 0.95)),
            flick=float(rng.beta(1.2, 1.6)),
        ),
        size=float(np.clip(np.exp(rng.normal(-0.08, 0.24)), 0.5, 1.6)),
        slant=float(rng.normal(0.1, 0.16)),
        turn=float(rng.normal(0, 0.12)),
        bend=float(rng.normal(0, 0.15)),
        drift=(float(rng.normal(0, 0.08)), float(rng.normal(0, 0.08))),
        spread=float(rng.uniform(0.03, 0.13)),
        careless=float(rng.choice([0.01, 0.06, 0.25], p=[0.6, 0.3, 0.1])),
        left=bool(rng.random() < 0.1),
        manner=int(rng.integers(0, 1 << 16)),
    )


def draw_pen(rng: np.random.Generator) -> Pen:
    """Return a pen as often as such pens are met."""
    kind, ink, _share = _PENS[int(rng.choice(len(_PENS), p=[share for _kind, _ink, share in _PENS]))]
    return make_pen(kind, ink, rng)


def make_pen(kind: str, ink: str, rng: np.random.Generator) -> Pen:
    """Return one pen of a kind: no two ball pens write alike."""
    if kind == "pencil":
        density = float(rng.uniform(0.6, 1.0))
        return Pen(
            kind, float(rng.uniform(0.4, 0.75)), (density, density, density * 0.97), 0.62, 0.95, 0.0, 0.0, 0.0
        )
    tint = rng.normal(1, 0.07, 3) * rng.normal(1, 0.06)
    red, green, blue = (float(a * b) for a, b in zip(_INKS[ink], tint, strict=True))
    if kind == "gel":
        return Pen(
            kind,
            float(rng.uniform(0.4, 0.7)),
            (red * 1.1, green * 1.1, blue * 1.1),
            0.97,
            0.12,
            0.0,
            0.08,
            0.02,
        )
    if kind == "felt":
        return Pen(kind, float(rng.uniform(0.8, 1.5)), (red, green, blue), 0.95, 0.2, 0.0, 0.5, 0.0)
    worn = rng.random() < 0.15
    return Pen(
        kind,
        width_mm=float(rng.uniform(0.34, 0.6)),
        absorbs=(red, green, blue),
        flow=float(rng.uniform(0.55, 0.7) if worn else rng.uniform(0.7, 0.95)),
        grain=float(rng.uniform(0.3, 0.65)),
        rail=float(rng.uniform(0, 0.5)),
        blob=float(rng.choice([0.03, 0.3])),
        skip=0.25 if worn else 0.03,
    )


def faintly(hand: Hand, rng: np.random.Generator) -> Hand:
    """Return the hand when it hardly presses, or the pen when it runs dry."""
    pen = replace(
        hand.pen,
        flow=max(_LEAST_FLOW, hand.pen.flow * float(rng.uniform(0.45, 0.7))),
        width_mm=max(_LEAST_WIDTH_MM, hand.pen.width_mm * float(rng.uniform(0.75, 0.95))),
        grain=max(hand.pen.grain, 0.6),
        skip=0.0,
    )
    pressure = max(_LEAST_PRESSURE, hand.touch.pressure * float(rng.uniform(0.6, 0.85)))
    return replace(hand, pen=pen, touch=replace(hand.touch, pressure=pressure))
