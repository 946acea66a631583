"""Sheets of paper for the golden pages: printed, marked by the rehearsal's hands, damaged, scanned.

A sheet is modelled in colour at 300 dpi. What happens to paper happens there, in mm; what a scanner or a
phone does to the picture comes last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import cos, pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray
from pdf2image import convert_from_bytes

from phieu.forms.form import Box, FrozenForm
from phieu.forms.frame import ballot_pdf
from phieu.forms.rehearsal.hands import draw_hand, make_pen
from phieu.forms.rehearsal.ink import ink_page
from phieu.forms.rehearsal.marks import ADMISSIBLE, Mark, draw_mark
from phieu.forms.rehearsal.seal import seal_light
from phieu.forms.rehearsal.strokes import Stroke
from phieu.tests.ocr import writing

Image = NDArray[np.uint8]
DPI = 300
SCALE = DPI / 25.4
OPTIONS = ("high", "confidence", "low")
Point = tuple[float, float]


def printed(frozen: FrozenForm) -> Image:
    """The form as it is printed, BGR."""
    (page,) = convert_from_bytes(ballot_pdf(frozen), dpi=DPI)
    return np.asarray(cv2.cvtColor(np.asarray(page, np.uint8), cv2.COLOR_RGB2BGR), np.uint8)


@dataclass
class Sheet:
    """One ballot on its way from the printer to the scanner."""

    frozen: FrozenForm
    image: Image
    rng: np.random.Generator
    marks: dict[tuple[str, str], Mark] = field(default_factory=dict)

    def box(self, row: int, option: str) -> Box:
        (found,) = (
            f.box_mm for f in self.frozen.form.fields if (f.contest, f.option) == (f"row-{row}", option)
        )
        return found

    def name(self, row: int) -> Box:
        return next(z.box_mm for z in self.frozen.form.zones if z.contest == f"row-{row}")

    def mark(
        self, *kinds: str, pen: tuple[str, str] = ("ball", "blue"), second: tuple[int, str] | None = None
    ) -> None:
        """One mark a row, in the second, third and first box in turn; `second` adds one to a row."""
        hand = replace(draw_hand(self.rng), pen=make_pen(*pen, self.rng), careless=0.0)
        wanted = [(row, OPTIONS[row % 3], kind) for row, kind in enumerate(kinds, 1) if kind]
        if second:
            wanted.append((second[0], OPTIONS[(second[0] + 1) % 3], second[1]))
        for row, option, kind in wanted:
            box = self.box(row, option)
            others = [f.box_mm for f in self.frozen.form.fields if f.box_mm != box]
            strokes, holding = draw_mark(Mark(kind), box, hand, self.rng, others)
            ink_page(self.image, strokes, holding.pen, SCALE, self.rng)
            self.marks[f"row-{row}", option] = Mark(kind)

    def stroke(self, points: Sequence[Point], pen: tuple[str, str] = ("ball", "blue")) -> None:
        """A line by hand through points in mm."""
        way = smooth(np.array(points), 0.14)
        held = make_pen(*pen, self.rng)
        ink_page(
            self.image, [Stroke(way, np.full(len(way), 60.0), np.full(len(way), 0.6))], held, SCALE, self.rng
        )

    def write(self, kind: str, at: Point, width_mm: float, pen: str = "blue ball") -> None:
        """Something written: a signature, initials, a note, a name."""
        ways = writing.KINDS[kind](at, width_mm, self.rng)
        self.image = writing.write(self.image, ways, writing.PENS[pen], DPI, self.rng)

    def seal(self, at: Point, strength: float = 0.8) -> None:
        """A red seal of 34 mm about a point."""
        light = seal_light(34.0, SCALE, self.rng, strength)
        self.darken(light, (at[0] - 17, at[1] - 17))

    def darken(self, light: Image, at: Point) -> None:
        """Multiply the sheet by a patch (BGR, 255 = nothing) whose corner lies at a point."""
        left, top = (round(value * SCALE) for value in at)
        y0, x0 = max(top, 0), max(left, 0)
        part = self.image[y0 : top + light.shape[0], x0 : left + light.shape[1]]
        here = light[y0 - top : y0 - top + part.shape[0], x0 - left : x0 - left + part.shape[1]]
        part[...] = cv2.multiply(part, here, scale=1 / 255)

    def tint(self, bgr: tuple[int, int, int]) -> None:
        """Print on coloured paper."""
        self.image = (self.image * (np.array(bgr) / 255)).astype(np.uint8)

    def shine_through(self, back: Image, share: float) -> None:
        """Let the other side be seen, mirrored and soft."""
        soft = cv2.GaussianBlur(cv2.flip(back, 1), (0, 0), 0.12 * SCALE)
        self.image = np.clip(self.image - share * (255.0 - soft), 0, 255).astype(np.uint8)

    def fold(self, start: Point, end: Point, depth: int, width_mm: float = 0.5) -> None:
        """A fold: a dark line with a soft shadow on one side, white where the print cracked."""
        shade = np.zeros(self.image.shape[:2], np.float32)
        ends = [tuple(int(v * SCALE) for v in point) for point in (start, end)]
        cv2.line(shade, ends[0], ends[1], 1.0, max(1, round(width_mm * SCALE)), cv2.LINE_AA)
        wide = cv2.GaussianBlur(shade, (0, 0), 1.1 * SCALE)
        line = cv2.GaussianBlur(shade, (0, 0), 0.12 * SCALE)
        grain = cv2.GaussianBlur(self.rng.normal(1, 0.8, shade.shape).astype(np.float32), (0, 0), 2)
        dark = depth * line * np.clip(grain, 0.2, 1.5) + 0.25 * depth * wide / max(float(wide.max()), 1e-6)
        self.image = np.clip(self.image - dark[..., None], 0, 255).astype(np.uint8)

    def coffee(self, at: Point, radius_mm: float) -> None:
        """The ring of a cup, and a drop."""
        size = self.image.shape[:2]
        y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32) / np.float32(SCALE)
        away = np.hypot(x - at[0], (y - at[1]) * 1.03)
        angle = np.arctan2(y - at[1], x - at[0])
        wet = 0.55 + 0.45 * np.sin(angle * 2 + 1) * np.sin(angle * 5)
        rim = np.exp(-(((away - radius_mm) / 0.9) ** 2)) * wet + 0.25 * (away < radius_mm) * np.exp(
            (away - radius_mm) / 6
        )
        drop = np.exp(-((np.hypot(x - at[0] - radius_mm - 5, y - at[1] - 6) / 1.8) ** 4))
        amount = np.clip(0.45 * rim + 0.35 * drop, 0, 1)[..., None]
        self.image = np.clip(self.image * (1 - amount * np.array([0.85, 0.6, 0.4])), 0, 255).astype(np.uint8)

    def hole(self, at: Point, behind: int, radius_mm: float = 3.0) -> None:
        """A punched hole, through which the scanner's lid is seen."""
        centre = tuple(int(v * SCALE) for v in at)
        cv2.circle(self.image, centre, round(radius_mm * SCALE), (behind,) * 3, -1, cv2.LINE_AA)
        cv2.circle(self.image, centre, round(radius_mm * SCALE), (150,) * 3, 2, cv2.LINE_AA)

    def cover(self, corners: Sequence[Point], bgr: tuple[int, int, int]) -> None:
        """Lay something over the sheet, or tear a piece off: what lies there instead."""
        cv2.fillPoly(self.image, [(np.array(corners) * SCALE).astype(np.int32)], bgr, cv2.LINE_AA)

    def truth(self) -> dict[str, list[str]]:
        """How each field may be read."""
        return {
            f"{f.contest}.{f.option}": list(ADMISSIBLE[self.marks.get((f.contest, f.option))])
            for f in self.frozen.form.fields
        }


