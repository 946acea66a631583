"""Draw the manual's picture of a voter's hand: run `python docs/draw_marks.py` in the repository.

Each line is one voter: six marks, of which one was struck out. The frame's colour is what the reader says of
each mark: green for a mark, orange for a question.
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from phieu.ocr import hand, kinds, shape
from phieu.ocr.ink import PX_PER_MM
from phieu.ocr.rule import MarkRule, Sight

BOX, EDGE, SIDE, FINE = 36, 18, 73, 4
PEN_MM = 0.5
GREEN, ORANGE = (60, 135, 0), (0, 110, 222)
OUT = Path(__file__).parent / "manual" / "pictures" / "hands.png"

Picture = NDArray[np.uint8]
Strokes = list[list[tuple[float, float]]]


def cross(wobble: NDArray[np.float64]) -> Strokes:
    """Return the strokes of a cross."""
    a = [(1.2, 1.1), (4.8, 4.9), (4.9, 1.2), (1.1, 4.8)]
    (p, q, r, s) = ((x + float(w[0]), y + float(w[1])) for (x, y), w in zip(a, wobble, strict=False))
    return [[p, q], [r, s]]


def tick(wobble: NDArray[np.float64]) -> Strokes:
    """Return the stroke of a tick."""
    a = [(1.2, 2.9), (2.5, 4.8), (5.4, 0.9)]
    return [[(x + float(w[0]), y + float(w[1])) for (x, y), w in zip(a, wobble, strict=False)]]


def slash(wobble: NDArray[np.float64]) -> Strokes:
    """Return the stroke of a slash."""
    a = [(1.2, 4.8), (4.8, 1.2)]
    return [[(x + float(w[0]), y + float(w[1])) for (x, y), w in zip(a, wobble, strict=False)]]


def drawn(strokes: Strokes) -> tuple[Picture, Sight]:
    """Return a box with strokes, `FINE` times enlarged, and what the reader sees of it."""
    size = SIDE * FINE
    picture = np.full((size, size), 255, np.uint8)
    low, high = EDGE * FINE, (EDGE + BOX) * FINE
    cv2.rectangle(picture, (low, low), (high, high), (0,), 8)
    ink = np.full_like(picture, 255)
    for stroke in strokes:
        px = np.array([[(v * PX_PER_MM + EDGE) * FINE for v in point] for point in stroke])
        cv2.polylines(
            ink, [px.round().astype(np.int32)], False, (60,), round(PEN_MM * PX_PER_MM * FINE), cv2.LINE_AA
        )
    small = cv2.resize(ink, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    at = np.arange(SIDE)
    inside = (at >= EDGE + 3) & (at < EDGE + BOX - 2)
    outside = (at < EDGE - 3) | (at > EDGE + BOX + 3)
    inner = inside[:, None] & inside[None]
    printed = ~(inner | outside[:, None] | outside[None])
    return np.minimum(picture, ink), Sight((small < 200) & ~printed, inner, printed, False)


def line(
    make: Callable[[NDArray[np.float64]], Strokes], struck: Strokes, rng: np.random.Generator
) -> Picture:
    """Return six marks of one hand, the fifth of them struck out."""
    made = [make(rng.normal(0, 0.25, (4, 2))) for _ in range(6)]
    made[4] += struck
    pictures, sights = zip(*(drawn(strokes) for strokes in made), strict=True)
    ink = np.stack([sight.ink for sight in sights])
    figures = kinds.figures(sights, PEN_MM)
    reasons, _features = hand._reasons(
        ink, shape.measure(ink), sights, figures, np.zeros(6, bool), np.full(6, BOX / PX_PER_MM), MarkRule()
    )
    tiles = []
    for picture, why in zip(pictures, reasons, strict=True):
        tile = np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8)
        cv2.rectangle(tile, (8, 8), (tile.shape[1] - 9, tile.shape[0] - 9), ORANGE if why else GREEN, 10)
        tiles.append(tile)
        print(make.__name__, why or "marked")
    return np.hstack(tiles)


def main() -> None:
    """Draw the picture."""
    rng = np.random.default_rng(4)
    lines = [
        line(cross, [[(-1.4, 2.7), (7.4, 3.3)]], rng),
        line(tick, [[(-1.0, 3.0), (7.2, 2.6)]], rng),
        line(slash, [[(0.8, 1.4), (5.4, 4.4)]], rng),
    ]
    small = cv2.resize(np.vstack(lines), None, fx=0.35, fy=0.35, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(OUT), small // 16 * 16, [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main()
