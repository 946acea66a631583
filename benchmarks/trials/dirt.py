"""Damage to paper and to pictures: folds, tears, holes, stains, seals, streaks, light, toner, copies.

Each function returns a change as `scanning` understands it. Places are in mm on the sheet or the picture.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from phieu.forms.rehearsal import paper as rehearsed
from phieu.forms.rehearsal.seal import seal_light

from .papers import Image
from .scanning import Change, Rng, times

Layer = NDArray[np.float32]


def _distance(shape: tuple[int, ...], px_per_mm: float, at: tuple[float, float], turn: float) -> Layer:
    """Return each pixel's signed distance in mm from a line through a point."""
    rows = (np.arange(shape[0], dtype=np.float32) / np.float32(px_per_mm) - np.float32(at[1]))[:, None]
    columns = (np.arange(shape[1], dtype=np.float32) / np.float32(px_per_mm) - np.float32(at[0]))[None, :]
    return np.asarray(rows * np.float32(np.cos(turn)) - columns * np.float32(np.sin(turn)), np.float32)


def _added(picture: Image, change: Layer) -> Image:
    wide = picture.astype(np.float32) + (change if picture.ndim == 2 else change[..., None])
    return np.asarray(np.clip(wide, 0, 255), np.uint8)


def crease(at: tuple[float, float], turn: float, dark: float, width_mm: float, worn: float) -> Change:
    """A fold that was opened again: a line, a bright and a dark flank, toner that fell off where it broke."""

    def change(picture: Image, px_per_mm: float, rng: Rng) -> Image:
        away = _distance(picture.shape, px_per_mm, at, turn)
        knots = rng.normal(0, 0.12, 40)
        wobble = np.interp(np.linspace(0, 1, picture.shape[1]), np.linspace(0, 1, 40), knots)
        away = away + wobble.astype(np.float32)[None, :] * np.float32(abs(np.cos(turn)))
        strip = np.abs(away) < 6
        rows, columns = np.flatnonzero(strip.any(axis=1)), np.flatnonzero(strip.any(axis=0))
        if len(rows) == 0 or len(columns) == 0:
            return picture
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        near = away[top:bottom, left:right]
        uneven = cv2.resize(rng.uniform(0.35, 1.2, (24, 24)).astype(np.float32), near.shape[::-1])
        line = np.exp(-((near / np.float32(width_mm / 2)) ** 2)) * uneven
        flank = np.where(near > 0, -0.22, 0.1) * np.exp(-np.abs(near) / 2.2)
        part = picture[top:bottom, left:right]
        done = _added(part, (dark * (flank - line)).astype(np.float32))
        if worn > 0:
            coarse = rng.random(((bottom - top) // 2 + 1, (right - left) // 2 + 1), np.float32)
            grain = np.asarray(cv2.resize(coarse, near.shape[::-1]))
            broken = (np.abs(near) < width_mm * 1.2) & (grain < worn)
            done[broken] = np.maximum(done[broken], 225)
        out = picture.copy()
        out[top:bottom, left:right] = done
        return out

    return change


def gone(polygons: Sequence[NDArray[np.float64]], gray: int, edge: int = 140) -> Change:
    """Parts of the sheet are torn off, or covered: what is seen instead is a plain gray."""

    def change(picture: Image, px_per_mm: float, rng: Rng) -> Image:
        out = picture.copy()
        for polygon in polygons:
            px = np.rint(polygon * px_per_mm * 8).astype(np.int32)
            cv2.fillPoly(out, [px], (gray,) * 3, cv2.LINE_AA, 3)
            cv2.polylines(out, [px], True, (edge,) * 3, max(1, round(0.15 * px_per_mm)), cv2.LINE_AA, 3)
        return out

    return change


def ragged(polygon: NDArray[np.float64], rng: Rng, by_mm: float) -> NDArray[np.float64]:
    """Return a polygon with torn edges."""
    closed = np.vstack([polygon, polygon[:1]])
    at = np.linspace(0, len(polygon), 60, endpoint=False)
    way = np.column_stack([np.interp(at, np.arange(len(closed)), closed[:, i]) for i in (0, 1)])
    return np.asarray(way + rng.normal(0, by_mm, way.shape))


def punched(at: Sequence[tuple[float, float]], radius_mm: float, gray: int) -> Change:
    """Holes, with what lies behind the sheet in them."""

    def change(picture: Image, px_per_mm: float, rng: Rng) -> Image:
        out = picture.copy()
        for x, y in at:
            centre = (round(x * px_per_mm * 8), round(y * px_per_mm * 8))
            radius = round(radius_mm * px_per_mm * 8)
            cv2.circle(out, centre, radius, (gray,) * 3, -1, cv2.LINE_AA, 3)
            cv2.circle(out, centre, radius, (120,) * 3, max(1, round(0.12 * px_per_mm)), cv2.LINE_AA, 3)
        return out

    return change


def coffee(at: tuple[float, float], radius_mm: float, depth: float) -> Change:
    """A cup's ring: dark at its rims, a wash within, drops beside it."""

    def change(picture: Image, px_per_mm: float, rng: Rng) -> Image:
        small = 4
        shape = (picture.shape[0] // small + 1, picture.shape[1] // small + 1)
        scale = px_per_mm / small
        y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
        dx, dy = x / scale - at[0], y / scale - at[1]
        radius = np.hypot(dx, dy) + 0.8 * np.sin(3 * np.arctan2(dy, dx) + rng.uniform(0, 6))
        width = rng.uniform(2.5, 5.0)
        inside = np.clip((radius_mm + width / 2 - radius) * 2, 0, 1) * np.clip(
            (radius - radius_mm + width / 2) * 2, 0, 1
        )
        rim = np.exp(-((np.abs(radius - radius_mm) - width / 2) ** 2) / 0.12)
        wash = (radius < radius_mm) * rng.uniform(0, 0.3)
        patchy = cv2.resize(rng.uniform(0.4, 1.2, (12, 12)).astype(np.float32), shape[::-1])
        amount = depth * (0.45 * inside + 0.8 * rim + wash) * patchy
        for _drop in range(int(rng.integers(0, 6))):
            cx, cy = at[0] + rng.normal(0, radius_mm), at[1] + rng.normal(0, radius_mm)
            r = np.hypot(x / scale - cx, y / scale - cy)
            size = rng.uniform(0.4, 2.5)
            amount = np.maximum(amount, depth * np.clip((size - r) * 3, 0, 0.7))
        return tinted(picture, amount, (0.75, 0.45, 0.25))

    return change


def tinted(picture: Image, amount: NDArray[np.floating], bgr: tuple[float, float, float]) -> Image:
    """Return a picture under a stain: `amount` (any size) times the densities of blue, green and red."""
    weights = (0.114, 0.587, 0.299)
    if picture.ndim == 2:
        density = sum(w * d for w, d in zip(weights, bgr, strict=True))
        return _shaded(picture, 10.0 ** (-density * amount))
    channels = [_shaded(picture[..., i], 10.0 ** (-d * amount)) for i, d in enumerate(bgr)]
    return np.asarray(cv2.merge(channels), np.uint8)


def _shaded(channel: Image, light: NDArray[np.floating]) -> Image:
    table = np.clip(light * 255, 0, 255).astype(np.uint8)
    wide = cv2.resize(table, (channel.shape[1], channel.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(channel, wide, scale=1 / 255), np.uint8)


def sealed(centre: tuple[float, float], size_mm: float, strength: float) -> Change:
    """A red seal, also over fields."""

    def change(picture: Image, px_per_mm: float, rng: Rng) -> Image:
        light = seal_light(size_mm, px_per_mm, rng, strength)
        left, top = (round((c - size_mm / 2) * px_per_mm) for c in centre)
        light = light[max(0, -top) :, max(0, -left) :]
        left, top = max(0, left), max(0, top)
        if left >= picture.shape[1] or top >= picture.shape[0] or light.size == 0:
            return picture
        out = picture.copy()
        rehearsed.lay(out, light, left, top)
        return out

    return change


def streaks(at_mm: Sequence[float], width_mm: float, depth: float) -> Change:
    """Lines along the feed: dirt on the glass (dark), a scratched drum or dust on the lamp (light)."""

    def change(picture: Image, px_per_mm: float, rng: Rng) -> Image:
        out = picture.copy()
        height, width = out.shape[:2]
        for x in at_mm:
            left = round(x * px_per_mm)
            wide = max(1, round(width_mm * px_per_mm))
            if not 0 <= left < width - wide:
                continue
            along = np.interp(
                np.arange(height), np.linspace(0, height, 14), np.clip(rng.normal(0.9, 0.2, 14), 0.2, 1.1)
            )
            shade = (-depth * along)[:, None] * rng.uniform(0.7, 1, wide)[None]
            out[:, left : left + wide] = _added(out[:, left : left + wide], shade.astype(np.float32))
        return out

    return change


def coloured(bgr: tuple[float, float, float]) -> Change:
    """Paper of a colour: how much of blue, green and red light it returns."""

    def change(picture: Image, px_per_mm: float, rng: Rng) -> Image:
        if picture.ndim == 2:
            return np.asarray(
                cv2.convertScaleAbs(picture, alpha=0.114 * bgr[0] + 0.587 * bgr[1] + 0.299 * bgr[2]), np.uint8
            )
        table = np.rint(np.arange(256)[:, None] * np.array(bgr)).astype(np.uint8)
        return np.asarray(cv2.LUT(picture, table[None]), np.uint8)

    return change


def shining_through(other: Image, share: float, other_px_per_mm: float) -> Change:
    """The other side's print and ink show through the paper, mirrored and soft."""

    def change(picture: Image, px_per_mm: float, rng: Rng) -> Image:
        back = cv2.resize(other, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_AREA)
        soft = cv2.GaussianBlur(cv2.flip(back, 1), (0, 0), 0.12 * px_per_mm)
        off = np.array([[1, 0, rng.normal(0, 1.5) * px_per_mm], [0, 1, rng.normal(0, 1.5) * px_per_mm]])
        soft = cv2.warpAffine(soft, off, soft.shape[1::-1], borderValue=(255,) * 3)
        dark = cv2.bitwise_not(soft)
        if picture.ndim == 3 and dark.ndim == 2:
            dark = cv2.merge([dark] * 3)
        return np.asarray(cv2.addWeighted(picture, 1.0, dark, -share, 0.0), np.uint8)

    return change


def faded_toner(share: float) -> Change:
    """The printer ran low: broad bands of the print are pale; what people write afterwards is not."""

    def change(picture: Image, px_per_mm: float, rng: Rng) -> Image:
        across = np.interp(np.linspace(0, 1, 40), np.linspace(0, 1, 7), rng.uniform(0, 1, 7))
        along = np.interp(np.linspace(0, 1, 40), np.linspace(0, 1, 5), rng.uniform(0.7, 1, 5))
        kept = 1 - share * np.outer(along, across / across.max())
        return np.asarray(
            cv2.bitwise_not(times(np.asarray(cv2.bitwise_not(picture), np.uint8), kept)), np.uint8
        )

    return change


def paled(share: float) -> Change:
    """The scanner's light is too strong: print and ink alike lose so much of their darkness."""
    table = np.rint(255 - (255 - np.arange(256)) * (1 - share)).astype(np.uint8)
    return lambda picture, px_per_mm, rng: np.asarray(cv2.LUT(picture, table), np.uint8)


def shadow(depth: float, soft: float) -> Change:
    """A shadow with an edge lies over a part of the page; light falls off over the rest."""

    def change(picture: Image, px_per_mm: float, rng: Rng) -> Image:
        angle = rng.uniform(0, 2 * np.pi)
        y, x = np.mgrid[-1:1:96j, -1:1:68j]
        edge = x * np.cos(angle) + y * np.sin(angle) - rng.uniform(-0.4, 0.5)
        slope = x * np.cos(angle + 1) + y * np.sin(angle + 1)
        return times(picture, (1 - depth / (1 + np.exp(-edge / soft))) * (1 - 0.12 * depth * (slope + 1)))

    return change


def blurred(sigma_mm: float, motion_mm: float = 0.0) -> Change:
    """Out of focus, or moved while the picture was taken."""

    def change(picture: Image, px_per_mm: float, rng: Rng) -> Image:
        if motion_mm > 0:
            length = max(3, round(motion_mm * px_per_mm)) | 1
            kernel = np.zeros((length, length), np.float32)
            angle = rng.uniform(0, np.pi)
            half = (length - 1) / 2
            step = np.array([np.cos(angle), np.sin(angle)]) * half
            ends = [tuple(np.rint(half + s * step).astype(int).tolist()) for s in (-1, 1)]
            cv2.line(kernel, ends[0], ends[1], 1.0, 1)
            picture = np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.uint8)
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma_mm * px_per_mm), np.uint8)

    return change


def copied(steep: float, middle: float, specks: float) -> Change:
    """A photocopy: contrast as the machine likes it, specks of toner on white, pinholes in black."""

    def change(picture: Image, px_per_mm: float, rng: Rng) -> Image:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.09 * px_per_mm), np.uint8)
        light = np.arange(256) / 255
        curve = 1 / (1 + np.exp(-steep * (light - middle)))
        curve = (curve - curve[0]) / (curve[-1] - curve[0])
        picture = np.asarray(cv2.LUT(picture, np.rint(curve * 255).astype(np.uint8)), np.uint8)
        return peppered(picture, specks, px_per_mm, rng)

    return change