def scanned(
    sheet: Sheet,
    dpi: int = 120,
    *,
    colour: bool = False,
    degrees: float = 0.4,
    shift_mm: Point = (0.4, -0.3),
    size: float | Point = 1.0,
    bed_mm: Point | None = None,
    lid: int = 225,
    tone: Point = (25, 245),
    noise: float = 1.0,
    blur_mm: float = 0.07,
    slip: tuple[float, float] | None = None,
) -> Image:
    """The sheet as an office scanner gives it: gray or BGR, uint8.

    Args:
        sheet: what lies on the glass.
        dpi: of the scan.
        colour: whether it scans in colour.
        degrees: askew.
        shift_mm: off its place.
        size: of the print, as a share; two numbers for across and along.
        bed_mm: width and height of the scan where that is not the paper's.
        lid: gray beside the paper.
        tone: gray of black and of white.
        noise: standard deviation.
        blur_mm: sigma.
        slip: mm by which the feed jumps, and at which share of the height.
    """
    scale = dpi / 25.4
    paper = sheet.frozen.form.paper_mm
    width, height = (round(v * scale) for v in bed_mm or paper)
    across, along = size if isinstance(size, tuple) else (size, size)
    c, s = cos(degrees * pi / 180), sin(degrees * pi / 180)
    to_mm = np.diag([1 / SCALE, 1 / SCALE, 1.0])
    centre = np.array([[1, 0, -paper[0] / 2], [0, 1, -paper[1] / 2], [0, 0, 1.0]])
    turn = np.array([[c * across, -s * along, 0], [s * across, c * along, 0], [0, 0, 1.0]])
    back = np.array([[1, 0, paper[0] / 2 + shift_mm[0]], [0, 1, paper[1] / 2 + shift_mm[1]], [0, 0, 1.0]])
    matrix = np.diag([scale, scale, 1.0]) @ back @ turn @ centre @ to_mm
    soft = cv2.GaussianBlur(sheet.image, (0, 0), max(blur_mm * SCALE, DPI / dpi / 2.5))
    image = cv2.warpPerspective(
        soft, matrix, (width, height), flags=cv2.INTER_AREA, borderValue=(lid,) * 3
    ).astype(np.float32)
    if slip is not None:
        rows = np.arange(height)
        source = np.clip(rows - (rows > slip[1] * height) * round(slip[0] * scale), 0, height - 1)
        image = image[source]
    image = tone[0] + image * ((tone[1] - tone[0]) / 255)
    image = image + sheet.rng.normal(0, noise, (*image.shape[:2], 1))
    out = np.clip(image, 0, 255).astype(np.uint8)
    return out if colour else np.asarray(cv2.cvtColor(out, cv2.COLOR_BGR2GRAY), np.uint8)


