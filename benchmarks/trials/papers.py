"""The papers that are tried: a short, a usual, a tight and a dense practice ballot, and their print.

    short   A5, 6 rows of 3 boxes       18 fields
    usual   A4, 20 rows of 3 boxes      60 fields, both sides
    tight   A4, 14 rows of 3 boxes      42 fields, one side
    dense   A4, 60 rows of 3 boxes     180 fields, one side, smaller boxes: `benchmarks/dense.py`

A `Paper` goes to the processes as it is; each prints its pages for itself, once for each resolution.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pdf2image import convert_from_bytes

from phieu.benchmarks import dense
from phieu.forms import compose, fillable, frame
from phieu.forms.form import FrozenForm
from phieu.vote.plan import BallotStyle, Contest, Head, Plan, Publication, Round, Unit
from phieu.vote.rules_file import load_rules

Image = NDArray[np.uint8]
"""(height, width) gray or (height, width, 3) BGR; 255 is bare paper."""

KINDS: Mapping[str, tuple[str, int]] = {"short": ("A5", 6), "usual": ("A4", 20), "tight": ("A4", 14)}
"""Paper and rows of those that the product's own template lays out."""

_FAMILY = ("Trần", "Lê", "Phạm", "Nguyễn", "Đỗ", "Võ", "Huỳnh", "Bùi", "Đặng", "Hoàng", "Lý", "Ngô")
_MIDDLE = ("Thị Mai", "Quang", "Ngọc", "Hữu", "Thị Kim", "Minh", "Bảo", "Gia", "Văn")
_GIVEN = ("Hương", "Định", "Thủy", "Tường", "Ánh", "Đăng", "Châu", "Nghĩa", "Khiêm", "Dương", "Tùng", "Vân")
_POSTS = ("Giám đốc Sở Tài chính", "Phó Chủ tịch Ủy ban nhân dân tỉnh", "Trưởng Ban Pháp chế")


@dataclass(frozen=True, slots=True)
class Paper:
    """One ballot design."""

    name: str
    frozen: FrozenForm


def paper(name: str) -> Paper:
    """Return a paper by its name; the same every time."""
    return Paper(name, dense.form() if name == "dense" else _laid_out(*KINDS[name]))


def _laid_out(size: str, rows: int) -> FrozenForm:
    contests = tuple(
        Contest(
            f"row-{i}",
            i,
            f"{_FAMILY[i * 5 % 12]} {_MIDDLE[i * 4 % 9]} {_GIVEN[(i * 7 + i // 12) % 12]}",
            _POSTS[i % 3],
        )
        for i in range(1, rows + 1)
    )
    style = BallotStyle("hdnd", "Phiếu tín nhiệm", contests, "", True, size)
    unit = Unit("hdnd", "Hội đồng nhân dân tỉnh Minh Hải")
    a_round = Round(
        "ky-hop",
        "Kỳ họp thứ 12",
        unit,
        date(2026, 12, 7),
        "Minh Hải",
        Head.STATE,
        Publication.FULL,
        load_rules("NQ-96-2023-QH15", None),
        (style,),
    )
    plan = Plan("Lấy phiếu", "vi", (unit,), (a_round,), ())
    return fillable.freeze(compose.compose(plan, a_round, style, True), True)


@lru_cache(maxsize=8)
def printed(frozen_pdf: bytes, dpi: int) -> tuple[Image, ...]:
    """Return the pages of a PDF as gray pictures; each process prints a paper once for each resolution."""
    return tuple(np.asarray(page, np.uint8) for page in convert_from_bytes(frozen_pdf, dpi, grayscale=True))


def as_printed(frozen: FrozenForm, dpi: int) -> tuple[Image, ...]:
    """Return the pages of a ballot as they leave the printer, with code and printed line."""
    return printed(_ballot(frozen.form.id, frozen.blank_pdf, frozen), dpi)


_ballots: dict[str, bytes] = {}


def _ballot(form: str, _blank: bytes, frozen: FrozenForm) -> bytes:
    if form not in _ballots:
        _ballots[form] = frame.ballot_pdf(frozen)
    return _ballots[form]
