"""One practice ballot on its way: printed, filled in by one hand, scanned, and what may truly be said of it.

This is what the processes of a deck do, each for some of its ballots. Comes in: a `Bench`, all that is the
same for the ballots of one style. Goes out: JPEG files, and for each page its truth. What is drawn at random
for a ballot depends on seed, style and ballot only, so that it doesn't matter who does it, or when.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pdf2image import convert_from_bytes
from pdf2image.exceptions import PDFInfoNotInstalledError

from ...errors import MissingProgram
from ...words import _
from ..form import Box, Form, FrozenForm
from ..frame import ballot_pdf
from . import paper
from .hands import draw_hand
from .ink import ink_page
from .marks import ADMISSIBLE, Mark, draw_mark
from .scanner import Fate, Machine, Scan, encoded, new_fate, scan
from .seal import seal_light
from .strokes import FloatArray
from .votes import Ballots, PlannedMark
from .warps import Image

_SEAL_MM = 34.0
_VISIBLE = 12
"""Levels by which ink must be darker than the paper around it to be there at all."""
_LOST = 0.25
"""A mark of which less than this share is visible was lost on its way: it can't be told from dirt."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What all ballots of one style have in common."""

    style: str
    form: Form
    blanks: tuple[Path, ...]
    """The printed pages as numpy files, at `sheet_dpi`."""
    machine: Machine
    sealed: bool
    seed: int
    ballots: Ballots
    out_dir: Path

    @property
    def sheet_dpi(self) -> int:
        """The resolution at which paper is modelled."""
        return paper_dpi(self.machine)

    @property
    def px_per_mm(self) -> float:
        """The same in pixels a mm."""
        return self.sheet_dpi / 25.4


def paper_dpi(machine: Machine) -> int:
    """Return the resolution at which paper is modelled: finer than the scanner sees it."""
    return max(300, machine.dpi * 3 // 2)


def stream(seed: int, style: str, *further: int) -> np.random.Generator:
    """Return the random numbers of one matter: a style, a ballot, a side."""
    return np.random.default_rng([seed, zlib.crc32(style.encode()), *further])


def print_blanks(frozen: FrozenForm, machine: Machine, stem: Path) -> tuple[Path, ...]:
    """Print a ballot, and return its pages as numpy files: uint8, 255 = bare paper.

    Raises:
        MissingProgram: poppler is not installed.
    """
    try:
        pages = convert_from_bytes(ballot_pdf(frozen), dpi=paper_dpi(machine), grayscale=not machine.colour)
    except PDFInfoNotInstalledError as error:
        raise MissingProgram(
            _("The program pdftoppm is missing; it turns PDF pages into pictures."),
            hint=_(
                "Install poppler (Debian and Ubuntu: apt install poppler-utils). `phieu doctor` tells more."
            ),
        ) from error
    paths = []
    for number, page in enumerate(pages, start=1):
        image = np.asarray(page, np.uint8)
        if machine.colour:
            image = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), np.uint8)
        path = stem.with_name(f"{stem.name}-{number}.npy")
        np.save(path, image)
        paths.append(path)
    return tuple(paths)


_bench: Mapping[str, Bench] = {}


def start_worker(bench: Mapping[str, Bench]) -> None:
    """Make a process ready to `work`."""
    global _bench
    _bench = bench
    cv2.setNumThreads(1)


def work(job: tuple[str, Sequence[tuple[int, int]]]) -> list[dict[str, Any]]:
    """Do one job in a process that `start_worker` made ready."""
    style, places = job
    return scan_sheets(_bench[style], places)