def photographed(sheet: Sheet, tilt: float = 22.0, curl_mm: float = 3.0, width_px: int = 900) -> Image:
    """The sheet on a desk as a phone held askew takes it: perspective, curl, a shadow, warm light. BGR.

    Args:
        sheet: what lies there.
        tilt: degrees by which the camera looks from the side.
        curl_mm: how far the paper's middle stands up.
        width_px: of the picture.
    """
    paper = np.array(sheet.frozen.form.paper_mm)
    away = 330.0
    a, b = tilt * pi / 180, 4 * pi / 180
    focal = 0.72 * width_px / paper[0] * away
    height_px = round(width_px * 4 / 3)
    step = 4
    u, v = np.meshgrid(np.arange(0, width_px + step, step), np.arange(0, height_px + step, step))
    # Where each pixel's ray meets the sheet, with its curl, by a few steps of a fixed point.
    ray = np.stack(((u - width_px / 2) / focal, (v - height_px / 2) / focal, np.ones_like(u, float)), axis=-1)
    tip = np.array([[1, 0, 0], [0, cos(a), -sin(a)], [0, sin(a), cos(a)]])
    roll = np.array([[cos(b), -sin(b), 0], [sin(b), cos(b), 0], [0, 0, 1]])
    ray = ray @ (roll @ tip).T
    eye = np.array([0.0, sin(a) * away, -cos(a) * away])
    lift = np.zeros(u.shape)
    for _step in range(8):
        far = (-lift - eye[2]) / ray[..., 2]
        x, y = eye[0] + far * ray[..., 0] + paper[0] / 2, eye[1] + far * ray[..., 1] + paper[1] / 2
        lift = curl_mm * np.cos(np.clip((x / paper[0] - 0.5), -0.5, 0.5) * pi)
    maps = [
        cv2.resize((part * SCALE).astype(np.float32), (u.shape[1] * step, u.shape[0] * step))[
            :height_px, :width_px
        ]
        for part in (x, y)
    ]
    soft = cv2.GaussianBlur(sheet.image, (0, 0), 0.09 * SCALE)
    image = cv2.remap(soft, maps[0], maps[1], cv2.INTER_LINEAR, borderValue=(60, 85, 110)).astype(np.float32)
    yy, xx = np.mgrid[0:height_px, 0:width_px] / np.array([height_px, width_px])[:, None, None]
    light = 0.95 - 0.2 * yy - 0.35 / (1 + np.exp(-14 * (xx + 0.4 * yy - 0.75)))
    image = image * light[..., None] * np.array([0.86, 0.94, 1.0])
    image = image + sheet.rng.normal(0, 3.0, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


def smooth(points: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
    """Points of a rounded line, one every `spacing`."""
    steps = np.linspace(0, len(points) - 1, 400)
    x, y = (np.interp(steps, np.arange(len(points)), points[:, axis]) for axis in (0, 1))
    kernel = np.ones(41) / 41
    x, y = (np.convolve(np.pad(v, 20, mode="edge"), kernel, mode="valid") for v in (x, y))
    along = np.concatenate(([0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))))
    at = np.arange(0, along[-1], spacing)
    return np.column_stack((np.interp(at, along, x), np.interp(at, along, y)))