def dusty(amount: float) -> Change:
    """Specks on white, pinholes in black, and a few hairs."""

    def change(picture: Image, px_per_mm: float, rng: Rng) -> Image:
        out = peppered(picture, amount, px_per_mm, rng)
        height, width = out.shape[:2]
        for _hair in range(int(rng.poisson(4 * amount))):
            turn = rng.uniform(0, 6.28) + np.cumsum(rng.normal(0, 0.3, 14))
            way = np.cumsum(np.column_stack([np.cos(turn), np.sin(turn)]), axis=0) * 0.5 * px_per_mm
            way = way + rng.uniform(0, 1, 2) * (width, height)
            gray = int(rng.integers(90, 180))
            cv2.polylines(out, [np.rint(way * 8).astype(np.int32)], False, (gray,) * 3, 1, cv2.LINE_AA, 3)
        return out

    return change


def peppered(picture: Image, amount: float, px_per_mm: float, rng: Rng) -> Image:
    """Return a picture with specks and pinholes; 1 is some 3,000 on A4, most of them under 0.2 mm."""
    out = picture.copy()
    height, width = out.shape[:2]
    for bright in (False, True):
        count = int(rng.poisson(1500 * amount))
        at = (rng.random((count, 2)) * (width, height) * 8).astype(int).tolist()
        radii = (
            np.maximum(4, np.minimum(rng.exponential(0.05, count), 0.3) * px_per_mm * 8).astype(int).tolist()
        )
        grays = rng.integers(200, 256, count) if bright else rng.integers(20, 190, count)
        for centre, radius, gray in zip(at, radii, grays.tolist(), strict=True):
            cv2.circle(out, centre, radius, (gray,) * 3, -1, cv2.LINE_AA, 3)
    return out


def posterised(cell_px: int) -> Change:
    """Gray as dots, as fax machines and cheap copiers make it: ordered dither."""
    base = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])
    matrix = (np.kron(base, np.ones((cell_px, cell_px))) + 0.5) * 16

    def change(picture: Image, px_per_mm: float, rng: Rng) -> Image:
        gray = (
            picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        )
        side = matrix.shape[0]
        wide = np.tile(matrix, (gray.shape[0] // side + 1, gray.shape[1] // side + 1))
        bits = np.where(gray > wide[: gray.shape[0], : gray.shape[1]], 255, 0).astype(np.uint8)
        return bits if picture.ndim == 2 else np.asarray(cv2.merge([bits] * 3), np.uint8)

    return change
