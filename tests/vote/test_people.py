import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phieu.vote.people import COLUMNS, People, read_people
from phieu.vote.problems import Problem, ProblemsFound
from phieu.words import spoken as speaking

HEADER = "STT,Họ và tên,Chức vụ,Khối,Ghi chú\n"
ROWS = "1,Trần Thị Mai Hương,Chủ tịch,HĐND,\n2,Lê Quang Định,Phó Chủ tịch,HĐND,\n"
NAMES = ["Trần Thị Mai Hương", "Lê Quang Định"]


@pytest.fixture(autouse=True)
def in_english():  # type: ignore[no-untyped-def]
    with speaking("en"):
        yield


def read(path: Path, *needed: str) -> People:
    return read_people(path, path.name, frozenset(needed))


def refusal(path: Path, *needed: str) -> Problem:
    with pytest.raises(ProblemsFound) as caught:
        read(path, *needed)
    (problem,) = caught.value.problems
    assert problem.of_people
    assert problem.file == path.name
    return problem


def csv_file(folder: Path, text: str | bytes) -> Path:
    path = folder / "people.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def workbook(folder: Path, fill: Callable[[openpyxl.Workbook], None]) -> Path:
    book = openpyxl.Workbook()
    fill(book)
    path = folder / "people.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_csv_file_is_read_however_it_was_saved(
    tmp_path: Path, encoding: str, delimiter: str, end: str
) -> None:
    text = (HEADER + ROWS).replace(",", delimiter).replace("\n", end)
    people = read(csv_file(tmp_path, text.encode(encoding)))
    assert [person.name for person in people.people] == NAMES
    assert [(person.line, person.number, person.block) for person in people.people] == [
        (2, 1, "HĐND"),
        (3, 2, "HĐND"),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "cp1258", "latin-1"])
def test_another_encoding_is_refused_with_how_to_save_as_utf_8(tmp_path: Path, encoding: str) -> None:
    problem = refusal(csv_file(tmp_path, (HEADER + ROWS).encode(encoding, "replace") + b"\xff"))
    assert "not in UTF-8" in problem.what
    assert "CSV UTF-8" in problem.instead


def test_commas_inside_quotation_marks_and_line_breaks_in_a_cell_are_part_of_the_text(tmp_path: Path) -> None:
    text = (
        HEADER + '1,Trần Thị Mai Hương,"Trưởng Ban Kinh tế,\n  Ngân sách",HĐND,\n2,Lê Quang Định,Phó,HĐND,\n'
    )
    people = read(csv_file(tmp_path, text)).people
    assert people[0].position == "Trưởng Ban Kinh tế, Ngân sách"
    assert people[1].line == 4


def test_a_quotation_mark_that_is_not_closed_is_named_by_its_line(tmp_path: Path) -> None:
    problem = refusal(csv_file(tmp_path, HEADER + ROWS + '3,"Phạm Ngọc Thủy,Trưởng Ban,HĐND,\n'))
    assert problem.line == 4
    assert "quotation mark" in problem.instead


