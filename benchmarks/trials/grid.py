"""Every kind of damage with its severities, from what is met daily to what no reader survives.

A severity is a label, which the table shows, and what it does to a `Fate`. Damage is aimed: folds, streaks,
seals and holes go through boxes, not beside them. `office` is the base of all others: an office scanner on a
usual day.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import pi

import numpy as np

from phieu.forms.form import Box

from . import dirt, geometry
from .papers import Image
from .scanning import Fate, Rng


@dataclass(frozen=True)
class Place:
    """What damage is aimed at."""

    paper_mm: tuple[float, float]
    boxes: Sequence[Box]
    other_side: Callable[[], Image]
    """Another page of the same form with marks: what is on the back of the sheet."""

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the sheet."""
        return self.paper_mm[0] / 2, self.paper_mm[1] / 2

    def a_box(self, rng: Rng) -> Box:
        """Return one box of the page."""
        return self.boxes[int(rng.integers(0, len(self.boxes)))]


Doing = Callable[[Fate, Place, Rng], None]
Kind = Sequence[tuple[str, Doing]]


def office(seed: int, place: Place, rng: Rng) -> Fate:
    """Return the fate of a sheet on a usual day."""
    fate = Fate(place.paper_mm, seed)
    fate.colour = bool(rng.random() < 0.2)
    fate.lens_mm = float(rng.uniform(0.055, 0.085))
    fate.white, fate.black = float(rng.uniform(236, 252)), float(rng.uniform(12, 45))
    fate.noise = float(rng.uniform(0.8, 2.6))
    fate.quality = int(rng.integers(72, 93))
    fate.beside = int(rng.choice([255, 245, 230, 200, 60], p=[0.3, 0.3, 0.2, 0.1, 0.1]))
    skew = float(np.clip(rng.normal(0, 0.35), -1, 1))
    stretch = (float(rng.normal(1, 0.001)), float(rng.normal(1, 0.0015)))
    fate.back = [
        geometry.shifted(float(rng.normal(0, 0.7)), float(rng.normal(0, 0.7))),
        geometry.turned(skew, place.centre, stretch),
        geometry.uneven(
            [(float(rng.uniform(0, 0.06)), float(rng.uniform(30, 120)), float(rng.uniform(0, 6)))]
        ),
    ]
    return fate


def _sign(rng: Rng) -> float:
    return float(rng.choice([-1.0, 1.0]))


def _skew(degrees: float) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        fate.back.append(geometry.turned(_sign(rng) * degrees, place.centre))

    return do


def _turn(turns: int) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        fate.turns = turns

    return do


def _stretch(percent: float) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        along = 1 + _sign(rng) * percent / 100
        fate.back.append(geometry.turned(0, place.centre, (1.0, along)))
        swing = percent / 100 * 25
        fate.back.append(
            geometry.uneven([(swing / 3, float(rng.uniform(120, 300)), float(rng.uniform(0, 6)))])
        )

    return do


def _slip(mm: float) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        box = place.a_box(rng)
        at = box.y + float(rng.uniform(-3, box.h + 3))
        by = _sign(rng) * mm
        over = float(rng.choice([0.2, 1.0, 2.0])) if by > 0 else abs(by) * 1.05 + float(rng.uniform(0, 2))
        fate.back.append(geometry.slipped(at, by, over))

    return do


def _lean(degrees: float) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        fate.back.append(geometry.leaning(_sign(rng) * float(np.tan(degrees * pi / 180))))

    return do


def _curl(mm: float) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        twist = _sign(rng) * float(rng.uniform(0.1, 0.8))
        fate.back.append(geometry.curled(mm, place.paper_mm[1], bool(rng.random() < 0.5), twist))

    return do


def _torn(corners: int, mm: float, covered: bool = False) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        width, height = place.paper_mm
        parts = []
        for corner in rng.choice(4, corners, replace=False):
            a, b = mm * rng.uniform(0.75, 1.25, 2)
            if covered:
                shape = np.array([[-3, -3], [a, -3], [a, b], [-3, b]])
            else:
                shape = dirt.ragged(np.array([[-3, -3], [a + 3, -3], [-3, b + 3]]), rng, 0.35)
            if corner % 2:
                shape[:, 0] = width - shape[:, 0]
            if corner // 2:
                shape[:, 1] = height - shape[:, 1]
            parts.append(shape)
        gray = int(rng.choice([20, 120, 180]) if covered else fate.beside)
        fate.sheet.append(dirt.gone(parts, gray))
        fate.covers = True

    return do