def scan_sheets(bench: Bench, places: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """Fill in, scan and write some ballots; return the truth of their pages.

    Args:
        bench: of their style.
        places: for each ballot its place in the deck, from 0, and its number, from 1.
    """
    blanks = [np.load(path) for path in bench.blanks]
    truths = []
    for place, ballot in places:
        sides, drawn = _filled(bench, blanks, ballot)
        fate = new_fate(bench.machine, stream(bench.seed, bench.style, 3, ballot))
        for page in range(1, bench.form.pages + 1):
            name = f"{bench.style}/jpeg/{bench.style}-{place * bench.form.pages + page:04}.jpg"
            done = _scanned(bench, sides, page, fate, ballot)
            (bench.out_dir / name).write_bytes(encoded(done, bench.machine.dpi))
            truths.append(
                {
                    "source": name,
                    "index": 0,
                    "style": bench.style,
                    "ballot": ballot,
                    "page": page,
                    "form": bench.form.id,
                    "fields": _truth(bench, page, drawn, done),
                }
            )
    return truths


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A mark as it was made."""

    planned: PlannedMark
    points_mm: FloatArray


def _filled(
    bench: Bench, blanks: Sequence[Image], ballot: int
) -> tuple[list[Image], dict[tuple[str, str], _Drawn]]:
    """Return a ballot's pages with all that one voter wrote on them, and the marks by contest and option."""
    rng = stream(bench.seed, bench.style, 2, ballot)
    hand = draw_hand(rng)
    sides = [blank.copy() for blank in blanks]
    if bench.sealed:
        _seal(sides[0], bench, rng)
    fields = {(field.contest, field.option): field for field in bench.form.fields}
    drawn = {}
    for planned in bench.ballots[ballot - 1]:
        field = fields[planned.contest, planned.option]
        others = [f.box_mm for f in bench.form.fields if f.page == field.page and f is not field]
        strokes, holding = draw_mark(planned.mark, field.box_mm, hand, rng, others)
        ink_page(sides[field.page - 1], strokes, holding.pen, bench.px_per_mm, rng)
        drawn[planned.contest, planned.option] = _Drawn(planned, np.vstack([s.xy_mm for s in strokes]))
    return sides, drawn


def _seal(side: Image, bench: Bench, rng: np.random.Generator) -> None:
    zone = bench.form.frame.seal
    size = min(_SEAL_MM, zone.w - 1, zone.h - 1)
    light = seal_light(size, bench.px_per_mm, rng)
    left = zone.x + (zone.w - size) / 2 + float(np.clip(rng.normal(0, 2), -5, 5))
    top = zone.y + (zone.h - size) / 2 + float(np.clip(rng.normal(0, 1), -3, 3))
    paper.lay(side, light, int(left * bench.px_per_mm), int(top * bench.px_per_mm))


def _scanned(bench: Bench, sides: Sequence[Image], page: int, fate: Fate, ballot: int) -> Scan:
    rng = stream(bench.seed, bench.style, 4, ballot, page)
    side = sides[page - 1]
    if len(sides) == 2:  # office paper is thin
        side = paper.through(side, sides[2 - page], float(rng.uniform(0, 0.07)))
    if page % 2 == 0:
        fate = replace(fate, skew_degrees=-fate.skew_degrees, shift_mm=(-fate.shift_mm[0], fate.shift_mm[1]))
    return scan(side, bench.sheet_dpi, bench.machine, fate, rng)


def _truth(
    bench: Bench, page: int, drawn: Mapping[tuple[str, str], _Drawn], done: Scan
) -> list[dict[str, Any]]:
    """Return for each field of a page its mark and the readings that are no error."""
    fields = []
    for field in bench.form.fields:
        if field.page != page:
            continue
        mark = drawn.get((field.contest, field.option))
        admissible = ADMISSIBLE[mark.planned.mark if mark else None]
        truth: dict[str, Any] = {
            "contest": field.contest,
            "option": field.option,
            "mark": str(mark.planned.mark) if mark else None,
            "admissible": list(admissible),
        }
        if mark and mark.planned.mark is not Mark.DOT and _lost(mark.points_mm, field.box_mm, done, bench):
            truth["admissible"] = sorted({*admissible, "empty"})
            truth["lost"] = True
        fields.append(truth)
    return fields


def _lost(points_mm: FloatArray, box: Box, done: Scan, bench: Bench) -> bool:
    """Tell whether the scanner left nothing of a mark: its ink within the box is no darker than paper."""
    edge = 0.8
    x, y = points_mm[:, 0], points_mm[:, 1]
    inside = (x > box.x + edge) & (x < box.x + box.w - edge) & (y > box.y + edge) & (y < box.y + box.h - edge)
    if not inside.any():
        return False
    at = np.rint(done.where(points_mm[inside], bench.px_per_mm)).astype(int)
    height, width = done.image.shape[:2]
    reach = int(0.8 * max(box.w, box.h) / 25.4 * bench.machine.dpi)
    left, top = np.maximum(at.min(axis=0) - reach, 0)
    right, bottom = np.minimum(at.max(axis=0) + reach + 1, (width, height))
    if left >= right or top >= bottom:
        return True
    around = done.image[top:bottom, left:right]
    gray = around if around.ndim == 2 else cv2.cvtColor(around, cv2.COLOR_BGR2GRAY)
    soft = cv2.blur(gray, (3, 3))
    level = np.percentile(soft, 75) - _VISIBLE
    on_page = (at >= (left, top)).all(axis=1) & (at < (right, bottom)).all(axis=1)
    seen = soft[at[on_page, 1] - top, at[on_page, 0] - left] < level
    return float(seen.sum()) < _LOST * len(at)
