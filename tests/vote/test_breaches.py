"""What in a plan goes against its rule sets: years, order, places, exemptions; lists of before Unicode."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from phieu.cli.plan import check_command
from phieu.vote.legacy import legacy_encoding
from phieu.vote.plan_file import load_plan
from phieu.vote.problems import PlanError
from phieu.words import spoken as speaking

PLAN = """\
title: Lấy phiếu tín nhiệm năm 2023
people: people.csv
units:
  - {id: minh-hai, name: Tỉnh Minh Hải, term_from: 2021}
  - {id: hdnd, name: Hội đồng nhân dân tỉnh, parent: minh-hai}
  - {id: tinh-uy, name: Tỉnh ủy Minh Hải, parent: minh-hai}
  - {id: so-y-te, name: Sở Y tế, parent: minh-hai}
rounds:
  - {id: r-hdnd, title: Kỳ họp, unit: hdnd, date: 2023-12-05, place: Minh Hải, kind: council,
     rules: NQ-96-2023-QH15, ballots: [{id: b, title: Phiếu}]}
  - {id: r-tinh-uy, title: Tỉnh ủy, unit: tinh-uy, date: 2023-12-07, place: Minh Hải, head: party,
     kind: committee, rules: 96-QD-TW, ballots: [{id: b, title: Phiếu}]}
  - {id: r-so-y-te, title: Sở Y tế, unit: so-y-te, date: 2023-12-20, place: Minh Hải, head: party,
     kind: others, rules: 96-QD-TW, ballots: [{id: b, title: Phiếu}]}
