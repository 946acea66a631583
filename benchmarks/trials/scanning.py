"""A sheet's way through a scanner or a camera: one resampling for all geometry, then light, noise, the file.

Comes in: a sheet with its ink, and its `Fate`. Goes out: the picture. What is drawn at random for a page
never depends on the picture itself, so the same fate without the ink shows what of the ink was there to see.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from .papers import Image

Rng = np.random.Generator
Points = NDArray[np.float64]
Back = Callable[[Points], Points]
"""From places on the picture, (n, 2) in mm, to places on the sheet."""
Change = Callable[[Image, float, Rng], Image]
"""From a picture, its pixels a mm and random numbers to the changed picture."""

_COLUMNS = 65


@dataclass
class Fate:
    """All that happens to one sheet from the printer to the file."""

    paper_mm: tuple[float, float]
    seed: int
    """Of whatever the changes draw at random."""
    dpi: int = 200
    colour: bool = False
    bed_mm: tuple[float, float] | None = None
    """What the picture shows, where that is not the paper's size."""
    back: list[Back] = field(default_factory=list)
    """From the picture to the sheet, in this order."""
    printed: list[Change] = field(default_factory=list)
    """Before anybody writes on it."""
    sheet: list[Change] = field(default_factory=list)
    """To paper and ink."""
    scan: list[Change] = field(default_factory=list)
    """To the picture."""
    beside: int = 245
    """Gray of the lid, beside the paper."""
    desk: bool = False
    """Whether a wooden desk is seen there instead."""
    lens_mm: float = 0.07
    """Sigma of the optics."""
    white: float = 245.0
    black: float = 25.0
    noise: float = 2.0
    """Standard deviation in levels."""
    quality: int | None = 85
    """Of the JPEG; None: not compressed."""
    threshold: int | None = None
    """Level below which a pixel is black, in a scan of black and white."""
    turns: int = 0
    """Quarter turns of the picture."""
    covers: bool = False
    """Whether paper is missing or hidden: then a mark that can't be seen is no empty field."""

    @property
    def sheet_dpi(self) -> int:
        """The resolution at which the sheet is modelled."""
        return 300 if self.dpi <= 300 else 600

    def stream(self, stage: int) -> Rng:
        """Return the random numbers of one stage."""
        return np.random.default_rng([self.seed, stage])


def apply(changes: list[Change], picture: Image, px_per_mm: float, fate: Fate, stage: int) -> Image:
    """Return a picture after some changes."""
    for number, change in enumerate(changes):
        picture = change(picture, px_per_mm, fate.stream(stage + number))
    return picture


def scanned(sheet: Image, fate: Fate) -> Image:
    """Return what becomes of a sheet, modelled at `fate.sheet_dpi`."""
    fine = fate.sheet_dpi / 25.4
    sheet = apply(fate.sheet, sheet, fine, fate, 200)
    sigma = fate.lens_mm * fine
    sheet = np.asarray(cv2.GaussianBlur(sheet, (0, 0), sigma), np.uint8)
    picture = _resampled(sheet, fine, fate)
    picture = apply(fate.scan, picture, fate.dpi / 25.4, fate, 300)
    return _filed(picture, fate)


def sheet_places(fate: Fate) -> NDArray[np.float32]:
    """Return for each pixel of the picture (before quarter turns) its place on the sheet: (h, w, 2) in mm."""
    width_mm, height_mm = fate.bed_mm or fate.paper_mm
    scale = fate.dpi / 25.4
    width, height = round(width_mm * scale), round(height_mm * scale)
    rows = (np.arange(height) + 0.5) / scale
    columns = np.linspace(0, width - 1, _COLUMNS)
    at = np.stack(np.broadcast_arrays((columns[None, :] + 0.5) / scale, rows[:, None]), axis=-1).reshape(
        -1, 2
    )
    for back in fate.back:
        at = back(at)
    # Each row of pixels has its own places, since feeds slip; along a row they are straight in pieces.
    coarse = at.reshape(height, _COLUMNS, 2).astype(np.float32)
    return np.asarray(cv2.remap(coarse, *_between(width, height), cv2.INTER_LINEAR), np.float32)


