"""One page of a trial: printed, marked, damaged and read; all of it follows from numbers.

Everything of a page follows from (seed, cell, number): any page can be drawn again by itself, also by those
who are told of a silent error on it.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from phieu.ocr.blank import KnownForm
from phieu.ocr.page import ReaderSettings, read_page
from phieu.ocr.reading import PageReading

from . import ballots, grid, scanning
from .ballots import FieldTruth, Truth, Wanted
from .papers import Image, Paper, as_printed
from .scanning import Fate

_VISIBLE_LEVELS = 12
"""By how much ink must darken the picture to be there at all..."""
_VISIBLE_SHARE = 0.25
"""...and on what share of its place: less can't be told from dirt..."""
_LEAST_MM2 = 0.15
"""...and neither can less ink than this, a speck of 0.4 mm."""
_OUTLINE_MM = 0.6
"""Ink so close to a box's outer edge may lie on its printed outline."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One line of the table: which damage, which marks."""

    section: str
    """`damage`, `marks` or `library`."""
    kind: str
    level: str
    wanted: Wanted = field(default_factory=Wanted)

    @property
    def key(self) -> str:
        """A name for state files and seeds."""
        return f"{self.section}/{self.kind}/{self.level}"


@dataclass(frozen=True, slots=True)
class Trial:
    """One page as it was tried."""

    cell: Cell
    number: int
    paper: str
    truth: Truth
    picture: Image
    fate: Fate


Aged = Callable[[str, Image, int], Image]
"""The independent library: the name of what it shall do, a picture, a seed."""


@dataclass
class Room:
    """What a process works with."""

    papers: Mapping[str, Paper]
    mix: tuple[str, ...]
    """Names of papers, taken in turn."""
    sources: tuple[str, ...]
    """Makers of ink, drawn by lot for each page."""
    seed: int
    aged: Aged | None = None
    settings: ReaderSettings = field(default_factory=lambda: ReaderSettings(practice=True))
    _known: dict[str, KnownForm] = field(default_factory=dict)

    def known(self, name: str) -> KnownForm:
        """Return a paper as the reader knows it."""
        if name not in self._known:
            self._known[name] = KnownForm.load(self.papers[name].frozen)
        return self._known[name]

    def paper_of(self, number: int) -> str:
        """Return the name of the paper that a page is printed on."""
        return self.mix[number % len(self.mix)]


def seed_of(seed: int, cell: Cell, number: int) -> int:
    """Return the seed of one page."""
    return int(np.random.default_rng([seed, zlib.crc32(cell.key.encode()), number]).integers(1 << 62))


def draw(room: Room, cell: Cell, number: int) -> Trial:
    """Return a page, filled in and scanned."""
    seed = seed_of(room.seed, cell, number)
    name = room.paper_of(number)
    form = room.papers[name].frozen.form
    page = 1 + number // len(room.mix) % form.pages
    source = room.sources[seed % len(room.sources)]
    fate = _fate(room, cell, number, page, seed)
    sheet, truth = _sheet(room, cell, name, page, source, fate, seed)
    picture = _pictured(room, cell, sheet, fate, seed)
    return Trial(cell, number, name, truth, picture, fate)


def read(room: Room, trial: Trial) -> PageReading:
    """Return what the reader says of a page."""
    known = room.known(trial.paper)
    return read_page(trial.picture, {known.form.id: known}, room.settings)


def _fate(room: Room, cell: Cell, number: int, page: int, seed: int) -> Fate:
    name = room.paper_of(number)
    form = room.papers[name].frozen.form
    rng = np.random.default_rng([seed, 1])
    boxes = [f.box_mm for f in form.fields if f.page == page]

    def other_side() -> Image:
        sheets = as_printed(room.papers[name].frozen, 300)
        back = sheets[page % form.pages].copy()
        behind = np.random.default_rng([seed, 5])
        ballots.fill_in(back, 300 / 25.4, form, page % form.pages + 1, "led", Wanted(stray=False), behind)
        return back

    place = grid.Place(form.paper_mm, boxes, other_side)
    fate = grid.office(seed, place, rng)
    if cell.section == "damage":
        dict(grid.KINDS[cell.kind])[cell.level](fate, place, rng)
    if cell.wanted.pen == "red":
        fate.colour = bool(number % 2)
    return fate


