"""A red seal for practice ballots: a star with PHIẾU DIỄN TẬP around it, so that it is nobody's seal.

Comes in: size and resolution. Goes out: what light the seal's ink returns, as a patch to multiply a page by.
"""

from functools import cache
from math import cos, pi, sin
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

_FONT = Path(__file__).parent.parent.parent / "templates" / "fonts" / "LiberationSerif-Bold.ttf"
_ROUND = "PHIẾU DIỄN TẬP ★ PHIẾU DIỄN TẬP ★ "
_RED_BGR = (0.85, 0.92, 0.10)
"""Optical density (base 10) of the ink in blue, green and red light."""


def seal_light(
    diameter_mm: float, px_per_mm: float, rng: np.random.Generator, strength: float = 0.8
) -> NDArray[np.uint8]:
    """Return the patch (BGR, uint8, 255 = all light) of one seal, turned and inked as stamps by hand are."""
    side = int(diameter_mm * px_per_mm)
    small = cv2.resize(_drawing(), (side, side), interpolation=cv2.INTER_AREA)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.normal(0, 9)), 1.0)
    drawn = cv2.warpAffine(small, turn, (side, side)) / np.float32(255)
    patchy = cv2.resize(
        rng.uniform(0.45, 1.1, (7, 7)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC
    )
    grain = cv2.GaussianBlur(rng.normal(0, 1, (side, side)).astype(np.float32), (0, 0), 0.9)
    ink = drawn * np.clip(patchy + 0.35 * grain, 0, 1.2) * strength
    light = np.stack([10 ** (-density * ink) for density in _RED_BGR], axis=-1)
    return np.asarray(np.rint(light * 255), np.uint8)


@cache
def _drawing() -> NDArray[np.uint8]:
    """The seal's plate at a size of 1200 pixels: 255 where there is ink."""
    side = 1200
    plate = Pillow.new("L", (side, side), 0)
    pen = ImageDraw.Draw(plate)
    for inset, width in ((14, 20), (48, 8), (330, 8)):
        pen.ellipse([inset, inset, side - inset, side - inset], outline=255, width=width)
    points = [
        (side / 2 + r * sin(i * pi / 5), side / 2 - r * cos(i * pi / 5)) for i, r in enumerate([210, 82] * 5)
    ]
    pen.polygon(points, fill=255)
    font = ImageFont.truetype(str(_FONT), 140)
    text = _ROUND.replace("★", "*")
    for number, letter in enumerate(text):
        tile = Pillow.new("L", (300, 300), 0)
        ImageDraw.Draw(tile).text((150, 150), letter, fill=255, font=font, anchor="mm")
        angle = 2 * pi * number / len(text)
        tile = tile.rotate(-np.degrees(angle), Pillow.Resampling.BICUBIC)
        at = (int(side / 2 + 410 * sin(angle) - 150), int(side / 2 - 410 * cos(angle) - 150))
        plate.paste(255, at, tile)
    return np.asarray(plate, np.uint8)
