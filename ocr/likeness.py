"""A compact signature of the ink that one sheet bears, by which a second scan of it is known.

Ballots have no serials, so a sheet that was scanned twice can only be known by its ink: no two hands make the
same marks, and no hand makes the same mark twice. The signature is of a sheet, not of a person. It is stored
with the page for the desk's own comparison (`count.rescans`), and never shown, published or exported.

For each contest the field with the most ink is taken, with 3 mm of its surroundings, at 3 pixels per mm:

    ink      how much darker than its paper each pixel is, from 8 % (none) to 38 % (full), so that pens,
             pencils, scanners, gray and 1-bit differ little; none where the form has print in any field of
             this size, so that all rows show the same part of the paper
    waves    the lowest 77 frequencies of the cosine transform of that, down to 2 mm, without the constant:
             what is smaller is lost at 100 dpi
    weight   each multiplied by its frequency, since strokes have most of their strength in the lowest, where
             all marks are alike
    norm     scaled to length 1: the amount of ink does not matter, its shape and place do

Registration puts each field where its own outline is, so angle, stretch and resolution are gone by then.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from . import ink
from .blank import BlankPage
from .place import Gray, sample
from .reading import FieldReading, State
from .register import Registration

WAVES = 77
"""Numbers that describe the ink in one field."""

_VERSION = 1
_EVERY = 2
"""Of the pixels per mm at which marks are read, every second is enough here."""
_PX_PER_MM = ink.PX_PER_MM / _EVERY
_ORDER = 12
_NONE, _RANGE = 0.08, 0.3
_LEAST_MM2 = 0.5
"""Full ink in a field, less than which is no stroke to compare."""
_LEAST_FREE = 0.35
"""Share of the window that must stay when print of all rows is taken out; else only a field's own is."""
_STEPS = 254.0
"""A wave of length 0.5 or more is 127, the most that a byte holds."""
_ENTRY = np.dtype([("field", "<u2"), ("waves", "i1", (WAVES,))])

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Signature:
    """The ink of one page."""

    fields: NDArray[np.int64]
    """Places in the page's fields, (n,), rising: in each contest with ink, the field that has most of it."""
    waves: Floats
    """(n, 77): the ink of each, of length 1."""


def signature(gray: Gray, page: BlankPage, registration: Registration, fields: Sequence[FieldReading]) -> str:
    """Return the signature of a page that was read, as text; empty where there is no ink.

    Args:
        gray: page image.
        page: the blank page.
        registration: where its fields lie on the image.
        fields: what was read in each, in the page's order.
    """
    inked = np.array([one.state is not State.EMPTY or one.ink > 0 for one in fields], dtype=bool)
    inked &= registration.held
    most: dict[str, tuple[float, int, NDArray[np.int8]]] = {}
    for group, free in zip(ink.groups(page, False), _unprinted(page), strict=True):
        here = np.flatnonzero(inked[group.which])
        if len(here) == 0:
            continue
        which = group.which[here]
        dark = _darkness(gray, page, registration, group, which) * free[here]
        areas = dark.sum(axis=(1, 2)) / _PX_PER_MM**2
        for field, area, waves in zip(which.tolist(), areas.tolist(), _waves(dark), strict=True):
            contest = page.fields[field].contest
            if area >= _LEAST_MM2 and (contest not in most or area > most[contest][0]):
                most[contest] = (area, field, waves)
    if not most:
        return ""
    entries = np.zeros(len(most), dtype=_ENTRY)
    for place, (_area, field, waves) in enumerate(sorted(most.values(), key=lambda one: one[1])):
        entries[place] = (field, waves)
    return base64.b64encode(bytes([_VERSION]) + entries.tobytes()).decode("ascii")


def parse(text: str) -> Signature | None:
    """Return the signature that a page was stored with; None where it has none, or one of another version."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(data) < 1 or data[0] != _VERSION or (len(data) - 1) % _ENTRY.itemsize:
        return None
    entries = np.frombuffer(data, dtype=_ENTRY, offset=1)
    waves = entries["waves"].astype(np.float32)
    length = np.linalg.norm(waves, axis=1, keepdims=True)
    return Signature(entries["field"].astype(np.int64), waves / np.maximum(length, 1))


def rows_with_ink(text: str) -> int:
    """Return how many fields a signature tells of, without opening it."""
    size = len(text) * 3 // 4 - text[-2:].count("=") - 1
    return max(0, size) // _ENTRY.itemsize


def _darkness(
    gray: Gray, page: BlankPage, registration: Registration, group: ink.Group, which: NDArray[np.int64]
) -> Floats:
    """Return how much ink each pixel of the fields' windows has, (n, height, width), 0 to 1."""
    centres = page.centres_mm[which] + registration.shift_mm[which]
    crop = sample(
        gray,
        registration.matrix,
        centres,
        group.dx_mm[:, :, ::_EVERY],
        group.dy_mm[:, ::_EVERY],
    )
    # The paper's level is what three quarters of the window are no lighter than: ink and print are darker.
    few = crop.reshape(len(crop), -1)[:, ::7]
    place = few.shape[1] * 3 // 4
    paper = np.maximum(np.partition(few, place, axis=1)[:, place], 1).astype(np.float32)[:, None, None]
    light = np.divide(crop, paper, dtype=np.float32)
    dark: Floats = np.clip((1 - _NONE - light) * (1 / _RANGE), 0, 1)
    return dark


def _waves(dark: Floats) -> NDArray[np.int8]:
    """Return the weighted low frequencies of each window's ink, (n, 77), of length 1, as bytes."""
    _n, height, width = dark.shape
    chosen, weight = _band()
    waves = (_cosines(height) @ dark @ _cosines(width).T)[:, chosen] * weight
    waves /= np.maximum(np.linalg.norm(waves, axis=1, keepdims=True), 1e-6)
    return np.clip(np.rint(waves * _STEPS), -127, 127).astype(np.int8)


@lru_cache(maxsize=64)
def _cosines(size: int) -> Floats:
    """Return the first 12 rows of the orthonormal cosine transform of `size` samples."""
    middle = (np.arange(size) + 0.5) / size
    rows = np.cos(np.pi * np.arange(_ORDER)[:, None] * middle[None]) * np.sqrt(2 / size)
    rows[0] = np.sqrt(1 / size)
    cosines: Floats = rows.astype(np.float32)
    return cosines


@lru_cache(maxsize=1)
def _band() -> tuple[NDArray[np.bool_], Floats]:
    """Return which of the 12 x 12 frequencies are kept, and the weight of each."""
    down, across = np.mgrid[0:_ORDER, 0:_ORDER]
    chosen = (down + across > 0) & (down + across < _ORDER)
    return chosen, np.hypot(down, across)[chosen].astype(np.float32)


@lru_cache(maxsize=256)
def _unprinted(page: BlankPage) -> tuple[Floats, ...]:
    """Return for each group of fields where ink is looked at, (n, height, width), 1 or 0."""
    found = []
    for group in ink.groups(page, False):
        free = ~group.printed[:, ::_EVERY, ::_EVERY]
        shared = free.all(axis=0)
        if shared.mean() >= _LEAST_FREE:
            free = np.broadcast_to(shared, free.shape)
        found.append(free.astype(np.float32))
    return tuple(found)
