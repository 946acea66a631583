"""Writing by hand, drawn onto printed pages: words, signatures, lines, with pens of several kinds.

Independent of the rehearsal's pens: letters are splines through a few points each, joined, slanted and
shaken; signatures are loops that run out. Ink takes light away, with grain where the pen is a pencil.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Way = NDArray[np.float64]
"""(n, 2): the pen's way over the paper, in mm; y runs down."""


@dataclass(frozen=True)
class Pen:
    """What it leaves: a line's width, and the light it takes (blue, green, red), 0 to 1."""

    width_mm: float
    takes: tuple[float, float, float]
    grain: float = 0.0


PENS = {
    "hard pencil": Pen(0.35, (0.3, 0.3, 0.3), 0.6),
    "pencil": Pen(0.5, (0.45, 0.45, 0.45), 0.6),
    "blue ball": Pen(0.35, (0.25, 0.62, 0.78), 0.15),
    "black ball": Pen(0.4, (0.8, 0.8, 0.8), 0.15),
    "red ball": Pen(0.4, (0.65, 0.8, 0.2), 0.15),
    "fine gel": Pen(0.28, (0.85, 0.85, 0.85)),
    "felt": Pen(1.1, (0.85, 0.88, 0.9)),
}

# Heights: 0 the line, 1 a small letter, 2 an ascender, -1 a descender.
_BOWL = "9,9 4,10 0,5 4,0 8,7 9,9"
_LETTERS = {
    "a": f"{_BOWL} 9,1 11,1",
    "b": "0,0 4,16 3,20 1,15 1,2 4,0 8,4 5,9 10,9",
    "c": "8,8 4,10 0,5 4,0 9,2",
    "d": f"{_BOWL} 9,20 9,1 11,1",
    "e": "0,4 7,6 5,10 1,7 2,1 6,0 10,3",
    "g": f"{_BOWL} 8,-8 4,-10 2,-6 11,2",
    "h": "0,0 4,16 2,20 1,15 1,0 4,10 7,8 8,1 10,1",
    "i": "0,1 2,10 2,1 5,1",
    "k": "0,0 4,16 2,20 1,15 1,0 2,5 7,9 3,5 8,0 10,1",
    "l": "0,0 4,16 3,20 1,14 2,1 5,1",
    "m": "0,9 1,0 3,9 5,9 5,0 8,9 10,8 10,1 12,1",
    "n": "0,9 1,0 4,10 7,8 8,1 10,1",
    "o": "5,10 0,6 3,0 8,3 7,9 5,10 10,9",
    "p": "0,8 1,10 1,-10 1,7 5,10 8,5 4,0 10,1",
    "r": "0,1 2,10 3,8 6,9 6,1 8,1",
    "s": "0,1 5,10 6,4 2,0 9,2",
    "t": "0,1 3,17 2,2 4,0 7,2",
    "u": "0,9 1,1 5,1 7,9 7,1 10,1",
    "v": "0,9 3,0 7,9 10,8",
    "y": "0,9 2,1 6,2 7,9 6,-8 3,-10 2,-6 9,2",
}
_SAID = ("khong dong y", "le van tam", "tran thi hong", "bo phieu cho dung", "can doi moi", "ghi them")


def word(text: str, at: tuple[float, float], height_mm: float, rng: np.random.Generator) -> list[Way]:
    """Return the ways of joined letters; `at` is where the line begins, `height_mm` that of an `n`."""
    slant, unit, lean = rng.normal(0.25, 0.15), height_mm / 10, rng.normal(0, 0.03)
    ways: list[Way] = []
    x = 0.0
    for part in text.split():
        points: list[tuple[float, float]] = []
        for letter in part:
            grow, drop = np.exp(rng.normal(0, 0.1)), rng.normal(0, 0.5)
            shape = [tuple(map(float, pair.split(","))) for pair in _LETTERS[letter].split()]
            points += [
                (x + (px + rng.normal(0, 0.5)) * grow, py * grow + drop + rng.normal(0, 0.5))
                for px, py in shape
            ]
            x += max(px for px, _py in shape) * grow * rng.uniform(0.8, 1.0)
        ways.append(_smooth(np.array(points)))
        x += rng.uniform(6, 10)
    return [
        np.column_stack(
            (at[0] + (w[:, 0] + slant * w[:, 1]) * unit, at[1] - (w[:, 1] - lean * w[:, 0]) * unit)
        )
        for w in ways
    ]


