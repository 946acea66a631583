"""Hands for validation only: straight and round pieces put together by another model, with ink of its own.

Nothing here is shared with `hands`, `struck` or the rehearsal's strokes, so that what was learned from those
can be tried on marks drawn in another way.
"""

from collections.abc import Callable
from math import cos, pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from phieu.forms.form import Box
from phieu.forms.rehearsal.strokes import Stroke

Rng = np.random.Generator
Near = Callable[[float, float], tuple[float, float]]


class Writer:
    """One writer: a pen, a size, a manner of making each mark."""

    def __init__(self, rng: Rng) -> None:
        self.width_mm = float(rng.choice([0.35, 0.45, 0.6, 0.9, 1.3], p=[0.25, 0.3, 0.2, 0.15, 0.1]))
        self.dark = float(rng.uniform(0.45, 0.95))
        self.grain = float(rng.choice([0.0, 0.15, 0.45], p=[0.5, 0.3, 0.2]))
        self.size = float(rng.uniform(0.5, 1.3))
        self.tilt = float(rng.normal(0.0, 0.15))
        self.jitter = float(rng.uniform(0.05, 0.2))
        self.tremble_mm = float(rng.choice([0.02, 0.05, 0.1], p=[0.5, 0.35, 0.15]))
        self.manner = int(rng.integers(0, 6))

    def mark(self, what: str, box: Box, rng: Rng) -> list[Stroke]:
        """Return a mark's strokes; their speed tells width, their pressure darkness."""
        half = min(box.w, box.h) / 2 * self.size * float(rng.uniform(0.85, 1.2))
        x, y = (float(v) for v in rng.normal(0, 0.08, 2) * min(box.w, box.h))
        centre = (box.x + box.w / 2 + x, box.y + box.h / 2 + y)
        return [self._penned(part, centre, half, rng) for part in self._parts(what, rng)]

    def _parts(self, what: str, rng: Rng) -> list[NDArray[np.float64]]:
        def p(u: float, v: float) -> tuple[float, float]:
            return u + float(rng.normal(0, self.jitter)), v + float(rng.normal(0, self.jitter))

        if what in ("nothing", "rest"):
            at = rng.uniform(-0.6, 0.6, 2)
            return [np.array([at, at + rng.normal(0, 0.05, 2)])]
        if what == "cross":
            return self._cross(p, rng)
        if what == "tick":
            return [np.array([p(-0.8, 0.1), p(-0.2, 0.8), p(0.85, -0.9)])]
        if what == "line":
            a = float(rng.choice([0, pi / 4, -pi / 4])) + float(rng.normal(0, 0.1))
            return [np.array([p(-cos(a), -sin(a)), p(cos(a), sin(a))])]
        if what == "ring":
            return [_arc(0, 0, 1.1, 1.0, float(rng.uniform(0, 6)), 2 * pi * float(rng.uniform(0.95, 1.1)))]
        if what == "fill":
            return [_zigzag(0.85, 0.85, int(2 * self.size * 2.6 / self.width_mm * 1.2) + 3, rng)]
        under = (
            self._cross(p, rng)
            if rng.random() < 0.5
            else [np.array([p(-0.8, 0.1), p(-0.2, 0.8), p(0.85, -0.9)])]
        )
        return under + self._struck(p, rng)

    def _cross(self, p: Near, rng: Rng) -> list[NDArray[np.float64]]:
        if self.manner == 0:  # in one go
            a, b, c, d = p(-0.85, -0.9), p(0.8, 0.85), p(0.85, -0.85), p(-0.85, 0.9)
            back = np.array([(0.95 + 0.12 * sin(t), 0.85 * cos(t)) for t in np.linspace(0.2, pi - 0.2, 8)])
            return [np.vstack([[a, b], back, [c, d]])]
        return [np.array([p(-0.85, -0.9), p(0.85, 0.9)]), np.array([p(0.85, -0.9), p(-0.85, 0.9)])]

    def _struck(self, p: Near, rng: Rng) -> list[NDArray[np.float64]]:
        way = int(rng.integers(0, 6))
        if way <= 2:
            level, out = float(rng.normal(0, 0.2)), float(rng.uniform(0.85, 1.7))
            return [np.array([p(-out, level), p(out, level)])]
        if way == 3:
            return [np.array([p(-1.2, level), p(1.2, level)]) for level in (-0.35, 0.05, 0.4)]
        if way == 4:
            return [_zigzag(1.1, 0.6, int(rng.integers(5, 11)), rng)]
        return [_arc(0, 0, 0.9, 0.6, 0.0, 2 * pi * float(rng.uniform(3, 6)))]

    def _penned(
        self, part: NDArray[np.float64], centre: tuple[float, float], half: float, rng: Rng
    ) -> Stroke:
        c, s = cos(self.tilt), sin(self.tilt)
        way = part @ np.array([[c, s], [-s, c]]) * half + np.array(centre)
        steps = np.hypot(*np.diff(way, axis=0).T)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        even = np.linspace(0, along[-1], max(3, int(along[-1] / 0.14)))
        points = np.column_stack([np.interp(even, along, way[:, axis]) for axis in (0, 1)])
        kernel = np.hanning(7) / np.hanning(7).sum()
        padded = np.pad(points, ((3, 3), (0, 0)), mode="edge")
        points = np.column_stack([np.convolve(padded[:, axis], kernel, "valid") for axis in (0, 1)])
        shake = rng.normal(0, 1, (len(points) // 4 + 3, 2)) * self.tremble_mm
        at = np.linspace(0, len(shake) - 1, len(points))
        points = points + np.column_stack(
            [np.interp(at, np.arange(len(shake)), shake[:, axis]) for axis in (0, 1)]
        )
        width = self.width_mm * float(rng.uniform(0.85, 1.15))
        return Stroke(points, np.full(len(points), width), np.full(len(points), self.dark))


def ink(sheet: NDArray[np.uint8], strokes: list[Stroke], px_per_mm: float, rng: Rng) -> None:
    """Draw strokes onto a gray sheet: even lines that never lighten what lies below, with grain."""
    points = np.vstack([one.xy_mm for one in strokes])
    left, top = (int(v) for v in np.maximum(np.floor((points.min(axis=0) - 2) * px_per_mm), 0))
    right, bottom = (int(v) for v in np.ceil((points.max(axis=0) + 2) * px_per_mm))
    part = sheet[top:bottom, left:right]
    if part.size == 0:
        return
    cover = np.zeros(part.shape, np.uint8)
    for one in strokes:
        px = np.rint((one.xy_mm * px_per_mm - (left, top)) * 16).astype(np.int32)
        cv2.polylines(
            cover, [px], False, 255.0, max(1, round(float(one.speed[0]) * px_per_mm)), cv2.LINE_AA, 4
        )
    rough = cv2.GaussianBlur(rng.standard_normal(part.shape, np.float32), (0, 0), 1.2)
    dark = float(strokes[0].pressure[0])
    grain = 0.0 if dark > 0.8 else 0.35
    taken = cover.astype(np.float32) / 255 * np.clip(dark + grain * rough, 0, 0.97)
    part[...] = np.minimum(part, (255 * (1 - taken)).astype(np.uint8))


def _arc(x: float, y: float, rx: float, ry: float, start: float, turn: float) -> NDArray[np.float64]:
    a = start + np.linspace(0, turn, max(16, int(abs(turn) * 6)))
    drift = np.linspace(-0.1, 0.1, len(a))
    return np.column_stack([x + (rx + drift) * np.cos(a), y + (ry + drift) * np.sin(a)])


def _zigzag(wide: float, high: float, rows: int, rng: Rng) -> NDArray[np.float64]:
    side = np.where(np.arange(rows) % 2 == 0, -wide, wide) * rng.uniform(0.85, 1.1, rows)
    return np.column_stack([side, np.linspace(-high, high, rows)])
