"""Who marks the ballots: several makers of ink that have nothing in common but the kinds of marks.

    led         held out: `motion`, `figures`, `inks`
    rehearsal   the product's own, `phieu.forms.rehearsal`
    glyphs      held out: letters of hand-drawn fonts (x, v, o, /), as far as such fonts are installed
    recorded    held out: real pen strokes, where their data are at hand (`recorded`)

A `Voter` has one hand and one pen for a whole ballot, as people do.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from phieu.forms.form import Box
from phieu.forms.rehearsal import hands as theirs
from phieu.forms.rehearsal.ink import ink_page
from phieu.forms.rehearsal.marks import Mark, draw_mark

from . import figures, inks, motion, recorded
from .papers import Image

Rng = np.random.Generator

SOURCES = ("led", "rehearsal", "glyphs", "recorded")


def available() -> tuple[str, ...]:
    """Return the makers of ink that have all they need on this machine."""
    missing = {"glyphs": not glyph_fonts(), "recorded": not recorded.writers()}
    return tuple(source for source in SOURCES if not missing.get(source))


class Voter(Protocol):
    """Someone with a hand and a pen."""

    arm: motion.Arm
    pen: inks.Pen

    def mark(
        self,
        page: Image,
        px_per_mm: float,
        mark: str,
        box: Box,
        others: Sequence[Box],
        rng: Rng,
        towards: Box | None,
    ) -> None:
        """Draw one mark on a page, in place."""


def new_voter(source: str, rng: Rng, pen: str | None = None) -> Voter:
    """Return a voter; with the pen named, or any."""
    own_pen = inks.new_pen(pen, rng) if pen else inks.usual_pen(rng)
    arm, habit = motion.new_arm(rng), int(rng.integers(0, 1 << 16))
    if source == "rehearsal":
        return _Rehearsed(arm, own_pen, rng)
    if source == "glyphs":
        return _Glyphs(arm, own_pen, habit, rng)
    if source == "recorded":
        return _Recorded(arm, own_pen, habit, rng)
    return _Led(arm, own_pen, habit)


class _Led:
    def __init__(self, arm: motion.Arm, pen: inks.Pen, habit: int) -> None:
        self.arm, self.pen, self.habit = arm, pen, habit

    def mark(
        self,
        page: Image,
        px_per_mm: float,
        mark: str,
        box: Box,
        others: Sequence[Box],
        rng: Rng,
        towards: Box | None,
    ) -> None:
        arm = self.arm
        if mark == "faint":
            arm = replace(arm, pressure=inks.faint_pressure(self.pen, rng), pace=arm.pace * 0.8)
        drawn = figures.draw(mark, box, others, arm, self.habit, rng, towards, self.pen.width_mm)
        inks.lay(page, drawn, self.pen, px_per_mm, rng)


_THEIRS = {
    "cross": Mark.CROSS,
    "tick": Mark.TICK,
    "fill": Mark.FILL,
    "circle": Mark.CIRCLE,
    "line": Mark.LINE,
    "faint": Mark.FAINT,
    "overshoot": Mark.CROSS,
    "dot": Mark.DOT,
    "rest": Mark.DOT,
    "scribbled": Mark.SCRIBBLE,
    "struck": Mark.CORRECTED,
}
_PENS = {
    "blue": ("ball", "blue"),
    "black": ("ball", "black"),
    "red": ("ball", "red"),
    "gel": ("gel", "blue"),
    "felt": ("felt", "black"),
    "pencil": ("pencil", ""),
}


class _Rehearsed:
    def __init__(self, arm: motion.Arm, pen: inks.Pen, rng: Rng) -> None:
        self.arm, self.pen = arm, pen
        self.hand = replace(theirs.draw_hand(rng), pen=theirs.make_pen(*_PENS[pen.kind], rng))

    def mark(
        self,
        page: Image,
        px_per_mm: float,
        mark: str,
        box: Box,
        others: Sequence[Box],
        rng: Rng,
        towards: Box | None,
    ) -> None:
        if mark == "arrow":
            inks.lay(
                page, figures.draw(mark, box, others, self.arm, 0, rng, towards), self.pen, px_per_mm, rng
            )
            return
        hand = self.hand
        if mark == "overshoot":
            hand = replace(hand, careless=1.0, size=max(hand.size, 1.3))
        strokes, holding = draw_mark(_THEIRS[mark], box, hand, rng, others)
        ink_page(page, strokes, holding.pen, px_per_mm, rng)


_GLYPHS = {"cross": "xX", "tick": "vVv", "circle": "oO0", "line": "/l\\", "faint": "xvX", "overshoot": "xXv"}
_FONTS = ("femkeklaver", "breip", "bwht", "fifthhorseman")


@cache
def glyph_fonts() -> tuple[Path, ...]:
    """Return the hand-drawn fonts that are installed.

    Debian: fonts-femkeklaver, fonts-breip, fonts-bwht, fonts-dkg-handwriting.
    """
    folder = Path("/usr/share/fonts")
    found = [path for path in sorted(folder.rglob("*.[to]tf")) if path.parent.name in _FONTS]
    return tuple(found)


@cache
def _glyph(font: Path, letter: str) -> NDArray[np.uint8]:
    """Return a letter, 500 pixels high: 255 where there is ink."""
    face = ImageFont.truetype(str(font), 500)
    picture = Pillow.new("L", (1500, 1500))
    ImageDraw.Draw(picture).text((500, 300), letter, fill=255, font=face)
    ink = np.array(picture)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if len(rows) == 0:
        return np.zeros((0, 0), np.uint8)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


class _Glyphs(_Led):
    """Shapes that someone once drew with a pen; the ink is ours, kinds without a letter are led."""

    def __init__(self, arm: motion.Arm, pen: inks.Pen, habit: int, rng: Rng) -> None:
        super().__init__(arm, pen, habit)
        fonts = glyph_fonts()
        self.font = fonts[int(rng.integers(0, len(fonts)))]
        self.size = float(np.exp(rng.normal(-0.1, 0.18)))

    def mark(
        self,
        page: Image,
        px_per_mm: float,
        mark: str,
        box: Box,
        others: Sequence[Box],
        rng: Rng,
        towards: Box | None,
    ) -> None:
        letters = _GLYPHS.get(mark)
        letter = letters[self.habit % len(letters)] if letters else ""
        shape = _glyph(self.font, letter) if letter else np.zeros((0, 0), np.uint8)
        if shape.size == 0 or min(shape.shape) < 10:
            super().mark(page, px_per_mm, mark, box, others, rng, towards)
            return
        fine = px_per_mm * inks.FINE
        height = min(box.w, box.h) * 0.8 * self.size * float(np.exp(rng.normal(0, 0.08)))
        if mark == "overshoot":
            height = min(height * 1.7, box.h * 1.6)
        if mark == "circle":
            height = min(box.w, box.h) * 1.2
        pressure = self.arm.pressure if mark != "faint" else inks.faint_pressure(self.pen, rng)
        layer, at = self._placed(shape, height, box, fine, pressure, rng)
        fibres = inks.fibres(layer.shape, fine, rng)
        amount = inks.soaked(layer, fibres, self.pen, fine)
        inks.on_page(page, amount, self.pen.absorbs, (at[0] // inks.FINE, at[1] // inks.FINE))

    def _placed(
        self, shape: NDArray[np.uint8], height_mm: float, box: Box, fine: float, pressure: float, rng: Rng
    ) -> tuple[Image, tuple[int, int]]:
        """Return the letter in its place: sheared, turned, its line as wide as the pen's."""
        scale = height_mm * fine / shape.shape[0]
        side = int((max(shape.shape) * scale) * 1.6 + 3 * fine) // 2 * 2
        turn, slant = float(rng.normal(0, 0.1)), float(rng.normal(0, 0.12))
        aspect = float(np.exp(rng.normal(0.15, 0.12)))
        c, s = np.cos(turn) * scale, np.sin(turn) * scale
        linear = np.array([[c, -s], [s, c]]) @ np.array([[aspect, slant], [0, 1]])
        middle = np.array([shape.shape[1] / 2, shape.shape[0] / 2])
        matrix = np.column_stack([linear, np.array([side / 2, side / 2]) - linear @ middle])
        drawn = cv2.warpAffine(shape, matrix, (side, side), flags=cv2.INTER_AREA)
        inked = (drawn > 110).astype(np.uint8)
        thin = 2 * float(cv2.distanceTransform(inked, cv2.DIST_L2, 3).max())
        grow = round((self.pen.width_mm * fine - thin) / 2)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * abs(grow) + 1,) * 2)
        if grow > 0:
            inked = np.asarray(cv2.dilate(inked, kernel), np.uint8)
        wander = cv2.resize(rng.normal(1, 0.18, (4, 4)).astype(np.float32), (side, side))
        layer = np.clip(inked * 255 * pressure * wander, 0, 255).astype(np.uint8)
        off = np.clip(rng.normal(0, 0.1, 2), -0.25, 0.25) * box.w
        at = np.array([box.x + box.w / 2, box.y + box.h / 2]) + off
        corner = np.rint(at * fine / inks.FINE - side / 2 / inks.FINE).astype(int) * inks.FINE
        return layer, (int(corner[0]), int(corner[1]))


