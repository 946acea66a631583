"""Held out: what pens leave on paper made of fibres.

Comes in: tracks of a pen, in mm. Goes out: ink on a page, which takes light away from whatever lies under it.
Paper is a felt of fibres, drawn one by one; a ball leaves ink where it presses on them, a pencil on their
tops only, a felt pen soaks them and bleeds along them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from .motion import Track
from .papers import Image

Layer = NDArray[np.float32]

FINE = 2
"""Ink is laid at so many times the page's resolution, then averaged as light."""
_MARGIN_MM = 1.8
_TILE = 1024
_TILE_PX_PER_MM = 600 / 25.4
_MOST = 1.7
_GRAY = (0.299, 0.587, 0.114)
_BLUE, _BLACK, _RED, _VIOLET = (0.95, 0.72, 0.22), (1.1, 1.08, 1.0), (0.14, 1.0, 0.85), (0.8, 0.95, 0.35)


@dataclass(frozen=True, slots=True)
class Pen:
    """A pen as it lies in a polling booth."""

    kind: str
    """One of `PENS`."""
    nature: str
    """`ball`, `liquid`, `felt` or `pencil`."""
    width_mm: float
    absorbs: tuple[float, float, float]
    """Optical density (base 10) of full cover in red, green and blue light."""
    wet: float
    """Share of usual ink it gives, 0 to 1."""


PENS = ("blue", "black", "red", "gel", "felt", "pencil")


def new_pen(kind: str, rng: np.random.Generator) -> Pen:
    """Return one pen of a kind: no two are alike."""
    if kind == "pencil":
        lead = float(rng.uniform(0.55, 0.95))
        return Pen(kind, "pencil", float(rng.uniform(0.4, 0.8)), (lead, lead, lead), 1.0)
    if kind == "felt":
        colour = (_BLUE, _BLACK, _BLACK, _VIOLET)[int(rng.integers(0, 4))]
        return Pen(kind, "felt", float(rng.uniform(0.9, 2.0)), _tinted(colour, rng), 1.0)
    if kind == "gel":
        colour = _BLUE if rng.random() < 0.5 else _BLACK
        return Pen(kind, "liquid", float(rng.uniform(0.35, 0.7)), _tinted(colour, rng), 1.0)
    colour = {"blue": _BLUE, "black": _BLACK, "red": _RED}[kind]
    wet = float(rng.uniform(0.55, 0.8) if rng.random() < 0.15 else rng.uniform(0.8, 1.1))
    return Pen(kind, "ball", float(rng.uniform(0.32, 0.62)), _tinted(colour, rng), wet)


def usual_pen(rng: np.random.Generator) -> Pen:
    """Return a pen as often as such pens are met."""
    return new_pen(str(rng.choice(PENS, p=[0.6, 0.16, 0.03, 0.12, 0.05, 0.04])), rng)


def faint_pressure(pen: Pen, rng: np.random.Generator) -> float:
    """Return how hard a pen is hardly pressed: people still see the mark, at a second look."""
    return float(rng.uniform(0.36, 0.46) if pen.nature == "pencil" else rng.uniform(0.24, 0.34))


def _tinted(colour: tuple[float, float, float], rng: np.random.Generator) -> tuple[float, float, float]:
    r, g, b = (float(v) for v in np.array(colour) * rng.normal(1, 0.08, 3))
    return r, g, b


def lay(page: Image, strokes: Sequence[Track], pen: Pen, px_per_mm: float, rng: np.random.Generator) -> None:
    """Draw strokes on a page, in place."""
    if not strokes:
        return
    points = np.vstack([stroke.xy_mm for stroke in strokes])
    low = np.floor((points.min(axis=0) - _MARGIN_MM) * px_per_mm).astype(int)
    high = np.ceil((points.max(axis=0) + _MARGIN_MM) * px_per_mm).astype(int)
    width, height = ((high - low) * FINE).tolist()
    if max(width, height) > 12000:
        return
    fine = px_per_mm * FINE
    amount: Layer = np.zeros((height, width), np.float32)
    ground = fibres((height, width), fine, rng)
    for stroke in strokes:
        amount += soaked(pressed(stroke, pen, (height, width), low * FINE, fine), ground, pen, fine)
    on_page(page, amount, pen.absorbs, (int(low[0]), int(low[1])))


def pressed(stroke: Track, pen: Pen, shape: tuple[int, int], origin: NDArray[np.int_], fine: float) -> Image:
    """Return how heavily the pen pressed, 0 to 255, where its tip went."""
    layer: Image = np.zeros(shape, np.uint8)
    at = np.rint((stroke.xy_mm * fine - origin) * 16).astype(np.int32)
    if pen.nature == "felt":
        width = pen.width_mm * (0.8 + 0.35 * stroke.pressure) * (0.94 + 0.06 * stroke.slowness)
    elif pen.nature == "pencil":
        width = pen.width_mm * (0.6 + 0.5 * stroke.pressure)
    else:
        width = pen.width_mm * (0.75 + 0.4 * stroke.pressure)
    thick = np.maximum(1, np.rint(width * fine)).astype(int).tolist()
    heavy = np.clip(stroke.pressure * 255, 1, 255).tolist()
    ends = at.tolist()
    for i in range(len(ends) - 1):
        cv2.line(layer, ends[i], ends[i + 1], heavy[i], thick[i], cv2.LINE_8, 4)
    return layer


