"""The ballot as a voter sees it, and where its fields are."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pikepdf
import pytest

from phieu.forms import compose as composing
from phieu.forms.compose import compose, lay_out
from phieu.forms.fillable import read
from phieu.forms.form import FieldKind, FormError
from phieu.vote.plan import Contest, Head

MM = 600 / 25.4


@pytest.mark.parametrize(
    "how",
    [
        {"rows": 5},
        {"rows": 13},
        {"rows": 31},
        {"rows": 9, "head": Head.PARTY, "superior": "Tỉnh ủy Minh Hải"},
        {"rows": 1, "paper": "A5"},
        {"rows": 40, "paper": "A3"},
        {"rows": 4, "language": "en"},
    ],
)
@pytest.mark.parametrize("practice", [False, True])
def test_every_row_has_a_box_an_option_and_a_name_cell(
    how: dict[str, Any], practice: bool, a_form: Callable[..., Any]
) -> None:
    form = a_form(practice=practice, **how).form
    contests = [f"nguoi-{row}" for row in range(1, how["rows"] + 1)]
    assert [(f.contest, f.option) for f in form.fields] == [
        (contest, option) for contest in contests for option in ("high", "confidence", "low")
    ]
    assert {f.kind for f in form.fields} == {FieldKind.CHECK}
    assert {(f.box_mm.w, f.box_mm.h) for f in form.fields} == {(6.5, 6.5)}
    assert [zone.contest for zone in form.zones] == contests
    assert form.pages == (2 if how["rows"] > 15 else 1)
    for zone, row in zip(form.zones, zip(*[iter(form.fields)] * 3, strict=True), strict=True):
        middles = {round(f.box_mm.y + f.box_mm.h / 2, 1) for f in row}
        assert len(middles) == 1
        assert zone.page == row[0].page
        assert zone.box_mm.y < middles.pop() < zone.box_mm.y + zone.box_mm.h
        assert zone.box_mm.x + zone.box_mm.w < row[0].box_mm.x


@pytest.mark.parametrize("how", [{"rows": 31}, {"rows": 1, "paper": "A5"}])
def test_a_box_is_the_outer_edge_of_the_printed_outline(
    how: dict[str, Any], a_form: Callable[..., Any], pictures: Callable[..., Any]
) -> None:
    frozen = a_form(**how)
    pages = pictures(frozen.blank_pdf, 600)
    for field in frozen.form.fields:
        box = field.box_mm
        margin = 1.0
        x0, y0 = (box.x - margin) * MM, (box.y - margin) * MM
        crop = pages[field.page - 1][
            round(y0) : round(y0 + (box.h + 2) * MM), round(x0) : round(x0 + (box.w + 2) * MM)
        ]
        # Profiles through the middle of the box, along which only its outline is met.
        middle = crop.shape[0] // 2
        across = 1 - crop[middle - 20 : middle + 20].mean(axis=0) / 255
        down = 1 - crop[:, middle - 20 : middle + 20].mean(axis=1) / 255
        for profile, start, size, first in ((across, box.x, box.w, x0), (down, box.y, box.h, y0)):
            dark = np.flatnonzero(profile > 0.5)
            edges = (np.array([dark[0], dark[-1] + 1]) + round(first)) / MM
            assert np.abs(edges - [start, start + size]).max() <= 0.05, field
            line = dark[: np.argmax(np.diff(dark) > 1) + 1]
            assert abs(len(line) / MM - 0.3) < 0.06, field


def test_html_in_a_name_is_printed_as_text(a_vote: Callable[..., Any], text_of: Callable[..., Any]) -> None:
    name = '<script>alert("1")</script><b>Võ & Lê</b>'
    position = "<img src=http://127.0.0.1:9/x.png>{{ 7 * 7 }}"
    vote = a_vote(contests=(Contest("nguoi-1", 1, name, position),), unit="<i>Xã</i>", place="</style><h1>")
    pdf = compose(*vote, False)
    text = text_of(pdf)[0].replace(" ", "")
    assert name.replace(" ", "") in text
    assert position.replace(" ", "") in text
    assert "<I>XÃ</I>" in text
    with pikepdf.open(io.BytesIO(pdf)) as document:
        spoken = [str(a.TU) for a in document.pages[0].obj.Annots if "/TU" in a]
    assert spoken[0] == f"{name}: tín nhiệm cao"


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/x.css", "file:///etc/passwd", "../../pyproject.toml"]
)
def test_a_template_can_load_nothing_but_files_of_the_templates(address: str) -> None:
    with pytest.raises(FormError, match=r"pyproject|passwd|127"):
        lay_out(f'<img src="{address}">')


def test_a_long_list_takes_both_sides_and_repeats_the_head_of_the_table(
    a_vote: Callable[..., Any], text_of: Callable[..., Any]
) -> None:
    front, back = text_of(compose(*a_vote(34), False))
    assert "Họ và tên" in front and "Họ và tên" in back
    assert "Xem tiếp mặt sau" in front and "Xem tiếp mặt sau" not in back
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in front


def test_a_list_that_needs_a_second_sheet_is_refused_with_a_way_out(a_vote: Callable[..., Any]) -> None:
    with pytest.raises(FormError, match="90") as caught:
        compose(*a_vote(90), False)
    assert "A3" in caught.value.hint


def test_the_more_rows_the_tighter_until_both_sides_are_used(a_form: Callable[..., Any]) -> None:
    one_sided = [form for form in (a_form(rows).form for rows in (3, 8, 11, 14, 16)) if form.pages == 1]
    heights = [form.zones[0].box_mm.h for form in one_sided]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] > 14 and 8 < heights[-1] < 10


def test_a_state_ballot_bears_the_nation_and_a_party_ballot_the_party(
    a_vote: Callable[..., Any], text_of: Callable[..., Any]
) -> None:
    (state,) = text_of(compose(*a_vote(3), False))
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in state
    assert "Độc lập - Tự do - Hạnh phúc" in state
    assert "Minh Hải, ngày 07 tháng 02 năm 2026" in state
    assert "HỘI ĐỒNG NHÂN DÂN TỈNH MINH HẢI" in state
    (party,) = text_of(
        compose(*a_vote(3, head=Head.PARTY, superior="Tỉnh ủy Minh Hải", unit="Huyện ủy Sông Đốc"), False)
    )
    assert "ĐẢNG CỘNG SẢN VIỆT NAM" in party
    assert "TỈNH ỦY MINH HẢI" in party and "HUYỆN ỦY SÔNG ĐỐC" in party
    assert "CỘNG HÒA" not in party


def test_practice_is_said_on_every_page_and_on_no_real_ballot(
    a_vote: Callable[..., Any], text_of: Callable[..., Any]
) -> None:
    vote = a_vote(31)
    assert all("PHIẾU DIỄN TẬP" in page for page in text_of(compose(*vote, True)))
    assert not any("DIỄN TẬP" in page for page in text_of(compose(*vote, False)))


@pytest.mark.parametrize("place", ["Minh Hải", "Thành phố Hồ Chí Minh", "Thành phố Phan Rang - Tháp Chàm"])
@pytest.mark.parametrize("head", Head)
def test_place_and_date_stand_on_one_line_inside_the_page(
    place: str, head: Head, a_form: Callable[..., Any], pictures: Callable[..., Any]
) -> None:
    frozen = a_form(3, place=place, head=head)
    (page,) = pictures(frozen.blank_pdf, 100)
    mm = 100 / 25.4
    # To the right of the margin, below the tag, there is nothing.
    assert page[round(20 * mm) : round(60 * mm), round(192.5 * mm) :].min() == 255


def test_only_faces_we_ship_are_used(a_vote: Callable[..., Any]) -> None:
    with pikepdf.open(io.BytesIO(compose(*a_vote(31), True))) as document:
        faces = {
            str(font.BaseFont)
            for page in document.pages
            for font in page.obj.Resources.get("/Font", {}).values()
        }
    assert faces
    assert all(
        "Liberation-Serif" in face or "LiberationSerif" in face or "Phieu-Serif" in face for face in faces
    ), faces


def test_the_same_vote_makes_the_same_bytes(a_vote: Callable[..., Any]) -> None:
    assert compose(*a_vote(20), False) == compose(*a_vote(20), False)


def test_the_english_ballot_is_in_english(a_vote: Callable[..., Any], text_of: Callable[..., Any]) -> None:
    (page,) = text_of(compose(*a_vote(2, language="en"), False))
    assert "Full name" in page and "Họ và tên" not in page


def test_what_a_form_is_laid_out_from_names_no_folder_of_this_machine(a_vote: Callable[..., Any]) -> None:
    assert str(composing.TEMPLATES.parent) not in composing.source(*a_vote(2), False)


def test_a_ballot_can_be_filled_on_screen(a_vote: Callable[..., Any]) -> None:
    pdf = compose(*a_vote(2), False)
    assert len(read(pdf).fields) == 6
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert document.Root.MarkInfo.Marked
        assert len(document.Root.AcroForm.Fields) == 6
