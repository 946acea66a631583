"""Plans with invented names, built by hand, and what their printed pages look like."""

import subprocess
from collections.abc import Callable
from datetime import date
from typing import Any

import cv2
import numpy as np
import pdf2image
import pytest
from numpy.typing import NDArray

from phieu.forms.compose import compose
from phieu.forms.fillable import freeze
from phieu.forms.form import FrozenForm
from phieu.vote.plan import BallotStyle, Contest, Head, Plan, Publication, Round, Unit
from phieu.vote.rules_file import load_rules

Image = NDArray[np.uint8]
AVote = tuple[Plan, Round, BallotStyle]

_FAMILY = ("Trần", "Lê", "Phạm", "Nguyễn", "Đỗ", "Võ", "Huỳnh", "Bùi", "Đặng", "Hoàng")
_MIDDLE = ("Thị", "Văn", "Hữu", "Ngọc", "Quang", "Minh", "Bảo")
_GIVEN = ("Hương", "Định", "Thủy", "Tường", "Ánh", "Đăng", "Châu", "Nghĩa", "Khánh", "Phượng", "Quyền")
_POSITIONS = (
    "Chủ tịch Hội đồng nhân dân",
    "Giám đốc Sở Tài chính",
    "Giám đốc Sở Văn hóa, Thể thao và Du lịch, Ủy viên Ủy ban nhân dân tỉnh",
    "Phó Chủ tịch Ủy ban nhân dân tỉnh",
)


@pytest.fixture(scope="session")
def a_vote() -> Callable[..., AVote]:
    """Makes a plan with one round of one ballot style."""

    def make(
        rows: int = 3,
        *,
        contests: tuple[Contest, ...] = (),
        head: Head = Head.STATE,
        paper: str = "A4",
        language: str = "vi",
        superior: str = "",
        unit: str = "Hội đồng nhân dân tỉnh Minh Hải",
        place: str = "Minh Hải",
        seal: bool = True,
    ) -> AVote:
        people = contests or tuple(_contest(row) for row in range(1, rows + 1))
        style = BallotStyle("hdnd", "Phiếu tín nhiệm đối với người giữ chức vụ", people, "", seal, paper)
        organ = Unit("hdnd", unit, superior)
        a_round = Round(
            id="ky-hop-12",
            title="Kỳ họp thứ 12",
            unit=organ,
            date=date(2026, 2, 7),
            place=place,
            head=head,
            publish=Publication.FULL,
            rules=load_rules("NQ-96-2023-QH15"),
            styles=(style,),
        )
        return Plan("Lấy phiếu tín nhiệm", language, (organ,), (a_round,), ()), a_round, style

    return make


def _contest(row: int) -> Contest:
    name = f"{_FAMILY[row % 10]} {_MIDDLE[row % 7]} {_GIVEN[row % 11]}"
    return Contest(f"nguoi-{row}", row, name, _POSITIONS[row % 4])


@pytest.fixture(scope="session")
def a_form(a_vote: Callable[..., AVote]) -> Callable[..., FrozenForm]:
    """Makes the frozen form of such a vote."""

    def make(rows: int = 3, practice: bool = False, **how: Any) -> FrozenForm:
        return freeze(compose(*a_vote(rows, **how), practice), practice)

    return make


@pytest.fixture(scope="session")
def pictures() -> Callable[[bytes, int], list[Image]]:
    """Renders each page of a PDF in gray, uint8 (height, width)."""

    def render(pdf: bytes, dpi: int) -> list[Image]:
        return [np.asarray(page.convert("L"), np.uint8) for page in pdf2image.convert_from_bytes(pdf, dpi)]

    return render


@pytest.fixture(scope="session")
def text_of() -> Callable[[bytes], list[str]]:
    """Reads the text of each page of a PDF, each in one line."""

    def read(pdf: bytes) -> list[str]:
        found = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
        return [" ".join(page.split()) for page in found.stdout.decode().split("\f")[:-1]]

    return read


@pytest.fixture(scope="session")
def tags_seen() -> Callable[[Image], dict[int, NDArray[np.float64]]]:
    """Finds the tags of a page: id to its corners in pixels, (4, 2)."""
    family = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
    detector = cv2.aruco.ArucoDetector(family)

    def find(page: Image) -> dict[int, NDArray[np.float64]]:
        corners, ids, _rejected = detector.detectMarkers(page)
        return {
            int(tag): np.asarray(quad[0], np.float64) for tag, quad in zip(ids.ravel(), corners, strict=True)
        }

    return find