_SIMILAR = {"faint": "cross", "overshoot": "cross", "dot": "rest"}
_TIMES = {"circle": 1.25, "rest": 0.0, "overshoot": 1.55}


class _Recorded(_Led):
    """One of the people whose pen was recorded; what they did not write is led."""

    def __init__(self, arm: motion.Arm, pen: inks.Pen, habit: int, rng: Rng) -> None:
        super().__init__(arm, pen, habit)
        people = recorded.writers()
        self.kinds = people[sorted(people)[int(rng.integers(0, len(people)))]]
        self.size = float(np.clip(np.exp(rng.normal(-0.15, 0.2)), 0.5, 1.15))

    def mark(
        self,
        page: Image,
        px_per_mm: float,
        mark: str,
        box: Box,
        others: Sequence[Box],
        rng: Rng,
        towards: Box | None,
    ) -> None:
        kind = _SIMILAR.get(mark, mark)
        samples = self.kinds.get(kind) or (self.kinds.get("tick") if kind == "cross" else None)
        if mark in figures.DOUBTS or not samples:
            super().mark(page, px_per_mm, mark, box, others, rng, towards)
            return
        sample = samples[int(rng.integers(0, len(samples)))]
        size = _TIMES.get(mark, self.size) * float(np.exp(rng.normal(0, 0.1)))
        if kind == "rest":
            size = float(rng.uniform(0.05, 0.12))
        pressure = inks.faint_pressure(self.pen, rng) if mark == "faint" else self.arm.pressure
        drawn = recorded.strokes(sample, box, size, pressure, rng)
        if not figures.belongs(drawn, box, others, mark) and kind != "rest":
            drawn = recorded.strokes(sample, box, 0.7, pressure, rng)
        inks.lay(page, drawn, self.pen, px_per_mm, rng)
