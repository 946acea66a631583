"""Ink on paper: strokes become what a pen leaves, depending on pressure, speed and the paper's texture.

Comes in: strokes in mm, a pen, the page as printed (uint8, gray (h, w) or BGR (h, w, 3), 300 dpi and up).
Goes out: the page with the ink on it, changed in place. Ink takes light away from whatever lies under it, so
print stays readable through pencil, and two strokes that cross are darker where they do.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .hands import Pen
from .strokes import Stroke

Image = NDArray[np.uint8]
FloatImage = NDArray[np.float32]

_FINE = 3
"""Ink is drawn this many times finer than the page, then averaged as light."""
_MARGIN_MM = 1.6
_LARGEST_MM = 150.0
"""What a mark draws beyond this is left out, whatever the form says of its boxes."""
_DENSEST = 1.6
"""Amount of ink, as a multiple of one full cover, that a byte's 255 stands for."""
_BGR_WEIGHTS = (0.114, 0.587, 0.299)


def ink_page(
    page: Image, strokes: Sequence[Stroke], pen: Pen, px_per_mm: float, rng: np.random.Generator
) -> None:
    """Put one mark's ink on a page."""
    placed = _amount(strokes, pen, px_per_mm, rng)
    if placed is None:
        return
    left, top, amount = placed
    colour = page.ndim == 3
    light = cv2.LUT(cv2.merge([amount] * 3) if colour else amount, _light_table(pen.absorbs, colour))
    height, width = amount.shape[0] // _FINE, amount.shape[1] // _FINE
    light = cv2.resize(light, (width, height), interpolation=cv2.INTER_AREA)
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(page.shape[1], left + width), min(page.shape[0], top + height)
    if x0 >= x1 or y0 >= y1:
        return
    under = page[y0:y1, x0:x1]
    under[...] = cv2.multiply(under, light[y0 - top : y1 - top, x0 - left : x1 - left], scale=1 / 255)


def _amount(
    strokes: Sequence[Stroke], pen: Pen, px_per_mm: float, rng: np.random.Generator
) -> tuple[int, int, Image] | None:
    """Return a patch's left and top in page pixels, and the ink on it (uint8, `_FINE` times finer)."""
    points = np.vstack([stroke.xy_mm for stroke in strokes])
    low = np.floor((points.min(axis=0) - _MARGIN_MM) * px_per_mm).astype(int)
    high = np.ceil((points.max(axis=0) + _MARGIN_MM) * px_per_mm).astype(int)
    size = np.minimum(high - low, int(_LARGEST_MM * px_per_mm))
    if np.any(size <= 0):
        return None
    fine = px_per_mm * _FINE
    shape = (int(size[1]) * _FINE, int(size[0]) * _FINE)
    total: FloatImage = np.zeros(shape, np.float32)
    texture = _crop(_paper_texture(), shape, rng)
    for stroke in strokes:
        layer = _drawn(stroke, pen, shape, low * _FINE, fine, rng)
        total += _deposited(layer, texture, pen, fine)
    soft = cv2.GaussianBlur(total, (0, 0), (0.5 if pen.kind == "ball" else 0.8) * fine / 35 + 0.3)
    return int(low[0]), int(low[1]), np.clip(soft * (255 / _DENSEST), 0, 255).astype(np.uint8)


def _drawn(
    stroke: Stroke,
    pen: Pen,
    shape: tuple[int, int],
    origin: NDArray[Any],
    fine: float,
    rng: np.random.Generator,
) -> Image:
    """Draw one stroke's line: its width, and as gray how heavily the pen wrote there."""
    layer: Image = np.zeros(shape, np.uint8)
    xy = np.rint((stroke.xy_mm * fine - origin) * 8).astype(np.int32)
    width, flow = _width_and_flow(stroke, pen, rng)
    thickness = np.maximum(1, np.rint(width * fine)).astype(int)
    gray = np.clip(flow * 255, 1, 255)
    for i in range(len(xy) - 1):
        cv2.line(layer, xy[i].tolist(), xy[i + 1].tolist(), float(gray[i]), int(thickness[i]), cv2.LINE_8, 3)
    if pen.kind == "felt" or rng.random() < pen.blob:
        ends = (0, -1) if pen.kind == "felt" else (0,)
        for end in ends:
            radius = int(thickness[end] * rng.uniform(0.46, 0.62) * 8)
            cv2.circle(layer, xy[end].tolist(), radius, 255.0, -1, cv2.LINE_8, 3)
    return layer