def signature(at: tuple[float, float], width_mm: float, rng: np.random.Generator) -> list[Way]:
    """Return loops that grow smaller to the right, and a stroke below them."""
    t = np.linspace(0, rng.uniform(18, 32), 300)
    fading = np.linspace(1, 0.25, 300) * (0.6 + 0.5 * np.sin(t * rng.uniform(0.2, 0.5) + rng.uniform(0, 6)))
    tall = width_mm * rng.uniform(0.12, 0.2)
    x = width_mm * 0.85 * t / t[-1] + tall * 0.5 * np.cos(t) * fading
    y = tall * np.sin(t + rng.normal(0, 0.3)) * fading
    flourish = np.column_stack(
        (width_mm * np.array([0.9, 0.3, 0.1, 0.5, 1.0]), tall * np.array([0.2, 0.8, 1.1, 1.0, 0.7]))
    )
    ways = [np.column_stack((x, y)), _smooth(flourish)]
    return [way + np.array(at) for way in ways[: 1 + int(rng.random() < 0.6)]]


def short_signature(at: tuple[float, float], width_mm: float, rng: np.random.Generator) -> list[Way]:
    """Return initials: two letters and a line."""
    letters = "".join(rng.choice(list("hkldgm"), 2))
    return word(letters, at, width_mm / 5, rng)


def note(at: tuple[float, float], width_mm: float, rng: np.random.Generator) -> list[Way]:
    """Return a few words."""
    text = _SAID[int(rng.integers(len(_SAID)))]
    return word(text, at, width_mm / len(text), rng)


def added_name(at: tuple[float, float], width_mm: float, rng: np.random.Generator) -> list[Way]:
    """Return a name."""
    return word(("nguyen van an", "le hong ha")[int(rng.integers(2))], at, width_mm / 12, rng)


def wave(at: tuple[float, float], width_mm: float, rng: np.random.Generator) -> list[Way]:
    """Return a wavy line."""
    x = np.linspace(0, width_mm, 200)
    return [np.column_stack((at[0] + x, at[1] + rng.uniform(0.6, 1.2) * np.sin(x * rng.uniform(1.5, 2.5))))]


def stroke(at: tuple[float, float], width_mm: float, rng: np.random.Generator) -> list[Way]:
    """Return one line, nearly straight."""
    x = np.linspace(0, 1, 60)
    bow = rng.normal(0, 0.02) * np.sin(np.pi * x)
    return [np.column_stack((at[0] + x * width_mm, at[1] + width_mm * (bow + rng.normal(0, 0.06) * x)))]


KINDS: dict[str, Callable[[tuple[float, float], float, np.random.Generator], list[Way]]] = {
    "signature": signature,
    "initials": short_signature,
    "note": note,
    "added name": added_name,
    "wave": wave,
    "stroke": stroke,
}


def write(
    image: Image, ways: Sequence[Way], pen: Pen, dpi: float, rng: np.random.Generator, pressure: float = 1.0
) -> Image:
    """Return the page, gray or BGR, with the ink on it."""
    fine = 4
    scale = dpi / 25.4
    points = np.concatenate(ways)
    low = np.floor((points.min(axis=0) - 2) * scale).astype(int)
    high = np.ceil((points.max(axis=0) + 2) * scale).astype(int)
    low, high = np.maximum(low, 0), np.minimum(high, image.shape[1::-1])
    if (high <= low).any():
        return image
    cover = np.zeros(((high - low) * fine)[::-1], np.uint8)
    for way in ways:
        px = ((way * scale - low) * fine * 16).round().astype(np.int32)
        thick = max(1, round(pen.width_mm * scale * fine))
        cv2.polylines(cover, [px], False, 255, thick, cv2.LINE_AA, 4)
    amount = cover.astype(np.float32) / 255 * pressure
    if pen.grain:
        texture = cv2.GaussianBlur(
            rng.normal(0, 1, amount.shape).astype(np.float32), (0, 0), 0.1 * scale * fine
        )
        texture /= max(float(texture.std()), 1e-6)
        amount *= np.clip(1 + pen.grain * texture, 0, 1.4)
    amount = cv2.resize(amount, tuple((high - low).tolist()), interpolation=cv2.INTER_AREA)
    takes = np.array(pen.takes)
    if image.ndim == 2:
        light = 1 - amount * float(takes @ (0.114, 0.587, 0.299))
    else:
        light = 1 - amount[..., None] * takes
    done = image.copy()
    part = done[low[1] : high[1], low[0] : high[0]]
    part[...] = np.clip(part * np.maximum(light, 0.04), 0, 255).astype(np.uint8)
    return done


def _smooth(points: Way, steps: int = 8) -> Way:
    """Return a Catmull-Rom spline through points."""
    padded = np.vstack((2 * points[0] - points[1], points, 2 * points[-1] - points[-2]))
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        parts.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        )
    return np.vstack((*parts, points[-1:]))
