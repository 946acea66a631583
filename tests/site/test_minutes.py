"""The papers of a closed round hold every item and the numbers of the tally; made again they are the same."""

import contextlib
import io
import os
import re
import select
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from pdf2image import convert_from_bytes

from phieu import words
from phieu.site.papers import values
from phieu.site.papers.filled import TemplateError, asked_for, filled
from phieu.site.papers.printed import by_office, office, without_times
from phieu.site.papers.storing import TEMPLATES
from phieu.site.papers.typeset import typeset
from phieu.site.papers.values import Paper, Values
from phieu.templates.minutes import draw

from .closed_round import EXPLANATION, PEOPLE, ROUND, STYLE, closed, renamed, tallied

DAY = datetime(2026, 12, 7, tzinfo=UTC)
EVERY_ITEM = (
    "HỘI ĐỒNG NHÂN DÂN TỈNH MINH HẢI", "Độc lập - Tự do - Hạnh phúc", "BIÊN BẢN KIỂM PHIẾU",
    "Hôm nay, vào hồi", "ngày 07 tháng 12 năm 2026", "tại Minh Hải",
    "Trưởng ban", "Thư ký", "Ủy viên", "Người chứng kiến",
    "Số người được triệu tập", "Số người có mặt", "Số phiếu phát ra", "Số phiếu thu về",
    "tám mươi hai", "tám mươi bốn", "chín mươi lăm",
    "phát ra 84", EXPLANATION, "Lê Văn Tọa",
    "Không có dấu", "chưa đối chiếu với văn bản đã ký",
    "Tín nhiệm cao", "Tín nhiệm thấp", "tổng số phiếu thu về: 82", "Điều 19.3",
    "55 (năm mươi lăm)", "43 (bốn mươi ba)", "Từ hai phần ba trở lên", "Quá nửa đến dưới hai phần ba",
    "Điều 12", "trình miễn nhiệm", "có thể xin từ chức", "NQ-96-2023-QH15, phiên bản 1",
    "Máy đã làm", "tổng cộng 83 trang", "K7QJ2M4X", "Không kiểm tra được dấu trên 3 phiếu",
    "Người đã xem ảnh phiếu và quyết định", "Dòng không được đánh dấu đúng một ô",
    "Trần Văn Minh, Lê Thị Hoa", "10 giờ 42 phút ngày 07/12/2026",
    "KHIẾU NẠI, Ý KIẾN", "THÔNG QUA BIÊN BẢN",
    "TRANG CHỮ KÝ", "TM. CHỦ TỌA", "TRƯỞNG BAN", "NGƯỜI CHỨNG KIẾN",
)  # fmt: skip
BUNDLE = closed()
PRACTICED = closed(practice=True)
CORRECTED = closed(
    tallied(low=(3, 43, 55)), corrects=BUNDLE.sha256, reason="Một phiếu kẹp trong tờ khác được tìm thấy."
)


def paper(kind: Paper, given: Values, language: str = "vi") -> bytes:
    return filled(TEMPLATES / language / f"{kind}.docx", given, DAY)


@pytest.fixture(scope="module")
def office_pdfs() -> dict[str, bytes]:
    """All papers that the tests look at, converted by LibreOffice in one run."""
    program = office()
    assert program, "the tests need LibreOffice; ./run test installs it"
    documents = {
        "minutes.docx": paper(Paper.MINUTES, values.minutes(ROUND, STYLE, BUNDLE, practice=False)),
        "practice.docx": paper(Paper.MINUTES, values.minutes(ROUND, STYLE, PRACTICED, practice=True)),
        "blank.docx": paper(Paper.MINUTES, values.minutes(ROUND, STYLE, None, practice=False)),
        "announcement.docx": paper(Paper.ANNOUNCEMENT, values.announcement(ROUND, BUNDLE, practice=False)),
        "corrigendum.docx": paper(
            Paper.CORRIGENDUM, values.corrigendum(ROUND, CORRECTED, BUNDLE, practice=False)
        ),
    }
    return by_office(program, documents)


def said(docx: bytes) -> str:
    """Return all text of a Word file's body, cells too, in one line."""
    body = Document(io.BytesIO(docx)).element.body
    return one_line("\n".join(Paragraph(p, None).text for p in body.iter(qn("w:p"))))  # type: ignore[arg-type]