def _sheet(
    room: Room, cell: Cell, name: str, page: int, source: str, fate: Fate, seed: int, ink: bool = True
) -> tuple[Image, Truth]:
    """Return the sheet with its ink; without it where `ink` is false."""
    frozen = room.papers[name].frozen
    sheet = as_printed(frozen, fate.sheet_dpi)[page - 1]
    sheet = np.asarray(cv2.cvtColor(sheet, cv2.COLOR_GRAY2BGR), np.uint8) if fate.colour else sheet.copy()
    scale = fate.sheet_dpi / 25.4
    sheet = scanning.apply(fate.printed, sheet, scale, fate, 100)
    under = sheet if ink else sheet.copy()
    truth = ballots.fill_in(
        under, scale, frozen.form, page, source, cell.wanted, np.random.default_rng([seed, 2])
    )
    return sheet, truth


def _pictured(room: Room, cell: Cell, sheet: Image, fate: Fate, seed: int) -> Image:
    if cell.section != "library":
        return scanning.scanned(sheet, fate)
    assert room.aged is not None
    clean = replace(fate, noise=0.0, quality=None)
    picture = scanning.scanned(sheet, clean)
    aged = room.aged(cell.kind, picture, seed % (1 << 31))
    return scanning.compressed(aged, fate.quality or 85)


class Seen:
    """Tells whether the picture shows anything of a field's ink: drawn again without ink, what differs?"""

    def __init__(self, room: Room, trial: Trial) -> None:
        self.room, self.trial = room, trial
        self.maps: tuple[Image, Image, NDArray[np.float32]] | None = None

    def __call__(self, one: FieldTruth) -> bool:
        """Return whether a quarter of the ink in a field's box can be seen."""
        trial = self.trial
        if trial.fate.covers or trial.cell.section == "library":
            return True
        if self.maps is None:
            self.maps = self._differences()
        on_sheet, on_picture, places = self.maps
        box, edge = one.field.box_mm, _OUTLINE_MM
        scale, dpi = trial.fate.sheet_dpi / 25.4, trial.fate.dpi / 25.4
        inner = (box.x + edge, box.y + edge, box.x + box.w - edge, box.y + box.h - edge)
        drawn_mm2 = _inked_mm2(on_sheet, inner, scale)
        if drawn_mm2 < _LEAST_MM2:  # around the box rather than in it, or hardly anywhere
            around = (box.x - 3, box.y - 3, box.x + box.w + 3, box.y + box.h + 3)
            return _inked_mm2(on_sheet, around, scale) >= 3 * _LEAST_MM2
        x, y = places[..., 0], places[..., 1]
        inside = (x > inner[0]) & (x < inner[2]) & (y > inner[1]) & (y < inner[3])
        seen_mm2 = float((on_picture[inside] > _VISIBLE_LEVELS).sum()) / dpi**2
        return seen_mm2 >= max(_VISIBLE_SHARE * drawn_mm2, _LEAST_MM2)

    def _differences(self) -> tuple[Image, Image, NDArray[np.float32]]:
        """Return how much ink darkens the sheet and the picture, and where the picture's pixels are."""
        room, trial = self.room, self.trial
        seed = seed_of(room.seed, trial.cell, trial.number)
        marks = (trial.cell, trial.paper, trial.truth.page, trial.truth.source, trial.fate, seed)
        with_ink = _sheet(room, *marks)[0]
        without = _sheet(room, *marks, ink=False)[0]
        straight = replace(trial.fate, turns=0, quality=None, noise=0.0)
        bare, inked = (_gray(scanning.scanned(sheet, straight)) for sheet in (without, with_ink))
        return (
            np.asarray(cv2.subtract(_gray(without), _gray(with_ink)), np.uint8),
            np.asarray(cv2.subtract(bare, inked), np.uint8),
            scanning.sheet_places(trial.fate),
        )


def _inked_mm2(on_sheet: Image, part: tuple[float, ...], scale: float) -> float:
    left, top, right, bottom = (max(0, int(v * scale)) for v in part)
    return float(np.count_nonzero(on_sheet[top:bottom, left:right] > _VISIBLE_LEVELS)) / scale**2


def _gray(image: Image) -> Image:
    return image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
