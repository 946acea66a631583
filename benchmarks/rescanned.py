"""Sheets filled in by simulated hands and scanned more than once: what comparing ink is measured on.

The ballot is the dense one (60 rows on one side); sheets with fewer rows are its rows taken in groups, so
that one scan serves for several. Every scan is read by the reader itself, registration and all, and what is
kept is the signature that it gives a page; none where it sends the page to people.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from multiprocessing import get_context

import cv2
import numpy as np
from pdf2image import convert_from_bytes

from phieu.benchmarks import dense
from phieu.forms.frame import ballot_pdf
from phieu.forms.rehearsal.hands import Hand, draw_hand, make_pen
from phieu.forms.rehearsal.ink import Image, ink_page
from phieu.forms.rehearsal.marks import Mark, draw_mark
from phieu.forms.rehearsal.scanner import Fate, Machine, Scanner, encoded, new_fate, new_machine, scan
from phieu.ocr import likeness
from phieu.ocr.blank import KnownForm
from phieu.ocr.page import ReaderSettings, read_page

_SHEET_DPI = 300
_PAPER, _SCAN, _HAND, _MACHINE = range(4)
"""What random numbers are drawn for."""


class Voters(StrEnum):
    """Who fills the sheets in."""

    FIRST = "all mark the first column with a cross, blue ball pens"
    ONE_HAND = "one and the same hand marks all sheets so"
    MIXED = "votes, marks and pens as in a rehearsal"


class Again(StrEnum):
    """How a sheet is scanned the second time."""

    SAME = "same scanner"
    ANGLE = "askew by 1.5 to 4 degrees"
    OTHER = "another scanner"
    DPI_100 = "100 dpi"
    DPI_300 = "300 dpi"
    COLOUR = "another scanner, 150 dpi, colour"
    BITONAL = "1-bit"
    COPY = "a photocopy of it"


@dataclass(frozen=True, slots=True)
class Order:
    """One sheet to be filled in and scanned."""

    voters: Voters
    sheet: int
    agains: tuple[Again, ...] = ()
    """Second scans."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """The signatures of one sheet; None where the reader sent the page to people."""

    sheet: int
    first: str | None
    again: dict[Again, str | None]


def scanned(
    orders: Sequence[Order], workers: int, on_sheet: Callable[[], None] = lambda: None
) -> list[Scanned]:
    """Fill in and scan sheets, in the order given."""
    done = []
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for one in pool.map(_scanned, orders, chunksize=4):
            done.append(one)
            on_sheet()
    return done


@cache
def _paper() -> tuple[KnownForm, Image]:
    cv2.setNumThreads(1)
    frozen = dense.form()
    (page,) = convert_from_bytes(ballot_pdf(frozen), dpi=_SHEET_DPI, grayscale=True)
    return KnownForm.load(frozen), np.asarray(page, np.uint8)


def _scanned(order: Order) -> Scanned:
    form, blank = _paper()
    of_voters = list(Voters).index(order.voters)
    rng = np.random.default_rng([_PAPER, of_voters, order.sheet])
    hand = _hand(order.voters, rng)
    page = blank.copy()
    for field, mark in _marks(form, order.voters, rng):
        strokes, holding = draw_mark(mark, form.form.fields[field].box_mm, hand, rng)
        ink_page(page, strokes, holding.pen, _SHEET_DPI / 25.4, rng)

    def once(again: Again | None) -> str | None:
        ways = list(Again)
        number = 0 if again is None else 1 + ways.index(again)
        return _signature(page, again, np.random.default_rng([_SCAN, of_voters, order.sheet, number]))

    return Scanned(order.sheet, once(None), {again: once(again) for again in order.agains})


def _hand(voters: Voters, rng: np.random.Generator) -> Hand:
    if voters is Voters.MIXED:
        return draw_hand(rng)
    if voters is Voters.ONE_HAND:
        rng = np.random.default_rng(_HAND)
    return replace(draw_hand(rng), pen=make_pen("ball", "blue", rng))


def _marks(form: KnownForm, voters: Voters, rng: np.random.Generator) -> list[tuple[int, Mark]]:
    first = range(0, len(form.form.fields), len(dense.OPTIONS))
    if voters is not Voters.MIXED:
        return [(place, Mark.CROSS) for place in first]
    kind = Mark(rng.choice(["cross", "tick", "fill", "circle", "line"], p=[0.62, 0.3, 0.03, 0.03, 0.02]))
    return [(place + int(rng.choice(3, p=[0.7, 0.2, 0.1])), kind) for place in first]


def _signature(page: Image, again: Again | None, rng: np.random.Generator) -> str | None:
    machine, fate = _way(again, rng)
    if machine.colour:
        page = np.asarray(cv2.cvtColor(page, cv2.COLOR_GRAY2BGR), np.uint8)
    data = np.frombuffer(encoded(scan(page, _SHEET_DPI, machine, fate, rng), machine.dpi), np.uint8)
    image = np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), np.uint8)
    form, _blank = _paper()
    reading = read_page(image, {form.form.id: form}, ReaderSettings())
    return reading.likeness if likeness.parse(reading.likeness) is not None else None


def _way(again: Again | None, rng: np.random.Generator) -> tuple[Machine, Fate]:
    """Return the machine of a scan and what happens to the sheet in it."""
    number = {Again.OTHER: 1, Again.COLOUR: 2, Again.COPY: 3}.get(again, 0) if again is not None else 0
    kind = Scanner.COPIER if again is Again.COPY else Scanner.OFFICE
    dpi = {Again.DPI_100: 100, Again.DPI_300: 300, Again.COLOUR: 150}.get(again, 200) if again else 200
    machine = new_machine(kind, again is Again.COLOUR, dpi, np.random.default_rng([_MACHINE, number]))
    fate = new_fate(machine, rng)
    if again is Again.ANGLE:
        fate = replace(fate, skew_degrees=float(rng.uniform(1.5, 4) * rng.choice([-1, 1])))
    return machine, replace(fate, one_bit=fate.one_bit or again is Again.BITONAL)