def _cut(mm: float, sides: int = 1) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        width, height = place.paper_mm
        cut = [0.0, 0.0, 0.0, 0.0]
        first = int(rng.integers(0, 4))
        for side in range(sides):
            cut[(first + side) % 4] = mm
        left, top, right, bottom = cut
        fate.bed_mm = (width - left - right, height - top - bottom)
        fate.back.insert(0, geometry.shifted(-left, -top))
        fate.covers = True

    return do


def _fold(dark: float, width_mm: float, worn: float, folds: int, moved_mm: float) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        for number in range(folds):
            box = place.a_box(rng)
            at = (
                box.x + box.w * float(rng.uniform(-0.1, 1.1)),
                box.y + box.h * float(rng.uniform(-0.1, 1.1)),
            )
            upright = number % 2 == 1 or (folds == 1 and rng.random() < 0.35)
            turn = (pi / 2 if upright else 0.0) + float(rng.normal(0, 0.03))
            if rng.random() < 0.12:
                turn = float(rng.uniform(0, pi))
            fate.sheet.append(dirt.crease(at, turn, dark * _sign_of_fold(rng), width_mm, worn))
            if moved_mm and not upright and abs(turn) < 0.2:
                fate.back.append(geometry.slipped(at[1], moved_mm * _sign(rng), 0.4))

    return do


def _sign_of_fold(rng: Rng) -> float:
    return -0.6 if rng.random() < 0.25 else 1.0


def _streaks(count: int, width_mm: float, depth: float) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        at = [
            box.x + box.w * float(rng.uniform(-0.05, 1.05))
            for box in (place.a_box(rng) for _ in range(count))
        ]
        fate.scan.append(dirt.streaks(at, width_mm, depth))

    return do


def _holes(count: int, radius_mm: float, aimed: bool) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        spots = []
        for number in range(count):
            if aimed:
                box = place.a_box(rng)
                spots.append(
                    (box.x + box.w * float(rng.uniform(0, 1)), box.y + box.h * float(rng.uniform(0, 1)))
                )
            else:
                spots.append((11.0, place.centre[1] + 80 * (number - (count - 1) / 2)))
        fate.sheet.append(dirt.punched(spots, radius_mm, int(rng.choice([fate.beside, 30, 90]))))
        fate.covers = True

    return do


def _coffee(depth: float, count: int) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        for _cup in range(count):
            box = place.a_box(rng)
            angle, radius = float(rng.uniform(0, 2 * pi)), float(rng.uniform(30, 42))
            at = (
                box.x + box.w / 2 + radius * float(np.cos(angle)),
                box.y + box.h / 2 + radius * float(np.sin(angle)),
            )
            fate.sheet.append(dirt.coffee(at, radius, depth))

    return do


def _seal(strength: float, colour: bool) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        box = place.a_box(rng)
        at = (box.x + float(rng.normal(3, 9)), box.y + float(rng.normal(3, 9)))
        fate.sheet.append(dirt.sealed(at, 34.0, strength))
        fate.colour = colour

    return do


def _through(share: float) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        fate.sheet.append(dirt.shining_through(place.other_side(), share, 300 / 25.4))

    return do


def _with(change: Callable[[Fate, Rng], None]) -> Doing:
    return lambda fate, place, rng: change(fate, rng)


def _toner(share: float) -> Doing:
    return _with(lambda fate, rng: fate.printed.append(dirt.faded_toner(share)))


def _pale(share: float) -> Doing:
    return _with(lambda fate, rng: fate.sheet.append(dirt.paled(share)))


def _blur(sigma_mm: float, motion_mm: float = 0.0) -> Doing:
    return _with(lambda fate, rng: fate.scan.append(dirt.blurred(sigma_mm, motion_mm)))


def _noise(levels: float) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        fate.noise = levels

    return do


def _dust(amount: float) -> Doing:
    return _with(lambda fate, rng: fate.scan.append(dirt.dusty(amount)))


def _jpeg(quality: int) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        fate.quality = quality

    return do


