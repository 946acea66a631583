"""What happens to the sheet itself: colour, the other side shining through, seals, folds, tears, holes.

Comes in: a picture of a page. Goes out: the same picture, damaged, in the form that `damage.py` explains.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from .seal import seal_light
from .warps import Image


def show_through(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Let the other side shine through (the page itself, mirrored); severity 1 is a quarter of its ink."""
    return through(image, image, 0.25 * severity)


def through(image: Image, other_side: Image, share: float) -> Image:
    """Let a share of the other side's ink shine through; `other_side` as it is read from its own side."""
    dark = cv2.bitwise_not(cv2.blur(cv2.flip(other_side, 1), (5, 5)))
    return _image(cv2.addWeighted(image, 1.0, dark, -share, 0.0))


def coloured_paper(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Print on coloured paper; severity 1 is a strong pink, yellow, green or blue."""
    tints = np.array([[185, 190, 250], [140, 235, 250], [180, 240, 175], [245, 215, 165]])
    tint = 255 - (255 - tints[rng.integers(0, 4)]) * severity
    if image.ndim == 2:
        return _image(cv2.convertScaleAbs(image, alpha=float(tint @ (0.114, 0.587, 0.299)) / 255))
    table = np.rint(np.arange(256)[:, None] * tint / 255).astype(np.uint8)
    return _image(cv2.LUT(image, table[None]))


def stamp(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Put a red seal somewhere on the page, also over fields; severity is how much ink it has."""
    light = seal_light(34.0, dpi / 25.4, rng, severity)
    top = int(rng.integers(0, max(1, image.shape[0] - light.shape[0])))
    left = int(rng.integers(0, max(1, image.shape[1] - light.shape[1])))
    done = image.copy()
    lay(done, light, left, top)
    return done


def lay(page: Image, light: Image, left: int, top: int) -> None:
    """Take away from a page, in place, the light that a patch of ink (BGR) does not return."""
    if page.ndim == 2:
        light = _image(cv2.cvtColor(light, cv2.COLOR_BGR2GRAY))
    under = page[top : top + light.shape[0], left : left + light.shape[1]]
    under[...] = cv2.multiply(under, light[: under.shape[0], : under.shape[1]], scale=1 / 255)


def fold(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Fold the sheet once across and open it again: a crack in the print, a bright and a dark side."""
    height, width = image.shape[:2]
    middle = height * float(rng.choice([1 / 3, 1 / 2, 2 / 3]) + rng.normal(0, 0.02))
    slope = float(rng.normal(0, 0.006))
    reach = 1.2 * dpi / 25.4
    top, bottom = max(0, int(middle - 4 * reach - 20)), min(height, int(middle + 4 * reach + 20))
    rows, columns = np.mgrid[top:bottom, 0:width].astype(np.float32)
    wobble = np.interp(np.arange(width), np.linspace(0, width, 24), rng.normal(0, 0.08 * reach, 24))
    away = (
        rows - np.float32(middle) - np.float32(slope) * (columns - width / 2) - wobble.astype(np.float32)
    ) / reach
    shade = -14 * np.exp(-((away - 0.9) ** 2) / 1.5) + 6 * np.exp(-((away + 0.9) ** 2) / 1.5)
    crease = np.exp(-((away * 6) ** 2)) * (-38 if rng.random() < 0.6 else -18)
    crumbled = np.exp(-((away * 4) ** 2)) * (_field(away.shape, rng) > 0.5)
    band = image[top:bottom].astype(np.float32)
    change = severity * (shade + crease)
    lost = np.clip(severity * 0.9 * crumbled, 0, 1)
    if image.ndim == 3:
        change, lost = change[..., None], lost[..., None]
    done = image.copy()
    paper = np.float32(np.percentile(image[::16, ::16], 80))
    done[top:bottom] = np.clip(band + change + lost * np.maximum(paper - band, 0), 0, 255).astype(np.uint8)
    return done


def torn_corner(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Tear off one corner; severity 1 takes 45 mm of each side. What lay behind is the lid."""
    height, width = image.shape[:2]
    reach = severity * 45 * dpi / 25.4
    along = np.linspace(0, 1, 30)
    a, b = reach * rng.uniform(0.6, 1.0, 2)
    ragged = rng.normal(0, 0.012, (30, 2)).cumsum(axis=0) * reach
    ragged -= np.outer(along, ragged[-1])
    tear = np.column_stack([a * (1 - along), b * along]) + ragged
    tear = np.vstack([[0, 0], tear])
    if rng.random() < 0.5:
        tear[:, 0] = width - tear[:, 0]
    if rng.random() < 0.5:
        tear[:, 1] = height - tear[:, 1]
    done = image.copy()
    if severity > 0:
        edge = tear[1:].astype(np.int32)
        cv2.fillPoly(done, [tear.astype(np.int32)], (int(rng.choice([40, 190, 235])),) * 3, cv2.LINE_AA)
        cv2.polylines(done, [edge], False, (150,) * 3, max(1, int(dpi / 120)), cv2.LINE_AA)
    return done


def hole(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Punch file holes; severity moves them from the margin (0.2) to anywhere on the page (1)."""
    done = image.copy()
    if severity <= 0:
        return done
    height, width = image.shape[:2]
    x = int(width * rng.uniform(0.04, 0.04 + 0.9 * severity))
    y = height * rng.uniform(0.3, 0.7)
    for up in (-40, 40):
        centre = (x, int(y + up * dpi / 25.4))
        cv2.circle(
            done, centre, int(2.9 * dpi / 25.4), (int(rng.choice([25, 60, 225])),) * 3, -1, cv2.LINE_AA
        )
        cv2.circle(done, centre, int(2.9 * dpi / 25.4), (130,) * 3, max(1, int(dpi / 150)), cv2.LINE_AA)
    return done


def _field(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    coarse = rng.standard_normal((shape[0] // 2 + 1, shape[1] // 3 + 1), np.float32)
    return np.asarray(cv2.resize(coarse, (shape[1], shape[0])), np.float32)


def _image(array: object) -> Image:
    return np.asarray(array, np.uint8)