def _width_and_flow(stroke: Stroke, pen: Pen, rng: np.random.Generator) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return for each point the line's width in mm, and the share of full ink."""
    pressure = stroke.pressure / 0.6
    quick = stroke.speed / 60.0
    if pen.kind == "pencil":
        width = pen.width_mm * (0.75 + 0.25 * pressure)
        flow = pen.flow * pressure**0.9
    elif pen.kind == "ball":
        width = pen.width_mm * (0.72 + 0.28 * np.minimum(pressure, 1.5))
        flow = pen.flow * (0.45 + 0.55 * np.minimum(pressure, 1.3)) / (1 + 0.08 * quick)
        way = np.arange(len(pressure))
        flow = flow * (1 - 0.45 * np.exp(-way / rng.uniform(1.0, 5.0)))  # a ball has to roll before it inks
        if rng.random() < pen.skip:
            centre, reach = rng.uniform(0, len(way)), rng.uniform(2, 8)
            flow = flow * (1 - rng.uniform(0.5, 1.0) * np.exp(-(((way - centre) / reach) ** 2)))
    else:
        width = pen.width_mm * (0.85 + 0.15 * np.minimum(pressure, 1.4)) / (1 + 0.06 * quick)
        flow = np.full(len(pressure), pen.flow) * np.minimum(1.0, 0.6 + 0.6 * pressure)
    return width, flow


def _deposited(layer: Image, texture: FloatImage, pen: Pen, fine: float) -> FloatImage:
    """Return how much ink stays where the tip went: the paper's texture decides where the tip touches."""
    flow = layer.astype(np.float32) * np.float32(1 / 255)
    if pen.rail > 0:
        inside = cv2.distanceTransform((layer > 0).astype(np.uint8), cv2.DIST_L2, 3)
        middle = np.clip(inside * (2 / (pen.width_mm * fine)), 0, 1)
        flow *= 1 - np.float32(pen.rail) * middle * middle
    if pen.kind == "felt":
        reach = 0.06 * fine
        flow = cv2.GaussianBlur(flow, (0, 0), reach) * 0.35 + flow * 0.65
    # Where the tip presses with `flow`, it reaches into all but the deepest valleys of the paper.
    depth = np.float32(pen.grain) * texture
    touched = np.clip((flow * 1.25 - depth) * (2.2 if pen.kind != "pencil" else 1.5) + 0.15, 0, 1)
    strength = flow if pen.kind == "pencil" else np.sqrt(flow)
    return np.asarray(touched * strength * (layer > 0 if pen.kind != "felt" else 1), np.float32)


@cache
def _light_table(absorbs: tuple[float, float, float], colour: bool) -> Image:
    """Return what share of light comes back for each amount of ink, as a table for `cv2.LUT`."""
    amount = np.arange(256) * (_DENSEST / 255)
    channels = [10.0 ** (-density * amount) for density in absorbs[::-1]]
    if not colour:
        gray = sum(weight * channel for weight, channel in zip(_BGR_WEIGHTS, channels, strict=True))
        return np.asarray(np.rint(np.asarray(gray) * 255), np.uint8)
    return np.asarray(np.rint(np.stack(channels, axis=-1) * 255)[None], np.uint8)


@cache
def _paper_texture() -> FloatImage:
    """The paper as the pen feels it, 0 (hill) to 1 (valley), at 900 dpi; each mark meets another place."""
    rng = np.random.default_rng(20231207)
    side = 1536
    fine = cv2.GaussianBlur(rng.normal(0, 1, (side, side)).astype(np.float32), (0, 0), 1.3)
    coarse = cv2.GaussianBlur(rng.normal(0, 1, (side, side)).astype(np.float32), (0, 0), 4.0)
    fibre = cv2.GaussianBlur(
        rng.normal(0, 1, (side, side)).astype(np.float32), (0, 0), sigmaX=9.0, sigmaY=1.2
    )
    height = fine / fine.std() + 0.8 * coarse / coarse.std() + 0.6 * fibre / fibre.std()
    return np.asarray(1 / (1 + np.exp(-1.3 * height / height.std())), np.float32)


def _crop(texture: FloatImage, shape: tuple[int, int], rng: np.random.Generator) -> FloatImage:
    """Return a random piece of the texture, repeated where the mark is larger."""
    top, left = (int(v) for v in rng.integers(0, texture.shape[0], 2))
    rows = np.arange(top, top + shape[0]) % texture.shape[0]
    columns = np.arange(left, left + shape[1]) % texture.shape[1]
    return np.asarray(texture[np.ix_(rows, columns)])