def pages_of(pdf: bytes, folder: Path) -> list[str]:
    """Return the text of each page."""
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    whole = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True).stdout
    return [page for page in whole.decode().split("\f") if page.strip()]


def one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def rows_of(docx: bytes) -> Iterator[list[str]]:
    for table in Document(io.BytesIO(docx)).element.body.iter(qn("w:tbl")):
        for row in table.iter(qn("w:tr")):
            yield [
                " / ".join("".join(p.itertext(qn("w:t"))) for p in cell.iter(qn("w:p")))
                for cell in row.iter(qn("w:tc"))
            ]


def test_minutes_hold_every_item() -> None:
    with words.spoken("vi"):
        text = said(paper(Paper.MINUTES, values.minutes(ROUND, STYLE, BUNDLE, practice=False)))
    missing = [item for item in EVERY_ITEM if item not in text]
    assert missing == []


def test_the_table_of_people_is_the_tally() -> None:
    docx = paper(Paper.MINUTES, values.minutes(ROUND, STYLE, BUNDLE, practice=False))
    rows = {row[1]: row[2:] for row in rows_of(docx) if len(row) == 9}
    [style] = BUNDLE.tally.styles
    for contest in style.contests:
        cells = [
            cell
            for option, count in contest.votes.items()
            for cell in (str(count), contest.percent[option].replace(".", ",") + "%")
        ]
        not_counted = contest.blank + contest.overvoted + contest.spoiled
        assert rows[f"{contest.name} / {contest.position}"] == [*cells, str(not_counted)]


def test_the_table_of_figures_is_what_people_and_machine_counted() -> None:
    docx = paper(Paper.MINUTES, values.minutes(ROUND, STYLE, BUNDLE, practice=False))
    numbers = {row[1]: row[2] for row in rows_of(docx) if len(row) == 5 and row[0].isdecimal()}
    assert list(numbers.values()) == ["95", "94", "85", "100", "84", "1", "15", "82", "82", "81", "1"]
    assert numbers["Số phiếu hợp lệ"] == "81"
    reasons = [row for row in rows_of(docx) if len(row) == 4 and row[2] == "một"]
    assert [row[:3] for row in reasons] == [["Không có dấu", "1", "một"], ["Cộng", "1", "một"]]
    asked = [row for row in rows_of(docx) if row[0].startswith("Dòng không được đánh dấu")]
    assert [row[1:] for row in asked] == [["7", "7", "1"]]


def test_libreoffice_opens_the_word_file_and_reads_the_same_numbers(
    office_pdfs: dict[str, bytes], tmp_path: Path
) -> None:
    text = one_line(" ".join(pages_of(office_pdfs["minutes.docx"], tmp_path)))
    for contest in BUNDLE.tally.styles[0].contests:
        numbers = " ".join(
            f"{count} {contest.percent[option].replace('.', ',')}%" for option, count in contest.votes.items()
        )
        assert numbers in text
    assert [item for item in EVERY_ITEM if item not in text and len(item.split()) < 4] == []


def test_every_page_bears_fingerprint_and_number(office_pdfs: dict[str, bytes], tmp_path: Path) -> None:
    pages = pages_of(office_pdfs["minutes.docx"], tmp_path)
    for number, page in enumerate(pages, start=1):
        assert BUNDLE.fingerprint in page
        assert f"Trang {number}/{len(pages)}" in page
        assert "DIỄN TẬP" not in page


def test_signatures_stand_on_a_sheet_of_their_own(office_pdfs: dict[str, bytes], tmp_path: Path) -> None:
    *before, last = pages_of(office_pdfs["minutes.docx"], tmp_path)
    assert "TRANG CHỮ KÝ" in last
    assert ROUND.title in last
    assert not any("TM. CHỦ TỌA" in page for page in before)
    assert not any(name in last for _key, name, _position in PEOPLE)


def test_a_rehearsals_minutes_say_so_on_every_page(office_pdfs: dict[str, bytes], tmp_path: Path) -> None:
    pages = pages_of(office_pdfs["practice.docx"], tmp_path)
    assert len(pages) > 2
    assert all("DIỄN TẬP" in page for page in pages)