def _bits(threshold: int) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        fate.threshold = threshold

    return do


def _dither(cell: int) -> Doing:
    return _with(lambda fate, rng: fate.scan.append(dirt.posterised(cell)))


def _dpi(dpi: int) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        fate.dpi = dpi

    return do


def _scale(percent: float) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        s = percent / 100
        centre = place.centre if rng.random() < 0.5 else (0.0, 0.0)
        fate.back.append(geometry.turned(0, centre, (s, s)))
        fate.beside = 250

    return do


_COLOURS = {
    "yellow": (0.62, 0.95, 0.98),
    "pink": (0.82, 0.72, 0.97),
    "blue": (0.96, 0.86, 0.68),
    "green": (0.72, 0.93, 0.74),
    "red": (0.45, 0.42, 0.9),
    "gray": (0.6, 0.6, 0.6),
}


def _coloured(name: str) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        fate.sheet.append(dirt.coloured(_COLOURS[name]))
        fate.colour = bool(rng.random() < 0.6)

    return do


def _copy(steep: float, middle: tuple[float, float], specks: float, generations: int = 1) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        for _copy in range(generations):
            fate.sheet.append(dirt.copied(steep, float(rng.uniform(*middle)), specks))
            scale = float(rng.uniform(0.985, 1.012))
            fate.back.append(
                geometry.turned(
                    float(rng.normal(0, 0.9)), place.centre, (scale, scale * float(rng.normal(1, 0.004)))
                )
            )
        fate.colour = False

    return do


def _phone(tilt: float, shade: float, bend_mm: float, blur_mm: float = 0.05) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        width, height = place.paper_mm
        fate.bed_mm = (width * 1.25, height * 1.25)
        view = geometry.seen_from(
            tilt, float(rng.uniform(0, 2 * pi)), place.centre, 1.5 * height, fate.bed_mm
        )
        turn = geometry.turned(float(rng.normal(0, 3)), place.centre)
        fate.back = [view, turn]
        if bend_mm:
            fate.back.append(geometry.bent(bend_mm * _sign(rng), height, bool(rng.random() < 0.7)))
        fate.desk = True
        fate.scan += [dirt.shadow(shade, float(rng.uniform(0.03, 0.3))), dirt.blurred(blur_mm)]
        fate.colour = bool(rng.random() < 0.5)
        fate.noise, fate.quality = float(rng.uniform(3, 6)), int(rng.integers(70, 90))

    return do


def _bed(extra: float, gray: int | None = None) -> Doing:
    def do(fate: Fate, place: Place, rng: Rng) -> None:
        width, height = place.paper_mm
        fate.bed_mm = (width * extra, height * extra)
        room = (width * (extra - 1), height * (extra - 1))
        at = (float(rng.uniform(0.05, 0.95)) * room[0], float(rng.uniform(0.05, 0.95)) * room[1])
        fate.back.insert(0, geometry.shifted(*at))
        if gray is not None:
            fate.beside = gray

    return do


def _nothing(fate: Fate, place: Place, rng: Rng) -> None:
    """Leave the sheet as the office scanner sees it."""


