"""A small real ballot, its practice twin and a ballot of another vote: frozen, and as printed pages."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from pdf2image import convert_from_bytes
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from phieu.forms import compose, fillable, frame
from phieu.forms.form import Box, FrozenForm
from phieu.ocr.blank import KnownForm
from phieu.ocr.overlay import _FONTS
from phieu.vote.plan import BallotStyle, Contest, Head, Plan, Publication, Round, Unit
from phieu.vote.rules_file import load_rules

Image = NDArray[np.uint8]
NAMES = ("Trần Thị Mai Hương", "Lê Quang Định", "Phạm Ngọc Thủy", "Nguyễn Hữu Tường")


@dataclass(frozen=True)
class Paper:
    """One form, known to the reader, and its printed page at 200 dpi."""

    frozen: FrozenForm
    known: KnownForm
    page: Image

    @property
    def id(self) -> str:
        return self.frozen.form.id

    def marked(self, seed: int = 0) -> Image:
        """A page on which the first box of each row bears a cross; no two seeds give the same image."""
        page = self.page.copy()
        rng = np.random.default_rng(seed)
        for field in self.frozen.form.fields:
            if field.option == "high":
                x, y, w, h = field.box_mm
                for one, other in (((0.2, 0.2), (0.8, 0.8)), ((0.8, 0.2), (0.2, 0.8))):
                    ends = [
                        (x + w * (u + rng.normal(0, 0.04)), y + h * (v + rng.normal(0, 0.04)))
                        for u, v in (one, other)
                    ]
                    start, end = ([round(a * 200 / 25.4) for a in place] for place in ends)
                    cv2.line(page, start, end, 40, 4, cv2.LINE_AA)
        return page


@cache
def papers() -> tuple[Paper, Paper, Paper]:
    """The ballot of this vote, its practice twin, the ballot of another vote."""
    contests = tuple(Contest(f"row-{i}", i, name, "Giám đốc Sở Y tế") for i, name in enumerate(NAMES, 1))
    style = BallotStyle("hdnd", "Phiếu tín nhiệm", contests, "", False, "A4")
    other = replace(style, contests=contests[:3])
    return _paper(style, False), _paper(style, True), _paper(other, False)


def _paper(style: BallotStyle, practice: bool) -> Paper:
    unit = Unit("hdnd", "Hội đồng nhân dân tỉnh Minh Hải")
    rules = load_rules("NQ-96-2023-QH15", None)
    a_round = Round(
        *("ky-hop", "Kỳ họp thứ 12", unit, date(2026, 12, 7), "Minh Hải"),
        *(Head.STATE, Publication.FULL, rules, (style,)),
    )
    plan = Plan("Lấy phiếu", "vi", (unit,), (a_round,), ())
    frozen = fillable.freeze(compose.compose(plan, a_round, style, practice), practice)
    (page,) = convert_from_bytes(frame.ballot_pdf(frozen), dpi=200, grayscale=True)
    return Paper(frozen, KnownForm.load(frozen), np.array(page))


def painted(page: Image, box: Box, grown_mm: float = 1.0, gray: int = 255, dpi: int = 200) -> Image:
    """A page on which a box is painted over."""
    page, scale = page.copy(), dpi / 25.4
    rows = slice(round((box.y - grown_mm) * scale), round((box.y + box.h + grown_mm) * scale))
    columns = slice(round((box.x - grown_mm) * scale), round((box.x + box.w + grown_mm) * scale))
    page[rows, columns] = gray
    return page


def without_code(paper: Paper, line: str | None = None, tags: bool = True) -> Image:
    """A page whose code is gone, perhaps with another printed line, perhaps without corner tags."""
    where, page = paper.frozen.form.frame, painted(paper.marked(), paper.frozen.form.frame.code)
    for box in where.tags.values() if not tags else ():
        page = painted(page, box)
    if line is None:
        return page
    picture = Pillow.fromarray(painted(page, where.text))
    font = ImageFont.truetype(str(_FONTS / "LiberationSerif-Bold.ttf"), 34)
    middle = ((where.text.x + where.text.w / 2) * 200 / 25.4, (where.text.y + 2) * 200 / 25.4)
    ImageDraw.Draw(picture).text(middle, line, fill=0, font=font, anchor="mm")
    return np.array(picture)