def test_blank_minutes_say_so_and_hold_no_number(office_pdfs: dict[str, bytes], tmp_path: Path) -> None:
    pages = pages_of(office_pdfs["blank.docx"], tmp_path)
    assert all("BẢN ĐỂ TRỐNG" in page for page in pages)
    docx = paper(Paper.MINUTES, values.minutes(ROUND, STYLE, None, practice=False))
    people = [row for row in rows_of(docx) if len(row) == 9 and row[0].isdecimal()]
    assert [row[1].split(" / ")[0] for row in people] == [name for _key, name, _position in PEOPLE]
    assert all(cell == "" for row in people for cell in row[2:])
    figures = [row for row in rows_of(docx) if len(row) == 5 and row[0].isdecimal()]
    assert figures
    assert all(row[2:] == ["", "", ""] for row in figures)


def test_the_announcement_names_each_person_with_each_level(
    office_pdfs: dict[str, bytes], tmp_path: Path
) -> None:
    text = one_line(" ".join(pages_of(office_pdfs["announcement.docx"], tmp_path)))
    assert "Số phiếu phát ra: 84 (tám mươi bốn); số phiếu thu về: 82 (tám mươi hai)" in text
    for contest in BUNDLE.tally.styles[0].contests:
        assert contest.name in text
        for option, count in contest.votes.items():
            assert f"{count} phiếu, bằng {contest.percent[option].replace('.', ',')}%" in text


def test_a_corrigendum_gives_the_reason_and_each_changed_figure_struck(
    office_pdfs: dict[str, bytes], tmp_path: Path
) -> None:
    given = values.corrigendum(ROUND, CORRECTED, BUNDLE, practice=False)
    assert [(c["what"], c["old"], c["new"]) for c in given["changes"]] == [
        ("Trần Thị Mai Hương: Tín nhiệm cao", "73 (89,02%)", "72 (87,80%)"),
        ("Trần Thị Mai Hương: Tín nhiệm thấp", "2 (2,44%)", "3 (3,66%)"),
    ]
    docx = Document(io.BytesIO(paper(Paper.CORRIGENDUM, given)))
    head = "".join(docx.tables[0]._tbl.itertext()).replace("\u00a0", " ")
    assert "ngày …… tháng …… năm ……" in head, "it is not signed on the day of the vote"
    struck = [
        "".join(r.itertext(qn("w:t")))
        for r in docx.element.iter(qn("w:r"))
        if r.find(f".//{qn('w:strike')}") is not None
    ]
    assert struck == ["73 (89,02%)", "2 (2,44%)"]
    pages = pages_of(office_pdfs["corrigendum.docx"], tmp_path)
    assert CORRECTED.reason in pages[0]
    assert BUNDLE.fingerprint in pages[0]
    assert all(CORRECTED.fingerprint in page for page in pages)


def test_a_corrigendum_of_an_outcome_says_what_it_was() -> None:
    other = closed(tallied(low=(2, 40, 55)), corrects=BUNDLE.sha256, reason="x")
    told = {
        c["what"]: (c["old"], c["new"]) for c in values.corrigendum(ROUND, other, BUNDLE, False)["changes"]
    }
    assert told["Nguyễn Hữu Tường: kết luận"] == (
        "Quá nửa đến dưới hai phần ba đánh giá tín nhiệm thấp",
        "không đạt ngưỡng nào",
    )


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("kind", ["minutes", "announcement", "corrigendum"])
def test_without_libreoffice_the_pdf_says_the_same_words(kind: str, language: str, tmp_path: Path) -> None:
    with words.spoken(language):
        given: Values = {
            "minutes": values.minutes(ROUND, STYLE, BUNDLE, practice=True),
            "announcement": values.announcement(ROUND, BUNDLE, practice=True),
            "corrigendum": values.corrigendum(ROUND, CORRECTED, BUNDLE, practice=True),
        }[kind]
        docx = paper(Paper(kind), given, language)
        pdf = typeset(TEMPLATES / language / f"{kind}.html", given, "x")
    pages = pages_of(pdf, tmp_path)
    wanted = set(re.findall(r"[\w%.,]+", said(docx)))
    assert wanted - set(re.findall(r"[\w%.,]+", " ".join(pages))) == set()
    for number, page in enumerate(pages, start=1):
        assert str(given["fingerprint"]) in page
        assert str(given["mark"]) in page
        assert f"{number}/{len(pages)}" in page