KINDS: Mapping[str, Kind] = {
    "office": [("usual day", _nothing)],
    "skew": [(f"{d:g}°", _skew(d)) for d in (1.5, 3, 5, 8, 10, 14)],
    "orientation": [(f"{90 * t}°", _turn(t)) for t in (1, 2, 3)],
    "stretch": [(f"{p:g} %", _stretch(p)) for p in (0.5, 1, 1.5, 2.5, 4)],
    "slip": [(f"{mm:g} mm", _slip(mm)) for mm in (0.5, 1, 2, 3, 4.5)],
    "lean": [(f"{d:g}°", _lean(d)) for d in (0.3, 0.7, 1.5, 3)],
    "curl": [(f"{mm:g} mm", _curl(mm)) for mm in (1, 2, 4, 7)],
    "torn corners": [
        (f"{n} of {mm:g} mm", _torn(n, mm)) for n, mm in ((1, 25), (1, 45), (2, 30), (3, 30), (4, 30))
    ],
    "covered corners": [(f"{n}", _torn(n, 26, covered=True)) for n in (1, 2, 3, 4)],
    "cut margin": [
        *((f"{mm:g} mm", _cut(mm)) for mm in (5, 11, 17, 24)),
        ("11 mm, 2 sides", _cut(11, 2)),
        ("17 mm, 3 sides", _cut(17, 3)),
    ],
    "fold": [
        ("soft", _fold(18, 0.3, 0, 1, 0)),
        ("sharp", _fold(45, 0.3, 0, 1, 0)),
        ("sharp, 3", _fold(55, 0.35, 0.1, 3, 0.2)),
        ("worn", _fold(70, 0.45, 0.5, 2, 0.5)),
        ("dark", _fold(115, 0.4, 0.1, 2, 0.3)),
        ("dark, moved 1.5 mm", _fold(115, 0.5, 0.4, 2, 1.5)),
    ],
    "streak": [
        ("thin", _streaks(1, 0.12, 60)),
        ("dark", _streaks(2, 0.25, 130)),
        ("wide", _streaks(3, 0.5, 150)),
        ("black, 5", _streaks(5, 0.5, 235)),
        ("white", _streaks(3, 0.4, -190)),
    ],
    "holes": [
        ("margin", _holes(2, 2.9, False)),
        ("staple, on boxes", _holes(4, 0.45, True)),
        ("on boxes", _holes(3, 2.0, True)),
        ("large, on boxes", _holes(3, 3.2, True)),
    ],
    "coffee": [("pale", _coffee(0.12, 1)), ("usual", _coffee(0.3, 1)), ("strong, 2", _coffee(0.55, 2))],
    "seal over box": [
        ("colour, pale", _seal(0.45, True)),
        ("colour", _seal(0.85, True)),
        ("gray, pale", _seal(0.45, False)),
        ("gray", _seal(0.85, False)),
    ],
    "show-through": [(f"{100 * s:.0f} %", _through(s)) for s in (0.07, 0.15, 0.25, 0.35, 0.5)],
    "toner low": [(f"{100 * s:.0f} %", _toner(s)) for s in (0.3, 0.6, 0.8, 0.93)],
    "pale scan": [(f"{100 * s:.0f} %", _pale(s)) for s in (0.3, 0.5, 0.7, 0.85)],
    "blur": [
        *((f"{s:g} mm", _blur(s)) for s in (0.15, 0.25, 0.4, 0.6)),
        ("motion 0.6 mm", _blur(0.08, 0.6)),
        ("motion 1.2 mm", _blur(0.08, 1.2)),
    ],
    "noise": [(f"{n} levels", _noise(n)) for n in (6, 12, 25, 45)],
    "dust": [(f"{a:g}", _dust(a)) for a in (0.3, 1, 3)],
    "JPEG": [(f"quality {q}", _jpeg(q)) for q in (60, 35, 18, 8)],
    "1-bit": [(f"below {t}", _bits(t)) for t in (70, 100, 130, 160, 190, 215)],
    "dither": [("fine", _dither(1)), ("coarse", _dither(2))],
    "dpi": [(f"{d}", _dpi(d)) for d in (100, 120, 150, 300, 400, 600)],
    "print scale": [(f"{p:g} %", _scale(p)) for p in (91, 94, 97, 103, 106)],
    "coloured paper": [(name, _coloured(name)) for name in _COLOURS],
    "photocopy": [
        ("good", _copy(6, (0.5, 0.6), 0.15)),
        ("hard", _copy(10, (0.45, 0.7), 0.5)),
        ("dark", _copy(9, (0.72, 0.8), 0.8)),
        ("pale", _copy(9, (0.25, 0.36), 0.4)),
        ("third", _copy(8, (0.45, 0.6), 0.6, 3)),
    ],
    "phone": [
        ("flat", _phone(3, 0.2, 0)),
        ("10°", _phone(10, 0.35, 1.0)),
        ("20°", _phone(20, 0.45, 2.0)),
        ("30°", _phone(30, 0.5, 3.0)),
        ("30°, dark, curled", _phone(30, 0.7, 6.0, 0.12)),
        ("45°", _phone(45, 0.5, 4.0)),
    ],
    "larger bed": [
        ("white lid", _bed(1.25, 250)),
        ("gray lid", _bed(1.41, 190)),
        ("black lid", _bed(1.41, 25)),
        ("half the bed", _bed(2.0, 235)),
    ],
}
"""By name; each kind's severities in rising order, where there is an order."""