"""

PEOPLE = """\
STT,Họ và tên,Chức vụ,Đơn vị,Mã cán bộ,Ngày bầu,Lý do không lấy phiếu
1,Trần Thị Mai Hương,Chủ tịch Hội đồng nhân dân,hdnd,CB01,,
2,Lê Quang Định,Phó Chủ tịch Hội đồng nhân dân,hdnd,CB02,01/03/2023,
1,Trần Thị Mai Hương,Phó Bí thư Tỉnh ủy,tinh-uy,CB01,,
1,Phạm Ngọc Thủy,Giám đốc Sở Y tế,so-y-te,CB03,15/6/2021,
2,Bùi Gia Nghĩa,Phó Giám đốc Sở Y tế,so-y-te,CB04,,có thông báo nghỉ hưu
3,Võ Minh Đăng,Chánh Văn phòng Sở,so-y-te,CB05,,đi học tập trung
"""


@pytest.fixture(autouse=True)
def vote(tmp_path: Path) -> Path:
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    return tmp_path


def change(vote: Path, file: str, before: str, after: str) -> None:
    text = (vote / file).read_text("utf-8")
    assert before in text
    (vote / file).write_text(text.replace(before, after, 1), "utf-8")


def problems(vote: Path) -> list[tuple[str, int | None, str]]:
    with speaking("en"), pytest.raises(PlanError) as caught:
        load_plan(vote / "plan.yaml")
    return [(one.file, one.line, one.what) for one in caught.value.problems]


def test_check_lists_each_exemption_with_its_rule(vote: Path) -> None:
    with speaking("en"):
        told = CliRunner().invoke(check_command, ["--workspace", str(vote)])
    assert told.exit_code == 0, told.output
    lines = {
        name: line for line in told.output.splitlines() for name in ("Định", "Nghĩa", "Đăng") if name in line
    }
    assert "Elected or appointed in the year of the vote" in lines["Định"]
    assert "NQ-96-2023-QH15 (not checked against the signed text)" in lines["Định"]
    assert "96-QD-TW (not checked against the signed text)" in lines["Nghĩa"]
    assert "no rule set of this plan names this reason" in lines["Đăng"]


def test_who_was_elected_in_an_earlier_year_is_voted_on(vote: Path) -> None:
    plan = load_plan(vote / "plan.yaml")
    assert [c.name for c in plan.round("r-so-y-te").styles[0].contests] == ["Phạm Ngọc Thủy"]
    assert [p.name for p in plan.exempt] == ["Lê Quang Định", "Bùi Gia Nghĩa", "Võ Minh Đăng"]


def test_two_places_are_allowed_and_a_third_is_an_error_with_its_lines(vote: Path) -> None:
    load_plan(vote / "plan.yaml")
    change(vote, "people.csv", "Giám đốc Sở Y tế,so-y-te,CB03", "Giám đốc Sở Y tế,so-y-te,CB01")
    ((file, line, what),) = problems(vote)
    assert (file, line) == ("people.csv", 5)
    assert "CB01" in what
    assert "in 3 places: hdnd, tinh-uy, so-y-te; at most 2 are allowed (96-QD-TW)" in what


def test_a_person_without_a_code_is_not_taken_for_a_namesake(vote: Path) -> None:
    change(
        vote,
        "people.csv",
        "Phạm Ngọc Thủy,Giám đốc Sở Y tế,so-y-te,CB03",
        "Trần Thị Mai Hương,Giám đốc,so-y-te,",
    )
    load_plan(vote / "plan.yaml")


def test_a_committee_before_its_council_is_an_error(vote: Path) -> None:
    change(vote, "plan.yaml", "date: 2023-12-07", "date: 2023-12-04")
    ((file, line, what),) = problems(vote)
    assert (file, line) == ("plan.yaml", 11)
    assert "Round `r-tinh-uy`" in what
    assert "held before round `r-hdnd`" in what
    assert "(96-QD-TW)" in what


def test_a_district_may_vote_before_the_province(vote: Path) -> None:
    change(
        vote,
        "plan.yaml",
        "rounds:",
        "  - {id: huyen, name: Huyện, parent: minh-hai}\n"
        "  - {id: huyen-uy, name: Huyện ủy, parent: huyen}\nrounds:",
    )
    change(vote, "plan.yaml", "unit: tinh-uy, date: 2023-12-07", "unit: huyen-uy, date: 2023-12-01")
    change(vote, "people.csv", "Phó Bí thư Tỉnh ủy,tinh-uy", "Bí thư Huyện ủy,huyen-uy")
    load_plan(vote / "plan.yaml")


def test_a_vote_outside_the_third_year_of_the_term_is_an_error(vote: Path) -> None:
    change(vote, "plan.yaml", "term_from: 2021", "term_from: 2020")
    found = problems(vote)
    assert [line for _file, line, _what in found] == [9, 11, 13]
    assert "year 3 of the term that began in 2020 is 2022 (96-QD-TW)" in found[1][2]


def test_without_the_terms_first_year_no_year_is_checked(vote: Path) -> None:
    change(vote, "plan.yaml", ", term_from: 2021", "")
    change(vote, "plan.yaml", "date: 2023-12-05", "date: 2022-12-05")
    load_plan(vote / "plan.yaml")


def test_a_kind_of_round_that_no_rule_set_knows_is_named(vote: Path) -> None:
    change(vote, "plan.yaml", "kind: others", "kind: other")
    ((_file, line, what),) = problems(vote)
    assert line == 14
    assert "unknown kind `other`" in what


def test_a_date_that_is_none_is_named(vote: Path) -> None:
    change(vote, "people.csv", "01/03/2023", "31/02/2023")
    ((file, line, what),) = problems(vote)
    assert (file, line) == ("people.csv", 3)
    assert "`31/02/2023` is no date" in what


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("NguyÔn V¨n An", "TCVN3"),
        ("TrÇn ThÞ H¶i", "TCVN3"),
        ("§ç Kim ¸nh", "TCVN3"),
        ("Nguyeãn Vaên Haûi", "VNI"),
        ("Traàn Thò Thuùy", "VNI"),
        ("Ñoã Höõu Phöôùc", "VNI"),
    ],
)
def test_a_name_typed_for_a_font_of_before_unicode_is_refused(vote: Path, text: str, encoding: str) -> None:
    assert legacy_encoding(text) == encoding
    change(vote, "people.csv", "Phạm Ngọc Thủy", text)
    file, line, what = problems(vote)[-1]
    assert (file, line) == ("people.csv", 5)
    assert f"text in {encoding}" in what
    assert "UniKey" in what


@pytest.mark.parametrize(
    "text",
    [
        "Nguyễn Hữu Tường",
        "Hoàng Thị Hoà",
        "Khoá XVIII, nhiệm kỳ 2021-2026",
        "Đỗ Thị Thuý Loan",
        "Chủ nhiệm «Quỹ» số 1",
        "Lê Quốc Toản – Huỳnh Xoè",
        "K'Pă Krông Y'Bliêng",
        "Nguyễn Thị Quế, Trần Khuê, Lý Luân, Tạ Yên",
    ],
)
def test_names_in_unicode_are_not_taken_for_old_encodings(text: str) -> None:
    assert legacy_encoding(text) == ""


EXAMPLE = Path(__file__).parents[2] / "examples" / "ca-mau-2023"


def test_the_provinces_example_says_who_is_voted_on_where_and_why_somebody_is_not() -> None:
    with speaking("en"):
        told = CliRunner().invoke(check_command, ["--workspace", str(EXAMPLE)])
    assert told.exit_code == 0, told.output
    assert "8 rounds, 26 people on ballots, 5 not voted on" in told.output
    plan = load_plan(EXAMPLE / "plan.yaml")
    assert {a_round.kind for a_round in plan.rounds} == {"council", "committee", "others"}
    reasons = {p.name: found[1].id for p in plan.exempt if (found := plan.exemption(p)) is not None}
    assert reasons == {
        "Hoàng Đức Thiện": "elected_in_year",
        "Bùi Gia Nghĩa": "retirement",
        "Lý Chí Cường": "elected_in_year",
        "Phan Thị Cẩm Nhung": "elected_in_year",
        "Ngô Tấn Lực": "retirement",
    }
    places = Counter(
        contest.name for a_round in plan.rounds for style in a_round.styles for contest in style.contests
    )
    assert max(places.values()) == 2


@pytest.mark.parametrize(
    ("file", "before", "after", "what"),
    [
        ("people.csv", "so-y-te,,MH013", "so-y-te,,MH001", "is voted on in 3 places"),
        ("plan.yaml", "date: 2023-12-14", "date: 2023-12-11", "is held before round `hdnd-dam-sen-ky-10`"),
        ("plan.yaml", "date: 2023-12-20", "date: 2024-12-20", "is in 2024, but year 3 of the term"),
    ],
)
def test_in_the_example_a_third_place_a_wrong_order_and_a_wrong_year_are_errors(
    tmp_path: Path, file: str, before: str, after: str, what: str
) -> None:
    vote = Path(shutil.copytree(EXAMPLE, tmp_path / "ca-mau"))
    change(vote, file, before, after)
    assert any(what in told for _file, _line, told in problems(vote))