def soaked(layer: Image, ground: Layer, pen: Pen, fine: float) -> Layer:
    """Return how much ink stays, 1 for full cover: `ground` has the heights of the paper, 0 to 1."""
    force = layer.astype(np.float32) * np.float32(1 / 255)
    if pen.nature == "felt":
        wet = cv2.GaussianBlur((force > 0).astype(np.float32), (0, 0), 0.045 * fine)
        edge = np.clip((wet - 0.38 - 0.22 * (ground - 0.5)) * 6 + 0.5, 0, 1)
        return np.asarray(edge * (0.9 + 0.2 * ground), np.float32)
    if pen.nature == "liquid":
        wet = cv2.GaussianBlur((force > 0).astype(np.float32), (0, 0), 0.02 * fine)
        return np.asarray(np.clip((wet - 0.3) * 4, 0, 1) * (0.75 + 0.35 * np.sqrt(force)), np.float32)
    if pen.nature == "pencil":
        reached = np.clip((force * 1.15 + ground - 0.95) * 2.4, 0, 1)
        return np.asarray(reached * (0.35 + 0.75 * force) * (force > 0), np.float32)
    reached = np.clip((force * 1.9 * pen.wet + ground * 0.8 - 0.62) * 2.0, 0, 1)
    inked = reached * (0.45 + 0.65 * np.sqrt(force)) * (force > 0)
    return np.asarray(cv2.GaussianBlur(inked.astype(np.float32), (0, 0), max(0.4, 0.015 * fine)), np.float32)


def on_page(page: Image, amount: Layer, absorbs: tuple[float, float, float], at: tuple[int, int]) -> None:
    """Take from a page the light that ink does not return; `amount` is `FINE` times finer than the page."""
    colour = page.ndim == 3
    byte = np.clip(amount * (255 / _MOST), 0, 255).astype(np.uint8)
    table = _table(absorbs, colour)
    light = cv2.LUT(cv2.merge([byte] * 3) if colour else byte, table)
    size = (amount.shape[1] // FINE, amount.shape[0] // FINE)
    light = cv2.resize(light, size, interpolation=cv2.INTER_AREA)
    x0, y0 = max(0, at[0]), max(0, at[1])
    x1, y1 = min(page.shape[1], at[0] + size[0]), min(page.shape[0], at[1] + size[1])
    if x0 >= x1 or y0 >= y1:
        return
    under = page[y0:y1, x0:x1]
    under[...] = cv2.multiply(under, light[y0 - at[1] : y1 - at[1], x0 - at[0] : x1 - at[0]], scale=1 / 255)


@cache
def _table(absorbs: tuple[float, float, float], colour: bool) -> Image:
    cover = np.arange(256) * (_MOST / 255)
    red, green, blue = (10.0 ** (-density * cover) for density in absorbs)
    if colour:
        return np.asarray(np.rint(np.stack([blue, green, red], axis=-1) * 255)[None], np.uint8)
    gray = _GRAY[0] * red + _GRAY[1] * green + _GRAY[2] * blue
    return np.asarray(np.rint(gray * 255), np.uint8)


@cache
def _paper() -> Layer:
    """A tile of paper: some thousands of fibres, 1 to 3 mm long, laid over one another; 0 low to 1 high."""
    rng = np.random.default_rng(1911)
    height: Layer = np.zeros((_TILE, _TILE), np.float32)
    for _round in range(5):
        fibre = np.zeros((_TILE, _TILE), np.float32)
        for _fibre in range(700):
            length = rng.uniform(1.0, 3.0) * _TILE_PX_PER_MM
            turn = np.cumsum(rng.normal(0, 0.25, 6)) + rng.uniform(0, 6.28)
            steps = np.column_stack([np.cos(turn), np.sin(turn)]) * length / 6
            way = np.vstack([np.zeros(2), np.cumsum(steps, axis=0)]) + rng.uniform(0, _TILE, 2)
            cv2.polylines(
                fibre,
                [np.rint(way).astype(np.int32)],
                False,
                float(rng.uniform(0.3, 1)),
                int(rng.integers(1, 3)),
            )
        height += cv2.GaussianBlur(fibre, (0, 0), 0.8)
    height += 0.5 * cv2.GaussianBlur(rng.normal(0, 1, (_TILE, _TILE)).astype(np.float32), (0, 0), 1.0)
    order = np.argsort(np.argsort(height.ravel()))
    return np.asarray((order / order.size).reshape(height.shape), np.float32)


def fibres(shape: tuple[int, int], fine: float, rng: np.random.Generator) -> Layer:
    """Return a random piece of the paper at the resolution `fine`; each mark meets another place."""
    scale = _TILE_PX_PER_MM / fine
    top, left = (int(v) for v in rng.integers(0, _TILE, 2))
    if abs(scale - 1) < 0.01:
        rows = np.arange(top, top + shape[0]) % _TILE
        columns = np.arange(left, left + shape[1]) % _TILE
    else:
        rows = (top + np.arange(shape[0]) * scale).astype(int) % _TILE
        columns = (left + np.arange(shape[1]) * scale).astype(int) % _TILE
    return np.asarray(_paper()[rows][:, columns])
