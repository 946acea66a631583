"""Two scanners with all their faults: an office scanner, and a photocopy that was scanned afterwards.

Comes in: one side of a sheet with its ink, at 300 dpi or more (uint8, 255 = bare paper). Goes out: the
picture that the scanner makes of it. A machine has habits that stay for a whole batch (stretch, tone, a
streak); each sheet adds its own skew, slip and folds. The order is that of physics: ink on paper, optics,
geometry and sampling, dirt, noise, compression.
"""

import io
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from . import damage, paper
from .warps import Feed, Image, Matrix, sampled, turned_about


class Scanner(StrEnum):
    """Which kind of machine."""

    OFFICE = "office"
    COPIER = "copier"


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine on one day; what it does to every sheet."""

    kind: Scanner
    colour: bool
    dpi: int
    stretch: tuple[float, float]
    """Across and along the feed."""
    softness_px: float
    """Sigma of the optics, in pixels of the picture."""
    black: float
    white: float
    """Gray of toner and of bare paper."""
    tint: tuple[float, float, float]
    """Of the paper's white, blue green red, near 1."""
    bend: float
    """Exponent of the tone curve."""
    lid: int
    noise: float
    quality: tuple[int, int]
    """Lowest and highest JPEG quality."""
    columns: NDArray[np.float64]
    """Unevenness of the sensor across the page, near 1."""
    streaks: int | None
    """Seed of the streaks that are on every sheet; None where the glass is clean."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to one sheet on its way; both sides of a sheet share it."""

    upside_down: bool
    skew_degrees: float
    shift_mm: tuple[float, float]
    stretch: tuple[float, float]
    folded: float
    """Severity of the fold, 0 where the sheet was not folded."""
    one_bit: bool


@dataclass(frozen=True, slots=True)
class Scan:
    """The picture of one side."""

    image: Image
    quality: int
    place: Matrix
    """Homography from pixels of the sheet to pixels of the picture, for an ideal transport."""
    feed: Feed
    """How the transport was."""

    def where(self, points_mm: NDArray[np.float64], px_per_mm: float) -> NDArray[np.float64]:
        """Return where points of the sheet, (n, 2) in mm, are on the picture, in pixels.

        Args:
            points_mm: from the sheet's top-left corner.
            px_per_mm: of the sheet, not of the picture.
        """
        homogeneous = np.column_stack([points_mm * px_per_mm - 0.5, np.ones(len(points_mm))]) @ self.place.T
        at = homogeneous[:, :2] / homogeneous[:, 2:]
        at[:, 1] = np.interp(at[:, 1], self.feed.ideal, self.feed.rows)
        return np.asarray(at)


def new_machine(kind: Scanner, colour: bool, dpi: int, rng: np.random.Generator) -> Machine:
    """Return a machine as it stands in some office."""
    office = kind is Scanner.OFFICE
    tint = 1 - np.abs(rng.normal(0, 0.012, 3))
    return Machine(
        kind=kind,
        colour=colour and office,
        dpi=dpi,
        stretch=(
            (float(rng.normal(1, 0.001)), float(rng.normal(1, 0.002)))
            if office
            else (float(rng.uniform(0.994, 1.006)), float(rng.uniform(0.991, 1.009)))
        ),
        softness_px=float(rng.uniform(0.5, 0.72) if office else rng.uniform(0.65, 0.95)),
        black=float(rng.uniform(14, 44)),
        white=float(rng.uniform(236, 252) if office else rng.uniform(208, 240)),
        tint=(float(tint[0]), float(tint[1]), float(tint[2])),
        bend=float(rng.uniform(0.85, 1.15)),
        lid=int(rng.choice([28, 205, 238]) if office else rng.choice([18, 60, 190, 225])),
        noise=float(rng.uniform(0.05, 0.12) if office else rng.uniform(0.14, 0.3)),
        quality=(80, 90) if office else (50, 70),
        columns=1 + np.cumsum(rng.normal(0, 0.0025 if office else 0.006, 34)) - (0 if office else 0.02),
        streaks=int(rng.integers(0, 1 << 31)) if rng.random() < (0.1 if office else 0.5) else None,
    )


def new_fate(machine: Machine, rng: np.random.Generator) -> Fate:
    """Return what happens to the next sheet in this machine."""
    if machine.kind is Scanner.OFFICE:
        return Fate(
            upside_down=False,
            skew_degrees=float(np.clip(rng.normal(0, 0.35), -1, 1)),
            shift_mm=(float(rng.normal(0, 0.7)), float(rng.normal(0, 0.7))),
            stretch=(float(rng.normal(1, 0.0002)), float(rng.normal(1, 0.0006))),
            folded=float(rng.uniform(0.3, 0.8)) if rng.random() < 0.04 else 0.0,
            one_bit=False,
        )
    return Fate(
        upside_down=bool(rng.random() < 0.07),
        skew_degrees=float(rng.uniform(1.0, 2.5) * rng.choice([-1, 1])),
        shift_mm=(float(rng.normal(0, 0.9)), float(rng.normal(0, 0.9))),
        stretch=(float(rng.normal(1, 0.0005)), float(rng.normal(1, 0.0015))),
        folded=float(rng.uniform(0.4, 1.0)) if rng.random() < 0.22 else 0.0,
        one_bit=bool(rng.random() < 0.1),
    )