def test_the_same_values_make_the_same_bytes(office_pdfs: dict[str, bytes]) -> None:
    given = values.minutes(ROUND, STYLE, BUNDLE, practice=False)
    docx = paper(Paper.MINUTES, given)
    assert docx == paper(Paper.MINUTES, given)
    again = by_office(office() or "", {"minutes.docx": docx})["minutes.docx"]
    assert without_times(again, "x") == without_times(office_pdfs["minutes.docx"], "x")
    with pikepdf.open(io.BytesIO(without_times(again, "x"))) as pdf:
        assert set(pdf.docinfo.keys()) == {"/Title"}
    source = TEMPLATES / "vi" / "minutes.html"
    assert typeset(source, given, "x") == typeset(source, given, "x")


def test_the_word_templates_are_the_ones_that_their_source_draws() -> None:
    for language in draw.LANGUAGES:
        for name in draw.PAPERS:
            source = TEMPLATES / language / f"{name}.html"
            drawn = source.with_suffix(".docx").read_bytes() == draw.draw(source)
            assert drawn, f"{source}: run python -m phieu.templates.minutes.draw"


@pytest.mark.parametrize(
    "name",
    [
        "{{ 7*7 }}{% raw %}",
        "<w:t>A</w:t> & <b>B</b> ]]>",
        "=HYPERLINK(1)\x0c\x00\x07 \ud800x",
        "Nguyễn\nVăn\tA",
    ],
)
def test_a_name_is_text_whatever_stands_in_it(name: str) -> None:
    a_round, _bundle = renamed("Trần", "Chủ tịch")
    style = replace(a_round.styles[0], contests=(replace(a_round.styles[0].contests[0], name=name),))
    given = values.minutes(replace(a_round, styles=(style,)), style, None, practice=False)
    [row] = [row for row in rows_of(paper(Paper.MINUTES, given)) if len(row) == 9 and row[0] == "1"]
    shown = row[1].split(" / ")[0]
    assert one_line(shown).replace(" ", "") == re.sub(r"[\x00-\x1f\ud800]", "", name).replace(" ", "")


def test_a_template_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    given = values.minutes(ROUND, STYLE, BUNDLE, practice=False)
    template = tmp_path / "minutes.docx"
    template.write_bytes(b"no Word file")
    with pytest.raises(TemplateError, match="mẫu Word"):
        filled(template, given, DAY)
    for text in ("{{ nobody }}", "{% for x in %}", "{{ ''.__class__.__mro__ }}"):
        document = Document()
        document.add_paragraph(text)
        document.save(str(template))
        with pytest.raises(TemplateError, match=re.escape("minutes.docx")):
            filled(template, given, DAY)


def test_a_template_is_asked_what_it_says() -> None:
    assert {"mark", "fingerprint", "style", "machine"} <= asked_for(TEMPLATES / "vi" / "minutes.docx")


def test_an_office_program_that_hangs_is_ended_and_makes_nothing(tmp_path: Path) -> None:
    program, child = tmp_path / "soffice", tmp_path / "child"
    program.write_text(f"#!/bin/sh\nsleep 600 &\necho $! >{child}\nwait\n", encoding="utf-8")
    program.chmod(0o755)
    assert by_office(str(program), {"a.docx": b"x"}, seconds=2) == {}
    # On a busy machine it may have been ended before it began.
    began = child.read_text().strip() if child.exists() else ""
    with contextlib.suppress(ProcessLookupError):
        if began:
            ended, *_others = select.select([os.pidfd_open(int(began))], [], [], 30)
            assert ended


def test_a_pages_picture_is_not_empty(office_pdfs: dict[str, bytes]) -> None:
    """Fonts are there: a page of boxes for missing letters would be far darker or empty."""
    [page] = convert_from_bytes(office_pdfs["minutes.docx"], dpi=50, first_page=1, last_page=1)
    dark = (np.asarray(page.convert("L")) < 128).mean()
    assert 0.01 < dark < 0.15