def test_titles_above_the_header_empty_rows_and_spare_columns_do_not_matter(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.worksheets[0]
        sheet.append(["HỘI ĐỒNG NHÂN DÂN TỈNH MINH HẢI"])
        sheet.append([])
        sheet.append(["DANH SÁCH NGƯỜI ĐƯỢC LẤY PHIẾU TÍN NHIỆM"])
        sheet.merge_cells("A1:G1")
        sheet.merge_cells("A3:G3")
        sheet.append(["(kèm theo Kế hoạch số 12)"])
        sheet.append(
            ["TT", "Ngày sinh", "HỌ VÀ  TÊN", "Chức vụ,\nchức danh", "Điện thoại", "Khối", "Ghi chú"]
        )
        sheet.append([1.0, "1970", "Trần Thị Mai Hương", "Chủ tịch", "0900", "HĐND"])
        sheet.append([])
        sheet.append([2.0, "1975", "Lê Quang Định", "Phó Chủ tịch", None, "HĐND", "x"])

    people = read(workbook(tmp_path, fill), "block")
    assert [(person.name, person.line, person.number) for person in people.people] == [
        ("Trần Thị Mai Hương", 6, 1),
        ("Lê Quang Định", 8, 2),
    ]
    assert not people.problems


def test_the_sheet_that_holds_the_list_is_found(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.worksheets[0].append(["Hướng dẫn", "Ghi chú"])
        sheet = book.create_sheet("Danh sách")
        sheet.append(["name", "position"])
        sheet.append(["Trần Thị Mai Hương", "Chủ tịch"])

    assert len(read(workbook(tmp_path, fill)).people) == 1


@pytest.mark.parametrize("column", list(COLUMNS))
def test_every_column_is_known_by_its_vietnamese_and_english_names(tmp_path: Path, column: str) -> None:
    others = [c for c in ("name", "position") if c != column]
    for header in COLUMNS[column]:
        text = ",".join([header.upper(), *others]) + "\n" + "1 abc," * len(others) + "1 abc\n"
        assert column in read(csv_file(tmp_path, text), column).columns


@pytest.mark.parametrize(
    ("header", "needed", "missing"),
    [
        ("STT,Họ và tên,Khối", (), "position"),
        ("STT,Chức vụ,Khối", (), "name"),
        ("STT,Họ và tên,Chức vụ", ("block",), "block"),
    ],
)
def test_a_missing_column_is_named(
    tmp_path: Path, header: str, needed: tuple[str, ...], missing: str
) -> None:
    problem = refusal(csv_file(tmp_path, f"Danh sách,,\n{header}\n1,a,b\n"), *needed)
    assert f"no column `{missing}`" in problem.what
    assert problem.line == 2


def test_a_list_without_any_header_is_told_which_to_add(tmp_path: Path) -> None:
    problem = refusal(csv_file(tmp_path, "1,Trần Thị Mai Hương,Chủ tịch\n"))
    assert "No line with the names of the columns" in problem.what
    assert "Họ và tên" in problem.instead


def test_an_empty_list_is_refused(tmp_path: Path) -> None:
    assert "nobody" in read(csv_file(tmp_path, HEADER)).problems[0].what
    assert "names of the columns" in refusal(csv_file(tmp_path, "")).what


@pytest.mark.parametrize("start", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"anything"])
def test_an_old_excel_file_is_refused_with_how_to_convert_it(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "people.xls"
    path.write_bytes(start + b"\0" * 600)
    problem = refusal(path)
    assert ".xls" in problem.what
    assert "Excel Workbook (.xlsx)" in problem.instead


def test_an_old_excel_file_under_another_name_is_refused_alike(tmp_path: Path) -> None:
    for name in ("people.xlsx", "people.csv"):
        (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
        assert "old Excel file" in refusal(tmp_path / name).what


@pytest.mark.parametrize("name", ["people.ods", "people.docx", "people.txt", "people"])
def test_other_kinds_of_file_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(HEADER + ROWS, encoding="utf-8")
    assert "a .xlsx or a .csv" in refusal(tmp_path / name).what


def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path) -> None:
    book = workbook(tmp_path, lambda book: book.worksheets[0].append(["name"]))
    (tmp_path / "people.csv").write_bytes(book.read_bytes())
    assert "not what its name says" in refusal(tmp_path / "people.csv").what
    book.write_text(HEADER, encoding="utf-8")
    assert "not what its name says" in refusal(book).what


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    book = workbook(tmp_path, lambda book: book.worksheets[0].append(["name", "position"]))
    whole = book.read_bytes()
    book.write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refusal(book).what
    with zipfile.ZipFile(book, "w") as parts:
        parts.writestr("hello.txt", "hello")
    assert "damaged" in refusal(book).what


def test_a_workbook_that_unpacks_to_far_more_than_a_list_is_refused(tmp_path: Path) -> None:
    book = tmp_path / "people.xlsx"
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as parts, parts.open("xl/sheet1.xml", "w") as part:
        for _mb in range(201):
            part.write(b"\0" * 1_000_000)
    assert book.stat().st_size < 1_000_000
    assert "too large when it is unpacked" in refusal(book).what


def test_a_workbook_that_says_it_is_a_million_rows_high_is_still_read(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.worksheets[0]
        sheet.append(["name", "position"])
        sheet.append(["Trần Thị Mai Hương", "Chủ tịch"])

    book = workbook(tmp_path, fill)
    with zipfile.ZipFile(book) as parts:
        held = {name: parts.read(name) for name in parts.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert b'ref="A1:B2"' in held[sheet]
    held[sheet] = held[sheet].replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
    with zipfile.ZipFile(book, "w") as parts:
        for name, content in held.items():
            parts.writestr(name, content)
    assert len(read(book).people) == 1


def test_names_are_composed_and_their_spaces_folded(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "  Trần\u00a0Thị \u200b  Mai\tHương ")
    people = read(csv_file(tmp_path, HEADER + f'1,"{name}",Chủ tịch,HĐND,\n')).people
    assert people[0].name == "Trần Thị Mai Hương"


@pytest.mark.parametrize("sign", ["\x00", "\x1b[31m", "\u202e", "\x7f", "\ue000"])
def test_signs_that_cannot_be_printed_are_refused(tmp_path: Path, sign: str) -> None:
    people = read(csv_file(tmp_path, HEADER + f"1,Trần {sign}Hương,Chủ tịch,HĐND,\n" + ROWS))
    assert [problem.line for problem in people.problems] == [2]
    assert "can't be printed" in people.problems[0].what
    assert len(people.people) == 2


def test_a_cell_longer_than_any_name_is_refused(tmp_path: Path) -> None:
    people = read(csv_file(tmp_path, HEADER + f"1,{'a' * 5000},Chủ tịch,HĐND,\n"))
    assert "5000 characters" in people.problems[0].what
    problem = refusal(csv_file(tmp_path, HEADER + f"1,{'a' * 500_000},Chủ tịch,HĐND,\n"))
    assert problem.line == 2


def test_faults_in_columns_nobody_uses_do_not_matter(tmp_path: Path) -> None:
    text = "name,position,phone\nTrần Thị Mai Hương,Chủ tịch," + "9\x07" * 1000 + "\n"
    assert not read(csv_file(tmp_path, text)).problems


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("3,,Trưởng Ban,HĐND,", "This line has no name. (Trưởng Ban)"),
        ("3,Phạm Ngọc Thủy,,HĐND,", "This line has no position. (Phạm Ngọc Thủy)"),
        ("I,Khối HĐND,,,", "This line has no position. (Khối HĐND)"),
    ],
)
def test_a_line_without_name_or_position_is_named(tmp_path: Path, row: str, what: str) -> None:
    people = read(csv_file(tmp_path, HEADER + ROWS + row + "\n"))
    assert [(problem.line, problem.what) for problem in people.problems] == [(4, what)]


@pytest.mark.parametrize("reason", ["x", "không", "No", "0", "-", "X"])
def test_an_exemption_needs_a_reason_in_words(tmp_path: Path, reason: str) -> None:
    text = f"name,position,exempt\nTrần Thị Mai Hương,Chủ tịch,{reason}\n"
    assert "is no reason why Trần Thị Mai Hương" in read(csv_file(tmp_path, text)).problems[0].what


def test_a_formula_counts_with_what_it_came_to_and_not_at_all_without_that(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.worksheets[0]
        sheet.append(["STT", "name", "position"])
        sheet.append(["=1", '="Trần"&" Thị"', "Chủ tịch"])

    book = workbook(tmp_path, fill)  # as written by openpyxl: formulas without stored values
    people = read(book)
    assert {problem.line for problem in people.problems} == {2}
    assert all("no stored value" in problem.what for problem in people.problems)
    with zipfile.ZipFile(book) as parts:
        held = {name: parts.read(name) for name in parts.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    stored = held[sheet].replace(b'<c r="A2"><f>1</f><v></v></c>', b'<c r="A2"><f>1</f><v>1</v></c>')
    stored = stored.replace(b'<c r="A2"><f>1</f><v /></c>', b'<c r="A2"><f>1</f><v>1</v></c>')
    start = stored.index(b'<c r="B2"')
    end = stored.index(b"</c>", start) + 4
    name = '<c r="B2" t="str"><f>"a"</f><v>Trần Thị</v></c>'.encode()
    held[sheet] = stored[:start] + name + stored[end:]
    with zipfile.ZipFile(book, "w") as parts:
        for part, content in held.items():
            parts.writestr(part, content)
    people = read(book)
    assert not people.problems
    assert [(person.number, person.name) for person in people.people] == [(1, "Trần Thị")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(content=st.binary(max_size=400), kind=st.sampled_from(["people.csv", "people.xlsx"]))
def test_no_bytes_whatever_break_the_reader(tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / kind
    path.write_bytes(content if kind.endswith("csv") else b"PK\x03\x04" + content)
    try:
        people = read(path)
    except ProblemsFound as found:
        assert all(problem.what for problem in found.problems)
    else:
        assert people.people or people.problems


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), max_size=6))
def test_every_line_with_text_is_a_person_or_a_problem(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    import csv

    path = tmp_path / "people.csv"
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerows([("Họ và tên", "Chức vụ"), *rows])
    people = read(path)
    told = {person.line for person in people.people} | {problem.line for problem in people.problems}
    written = sum(1 for name, position in rows if any(s.isalnum() for s in name + position))
    assert len(told - {None}) >= written


def test_people_on_a_second_sheet_are_not_dropped_without_a_word(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for sheet in (book.worksheets[0], book.create_sheet("UBND")):
        sheet.append(["STT", "Họ và tên", "Chức vụ", "Khối"])
        sheet.append([1, "Trần Thị Mai Hương", "Chủ tịch", sheet.title])
    book.save(tmp_path / "people.xlsx")
    with pytest.raises(ProblemsFound) as caught:
        read_people(tmp_path / "people.xlsx", "people.xlsx")
    assert "2" in caught.value.problems[0].what
