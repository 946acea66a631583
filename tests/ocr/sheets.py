"""Ballots printed, marked by plain strokes and damaged: independent of the rehearsal's pens and scanners."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pdf2image import convert_from_bytes

from phieu.forms import compose, fillable, frame
from phieu.forms.form import Box
from phieu.ocr.blank import KnownForm
from phieu.ocr.page import ReaderSettings, read_page
from phieu.ocr.reading import Outcome, PageReading, State
from phieu.vote.plan import BallotStyle, Contest, Head, Plan, Publication, Round, Unit
from phieu.vote.rules_file import load_rules

NAMES = (
    *("Trần Thị Mai Hương", "Lê Quang Định", "Phạm Ngọc Thủy", "Nguyễn Hữu Tường", "Đỗ Thị Kim Ánh"),
    *("Võ Minh Đăng", "Huỳnh Bảo Châu", "Bùi Gia Nghĩa", "Hoàng Văn Khiêm", "Đặng Thùy Dương"),
    *("Lý Thanh Tùng", "Ngô Bích Vân", "Dương Quốc Thái", "Phan Thị Lệ Hằng", "Trịnh Công Lâm"),
)
OPTIONS = ("high", "confidence", "low")

Image = NDArray[np.uint8]
cv2.setNumThreads(1)


def _form(rows: int) -> tuple[KnownForm, bytes]:
    contests = tuple(
        Contest(f"row-{i}", i, NAMES[i % len(NAMES)], "Giám đốc Sở Tài chính") for i in range(1, rows + 1)
    )
    style = BallotStyle("hdnd", "Phiếu tín nhiệm", contests, "", True, "A4")
    unit = Unit("hdnd", "Hội đồng nhân dân tỉnh Minh Hải")
    rules = load_rules("NQ-96-2023-QH15", None)
    day = date(2026, 12, 7)
    a_round = Round(
        "ky-hop", "Kỳ họp thứ 12", unit, day, "Minh Hải", Head.STATE, Publication.FULL, rules, (style,)
    )
    plan = Plan("Lấy phiếu", "vi", (unit,), (a_round,), ())
    frozen = fillable.freeze(compose.compose(plan, a_round, style, False), False)
    return KnownForm.load(frozen), frame.ballot_pdf(frozen)


@dataclass
class Sheet:
    """One printed page that is being marked; pixels at `dpi`, places in mm."""

    form: KnownForm
    image: Image
    dpi: int
    truth: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def scale(self) -> float:
        return self.dpi / 25.4

    def box(self, row: int, option: str) -> Box:
        (found,) = (
            f.box_mm for f in self.form.form.fields if f.contest == f"row-{row}" and f.option == option
        )
        return found

    def line(
        self,
        points_mm: Sequence[tuple[float, float]],
        width_mm: float = 0.5,
        gray: int = 50,
        bgr: tuple[int, int, int] | None = None,
    ) -> None:
        """Draw a stroke as a pen does: smooth edges, and never lighter than what lies below."""
        layer = np.full_like(self.image, 255)
        px = np.array([[(x * self.scale - 0.5) * 16, (y * self.scale - 0.5) * 16] for x, y in points_mm])
        thick = max(1, round(width_mm * self.scale))
        cv2.polylines(layer, [px.round().astype(np.int32)], False, bgr or (gray,) * 3, thick, cv2.LINE_AA, 4)
        self.image = np.minimum(self.image, layer)

    def cross(self, row: int, option: str, grow: float = 0.0, **pen: Any) -> None:
        """A cross inside the box, or larger than it by `grow` mm on all sides."""
        x, y, w, h = self.box(row, option)
        inset = 1.1 - grow
        rng = np.random.default_rng(row * 7 + OPTIONS.index(option))
        a = rng.normal(0, 0.35, (4, 2)) if grow <= 0 else np.zeros((4, 2))
        self.line(
            [(x + inset + a[0, 0], y + inset + a[0, 1]), (x + w - inset + a[1, 0], y + h - inset)], **pen
        )
        self.line(
            [(x + w - inset + a[2, 0], y + inset + a[2, 1]), (x + inset + a[3, 0], y + h - inset)], **pen
        )
        self.truth[(f"row-{row}", option)] = "mark"

    def tick(self, row: int, option: str, **pen: Any) -> None:
        x, y, w, h = self.box(row, option)
        self.line([(x + 1.2, y + h * 0.5), (x + w * 0.4, y + h - 1.1), (x + w - 0.4, y + 0.8)], **pen)
        self.truth[(f"row-{row}", option)] = "mark"

    def say(self, row: int, option: str, truth: str) -> None:
        """Declare what stands in a field: mark, nothing, dot or doubt."""
        self.truth[(f"row-{row}", option)] = truth


_ADMISSIBLE = {
    "mark": {State.MARKED, State.UNCLEAR},
    "nothing": {State.EMPTY, State.UNCLEAR},
    "doubt": {State.UNCLEAR},
}


def wrong(reading: PageReading, truth: Mapping[tuple[str, str], str]) -> list[str]:
    """Return the fields that were read silently wrong."""
    return [
        f"{f.contest}.{f.option}: {f.state} ({f.why}, {f.ink:.2f})"
        for f in reading.fields
        if f.state not in _ADMISSIBLE[truth.get((f.contest, f.option), "nothing")]
    ]


def unclear(reading: PageReading) -> list[tuple[str, str, str]]:
    return [(f.contest, f.option, f.why) for f in reading.fields if f.state is State.UNCLEAR]


@dataclass(frozen=True)
class Desk:
    """What the tests of the reader work with."""

    form: KnownForm
    pages: Mapping[int, Image]
    shots: Path

    def sheet(self, marked: bool = True, dpi: int = 200, colour: bool = False) -> Sheet:
        """A printed page, its rows marked in turn in the first, second and third box."""
        image = self.pages[dpi].copy()
        sheet = Sheet(self.form, cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if colour else image, dpi)
        for row in range(1, self.rows + 1) if marked else ():
            (sheet.cross if row % 2 else sheet.tick)(row, OPTIONS[row % 3])
        return sheet

    @property
    def rows(self) -> int:
        return len(self.form.form.fields) // 3

    def read(self, image: Image, blur: float = 0.6, settings: ReaderSettings | None = None) -> PageReading:
        soft = cv2.GaussianBlur(image, (0, 0), blur) if blur else image
        return read_page(soft, {self.form.form.id: self.form}, settings or ReaderSettings())

    def check(
        self, sheet: Sheet, image: Image | None = None, *, questions: int | None = 0, review: bool = False
    ) -> PageReading:
        """Read and hold against the truth; on failure the picture is kept and its path named.

        Args:
            sheet: whose truth counts.
            image: its scan, where that is not the sheet's own image.
            questions: how many unclear fields are allowed at most, marks with doubt aside; None: any number.
            review: whether the page as a whole may go to people.
        """
        scan = sheet.image if image is None else image
        reading = self.read(scan)
        doubts = [key for key, truth in sheet.truth.items() if truth == "doubt"]
        asked = [u for u in unclear(reading) if (u[0], u[1]) not in doubts]
        silent = wrong(reading, sheet.truth)
        good = not silent and (questions is None or len(asked) <= questions)
        if reading.outcome is Outcome.REVIEW:
            good = good and review
        else:
            good = good and reading.outcome is Outcome.READ
        if not good:
            path = self.shots / "page.png"
            cv2.imwrite(str(path), scan)
            pytest.fail(f"{path}: {reading.outcome} {reading.notes} silent {silent} asked {asked}")
        return reading


def printed() -> tuple[KnownForm, Mapping[int, Image]]:
    """A form of twelve rows on one page, and its print at several resolutions."""
    form, pdf = _form(12)
    pages = {
        dpi: np.asarray(convert_from_bytes(pdf, dpi=dpi, grayscale=True)[0], np.uint8)
        for dpi in (100, 150, 200, 300)
    }
    return form, pages


def warped(
    image: Image, change: Callable[[NDArray[np.float64]], NDArray[np.float64]], paper: int = 255
) -> Image:
    """Return an image whose pixel at (x, y) comes from `change` of an (n, 2) array of such places."""
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    at = change(np.column_stack((x.ravel(), y.ravel()))).astype(np.float32)
    maps = at.reshape(height, width, 2)
    return cv2.remap(
        image, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT,
        borderValue=(paper,) * 3,
    )  # fmt: skip


def turned(image: Image, degrees: float, paper: int = 255) -> Image:
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    return cv2.warpAffine(
        image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT,
        borderValue=(paper,) * 3,
    )  # fmt: skip
