"""What happens to pages and to pictures of them: toner, light, dirt, noise, compression; one function each.

Comes in: a picture of a page. Goes out: the same picture, damaged. Every function is pure and has the form
`(image, severity, rng, dpi)`: uint8, gray (h, w) or BGR (h, w, 3), in and out with the same shape; severity 0
does nothing and 1 is the worst that is still met in offices. `DAMAGES` names them all, those of `paper.py`
and `warps.py` too, in the order of physics: the sheet, copying, geometry, optics, sensor, file.
"""

from collections.abc import Callable, Mapping
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from . import paper, warps
from .warps import Image

Damage = Callable[..., Image]


def shadow(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Shade a part of the page with a soft edge, as a hand or a gutter does; severity 1 takes 60 %."""
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-1:1:48j, -1:1:34j]
    depth = 1 / (1 + np.exp(-6 * (x * np.cos(angle) + y * np.sin(angle) - rng.uniform(-0.2, 0.6))))
    return times(image, 1 - 0.6 * severity * depth)


def faded(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Print pale where toner is low: broad bands along the page; severity 1 takes 70 % of the darkness."""
    bands = np.interp(np.linspace(0, 1, 34), np.linspace(0, 1, 7), rng.uniform(0, 1, 7) ** 2)
    along = np.interp(np.linspace(0, 1, 48), np.linspace(0, 1, 5), rng.uniform(0.5, 1, 5))
    kept = 1 - 0.7 * severity * np.outer(along, bands / bands.max())
    return _image(cv2.bitwise_not(times(_image(cv2.bitwise_not(image)), kept)))


def toner(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Copy with a tired drum: specks on white, white specks in black; severity 1 is hard to read."""
    specks = _window(_speck_field(), image.shape[:2], rng)
    voids = _window(_speck_field(), image.shape[:2], rng)
    dark = cv2.convertScaleAbs(specks, alpha=0.55 * severity)
    pale = cv2.convertScaleAbs(voids, alpha=0.5 * severity)
    done = cv2.subtract(image, dark if image.ndim == 2 else cv2.merge([dark] * 3))
    return _image(cv2.max(done, pale if image.ndim == 2 else cv2.merge([pale] * 3)))


def streak(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Draw lines along the feed over the whole length, as dirt on the glass or a scratched drum does."""
    done = image.copy()
    if severity <= 0:
        return done
    length = image.shape[0]
    for _ in range(int(rng.integers(1, 2 + int(4 * severity)))):
        width = int(rng.integers(1, 2 + int(4 * severity)))
        left = int(rng.integers(0, image.shape[1] - width))
        depth = float(rng.uniform(20, 40 + 120 * severity)) * float(rng.choice([1, 1, 1, -0.6]))
        knots = np.clip(rng.normal(0.9, 0.25, 12), 0.1, 1)
        along = depth * np.interp(np.arange(length), np.linspace(0, length, 12), knots)
        change = along[:, None] * rng.uniform(0.6, 1, width)[None]
        part = done[:, left : left + width].astype(np.float32)
        done[:, left : left + width] = np.clip(
            part - (change if image.ndim == 2 else change[..., None]), 0, 255
        ).astype(np.uint8)
    return done


def dust(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Scatter specks and a few hairs; severity 1 is some 200 specks of up to 0.5 mm."""
    done = image.copy()
    height, width = image.shape[:2]
    for _ in range(rng.poisson(200 * severity**2)):
        at = (int(rng.integers(0, width)) * 8, int(rng.integers(0, height)) * 8)
        radius = max(1, int(rng.exponential(0.07) * dpi / 25.4 * 8))
        cv2.circle(
            done,
            (at[0] * 8, at[1] * 8),
            min(radius, int(2 * dpi / 25.4)),
            (int(rng.integers(60, 190)),) * 3,
            -1,
            cv2.LINE_AA,
            3,
        )
    for _ in range(rng.poisson(1.5 * severity)):
        way = rng.normal(0, 0.35, (24, 2)).cumsum(axis=0) * dpi / 25.4 + rng.uniform(0, 1, 2) * (
            width,
            height,
        )
        smooth = cv2.blur(way.astype(np.float32), (1, 7))
        cv2.polylines(
            done, [(smooth * 8).astype(np.int32)], False, (int(rng.integers(90, 170)),) * 3, 1, cv2.LINE_AA, 3
        )
    return done


def blur(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Defocus; severity 1 has a sigma of 0.3 mm."""
    sigma = 0.3 * severity * dpi / 25.4
    return _image(cv2.GaussianBlur(image, (0, 0), sigma)) if sigma > 0.1 else image.copy()


def noise(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Add the sensor's noise; severity 1 has a standard deviation of 24 levels."""
    shape = image.shape[:2]
    layers = [_window(_noise_field(), shape, rng) for _ in range(1 if image.ndim == 2 else 3)]
    grain = layers[0] if image.ndim == 2 else cv2.merge(layers)
    scale = 24 * severity / 32
    return _image(cv2.addWeighted(image, 1.0, grain, scale, -128 * scale))


def one_bit(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Keep only black and white; severity moves the threshold from thin lines (0) to thick ones (1)."""
    gray = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    paper, ink = np.percentile(gray[::8, ::8], (80, 0.5))
    level = ink + (paper - ink) * (0.35 + 0.4 * severity)
    bits = _image(cv2.threshold(gray, float(level), 255, cv2.THRESH_BINARY)[1])
    return bits if image.ndim == 2 else _image(cv2.merge([bits] * 3))


def jpeg(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Compress; severity 0 is quality 95, 1 is quality 10."""
    _ok, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, round(95 - 85 * severity)])
    return _image(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE if image.ndim == 2 else cv2.IMREAD_COLOR))


DAMAGES: Mapping[str, Damage] = {
    "show_through": paper.show_through,
    "coloured_paper": paper.coloured_paper,
    "stamp": paper.stamp,
    "fold": paper.fold,
    "torn_corner": paper.torn_corner,
    "hole": paper.hole,
    "faded": faded,
    "toner": toner,
    "skew": warps.skew,
    "stretch": warps.stretch,
    "slip": warps.slip,
    "perspective": warps.perspective,
    "upside_down": warps.upside_down,
    "shadow": shadow,
    "streak": streak,
    "dust": dust,
    "blur": blur,
    "noise": noise,
    "one_bit": one_bit,
    "jpeg": jpeg,
}
"""Every damage by name, in the order of physics."""


def times(image: Image, gain: NDArray[np.float64]) -> Image:
    """Multiply a picture by a coarse map of gains (0 to 1.27), stretched over it smoothly."""
    table = np.clip(gain * 200, 0, 255).astype(np.uint8)
    wide = cv2.resize(table, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    return _image(cv2.multiply(image, wide if image.ndim == 2 else cv2.merge([wide] * 3), scale=1 / 200))


@cache
def _noise_field() -> Image:
    """Normal noise, slightly correlated as after a filter; 128 is none, 32 is one standard deviation."""
    rng = np.random.default_rng(1)
    grain = rng.standard_normal((2900, 2200), np.float32)
    soft = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.5))
    return _image(np.clip(128 + 32 * soft / soft.std(), 0, 255).astype(np.uint8))


@cache
def _speck_field() -> Image:
    """Specks of toner, brightest where they are thickest."""
    rng = np.random.default_rng(2)
    field: Image = np.zeros((2900, 2200), np.uint8)
    count = 26000
    at = rng.integers(0, (2200, 2900), (count, 2))
    values = rng.integers(40, 256, count)
    radii = np.minimum(rng.exponential(3.0, count) + 2, 16).astype(int)
    for (x, y), value, radius in zip(at.tolist(), values.tolist(), radii.tolist(), strict=True):
        cv2.circle(field, (x * 8, y * 8), radius, value, -1, cv2.LINE_AA, 3)
    return field


def _window(field: Image, shape: tuple[int, int], rng: np.random.Generator) -> Image:
    """Return a random piece of a field, randomly mirrored; the field is repeated for larger pictures."""
    height, width = shape
    if height > field.shape[0] - 64 or width > field.shape[1] - 64:
        field = np.tile(field, (height // field.shape[0] + 2, width // field.shape[1] + 2))
    top = int(rng.integers(0, field.shape[0] - height))
    left = int(rng.integers(0, field.shape[1] - width))
    piece = field[top : top + height, left : left + width]
    return np.ascontiguousarray(piece[:: rng.choice([-1, 1]), :: rng.choice([-1, 1])])


def _image(array: object) -> Image:
    return np.asarray(array, np.uint8)