def scan(sheet: Image, sheet_dpi: float, machine: Machine, fate: Fate, rng: np.random.Generator) -> Scan:
    """Return the picture of one side.

    Args:
        sheet: gray or BGR as the machine is, 255 = bare paper.
        sheet_dpi: resolution of `sheet`.
        machine: which scanner.
        fate: what happens to this sheet.
        rng: of this side alone.
    """
    scale = machine.dpi / sheet_dpi
    size = (round(sheet.shape[1] * scale), round(sheet.shape[0] * scale))
    place = _placed(machine, fate, scale, size)
    soft = cv2.GaussianBlur(sheet, (0, 0), machine.softness_px / scale)
    feed = _feed(machine, size[1], rng)
    image = sampled(
        _toned(np.asarray(soft, np.uint8), machine, rng),
        place,
        feed,
        size,
        machine.lid,
    )
    image = _dirtied(image, machine, fate, rng)
    if fate.one_bit:
        image = damage.one_bit(image, float(rng.uniform(0.4, 0.75)), rng)
    return Scan(image, int(rng.integers(machine.quality[0], machine.quality[1] + 1)), place, feed)


def encoded(done: Scan, dpi: int) -> bytes:
    """Return a scan as the JPEG file that the scanner would write."""
    image = done.image if done.image.ndim == 2 else cv2.cvtColor(done.image, cv2.COLOR_BGR2RGB)
    out = io.BytesIO()
    Pillow.fromarray(np.asarray(image)).save(out, "JPEG", quality=done.quality, dpi=(dpi, dpi))
    return out.getvalue()


def _placed(machine: Machine, fate: Fate, scale: float, size: tuple[int, int]) -> Matrix:
    centre = (size[0] / 2, size[1] / 2)
    stretch = (machine.stretch[0] * fate.stretch[0], machine.stretch[1] * fate.stretch[1])
    degrees = fate.skew_degrees + (180 if fate.upside_down else 0)
    shift = np.eye(3)
    shift[:2, 2] = np.array(fate.shift_mm) * machine.dpi / 25.4
    # Pixel centres, not corners, are what the homography relates.
    to_centres = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2], [0, 0, 1.0]])
    return np.asarray(shift @ turned_about(centre, degrees, stretch) @ to_centres)


def _feed(machine: Machine, height: int, rng: np.random.Generator) -> Feed:
    """Return how evenly the paper moves: a slow swing always, a slip now and then."""
    swing_mm = 0.04 if machine.kind is Scanner.OFFICE else 0.12
    rows = np.linspace(0, height, 13)
    ideal = rows + rng.normal(0, swing_mm, 13) * machine.dpi / 25.4
    feed = Feed(tuple(float(r) for r in rows), tuple(float(i) for i in ideal))
    if machine.kind is Scanner.COPIER and rng.random() < 0.5:
        lag = float(rng.uniform(0, 1) * rng.choice([-1, 1])) * machine.dpi / 25.4
        feed = feed.slipped(float(rng.uniform(0.1, 0.9)) * height, lag, max(8.0, 1.6 * abs(lag)))
    return feed


def _toned(soft: Image, machine: Machine, rng: np.random.Generator) -> Image:
    """Give reflected light the grays that this machine makes of it."""
    light = np.arange(256) / 255
    if machine.kind is Scanner.COPIER:  # the copy's own curve: dark becomes black, pale nearly white
        middle, steep = rng.normal(0.58, 0.05), rng.uniform(6, 10)
        curve = 1 / (1 + np.exp(-steep * (light - middle)))
        light = (curve - curve[0]) / (curve[-1] - curve[0])
    else:
        light = light**machine.bend
    gray = machine.black + (machine.white - machine.black) * light
    table = gray[:, None] * np.array(machine.tint) if soft.ndim == 3 else gray[:, None]
    return np.asarray(cv2.LUT(soft, np.clip(np.rint(table), 0, 255).astype(np.uint8)[None]), np.uint8)


def _dirtied(image: Image, machine: Machine, fate: Fate, rng: np.random.Generator) -> Image:
    copier = machine.kind is Scanner.COPIER
    if copier:
        image = damage.toner(image, float(rng.uniform(0.1, 0.5)), rng, machine.dpi)
        if rng.random() < 0.3:
            image = damage.faded(image, float(rng.uniform(0.2, 0.65)), rng, machine.dpi)
    if fate.folded:
        image = paper.fold(image, fate.folded, rng, machine.dpi)
    mottle = rng.normal(0, 0.003 if not copier else 0.012, (48, 34))
    image = damage.times(image, machine.columns[None, :] + mottle)
    if machine.streaks is not None:
        here = np.random.default_rng(machine.streaks)
        image = damage.streak(image, 0.15 if not copier else 0.45, here, machine.dpi)
    if copier and rng.random() < 0.25:
        image = damage.streak(image, 0.3, rng, machine.dpi)
    image = damage.dust(
        image, float(rng.uniform(0.1, 0.35) if not copier else rng.uniform(0.3, 0.8)), rng, machine.dpi
    )
    if copier:
        image = damage.blur(image, 0.25, rng, machine.dpi)
    return damage.noise(image, machine.noise, rng, machine.dpi)