@lru_cache(maxsize=4)
def _between(width: int, height: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return where each pixel lies among the columns and rows of the coarse places."""
    along = np.arange(width, dtype=np.float32) * np.float32((_COLUMNS - 1) / (width - 1))
    across = np.repeat(along[None, :], height, axis=0)
    down = np.repeat(np.arange(height, dtype=np.float32)[:, None], width, axis=1)
    return across, down


def _resampled(sheet: Image, fine: float, fate: Fate) -> Image:
    at = sheet_places(fate)
    maps = at * np.float32(fine) - np.float32(0.5)
    border = (fate.beside,) * 3
    picture = np.asarray(
        cv2.remap(  # the one map holds both coordinates; OpenCV's own types don't know that
            sheet,
            maps,
            None,  # type: ignore[call-overload]
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=border,
        ),
        np.uint8,
    )
    if fate.desk:
        beside = (at < 0).any(axis=2) | (at > np.array(fate.paper_mm, np.float32)).any(axis=2)
        wood = cv2.resize(_wood(), picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        wood = wood if picture.ndim == 2 else cv2.merge([wood // 2, wood // 4 * 3, wood])
        picture[beside] = np.asarray(wood, np.uint8)[beside]
    return picture


@cache
def _wood() -> Image:
    rng = np.random.default_rng(5)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (400, 300)).astype(np.float32), (0, 0), sigmaX=18, sigmaY=0.8)
    return np.clip(110 + 240 * grain, 40, 190).astype(np.uint8)


def _filed(picture: Image, fate: Fate) -> Image:
    """Return the picture with the scanner's tone, its noise, and as its file holds it."""
    light = np.arange(256) / 255
    table = np.clip(np.rint(fate.black + (fate.white - fate.black) * light), 0, 255).astype(np.uint8)
    picture = np.asarray(cv2.LUT(picture, table), np.uint8)
    if fate.noise > 0:
        picture = grainy(picture, fate.noise, fate.stream(1))
    if fate.threshold is not None:
        gray = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        picture = np.asarray(cv2.threshold(gray, fate.threshold, 255, cv2.THRESH_BINARY)[1], np.uint8)
    elif fate.quality is not None:
        picture = compressed(picture, fate.quality)
    return np.ascontiguousarray(np.rot90(picture, fate.turns)) if fate.turns % 4 else picture


def compressed(picture: Image, quality: int) -> Image:
    """Return a picture as it comes back from a JPEG file."""
    encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    flag = cv2.IMREAD_GRAYSCALE if picture.ndim == 2 else cv2.IMREAD_COLOR
    return np.asarray(cv2.imdecode(encoded, flag), np.uint8)


_grain: dict[int, NDArray[np.int8]] = {}


def grainy(picture: Image, deviation: float, rng: Rng) -> Image:
    """Return a picture with the sensor's noise, slightly correlated as after a filter."""
    if not _grain:
        made = np.random.default_rng(77).standard_normal((2048, 2048), np.float32)
        made = made + 0.35 * np.roll(made, 1, 0) + 0.35 * np.roll(made, 1, 1)
        _grain[0] = np.clip(made / made.std() * 32, -127, 127).astype(np.int8)
    tile = _grain[0]
    height, width = picture.shape[:2]
    whole = np.tile(tile, (height // 2048 + 2, width // 2048 + 2))
    layers = []
    for _channel in range(1 if picture.ndim == 2 else 3):
        top, left = (int(v) for v in rng.integers(0, 2048, 2))
        layers.append(whole[top : top + height, left : left + width].astype(np.int16))
    grain = layers[0] if picture.ndim == 2 else cv2.merge(layers)
    wide = cv2.addWeighted(picture.astype(np.int16), 1.0, grain, deviation / 32, 0.0)
    return np.clip(wide, 0, 255).astype(np.uint8)


def times(picture: Image, gain: NDArray[np.float64]) -> Image:
    """Multiply a picture by a coarse map of gains, 0 to 1.25, stretched over it smoothly."""
    table = np.clip(gain * 200, 0, 255).astype(np.uint8)
    wide = cv2.resize(table, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(
        cv2.multiply(picture, wide if picture.ndim == 2 else cv2.merge([wide] * 3), scale=1 / 200), np.uint8
    )
