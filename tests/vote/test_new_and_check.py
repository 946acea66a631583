import re
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from phieu.cli.main import main
from phieu.errors import ExitCode
from phieu.vote.plan_file import load_plan


def phieu(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_new_workspace_passes_its_own_check(tmp_path: Path, language: str) -> None:
    made = phieu("--lang", language, "new", tmp_path / "vote")
    assert made.exit_code == 0, made.output
    assert {entry.name for entry in (tmp_path / "vote").iterdir()} == {
        "plan.yaml",
        "people.xlsx",
        "forms",
        "print",
        "scans",
    }
    checked = phieu("--lang", language, "check", "-w", tmp_path / "vote")
    assert checked.exit_code == 0, checked.output
    assert "Trần Thị Mai Hương" in checked.output


def test_the_plan_is_commented_in_the_language_in_force(tmp_path: Path) -> None:
    phieu("--lang", "vi", "new", tmp_path / "vi")
    phieu("--lang", "en", "new", tmp_path / "en")
    assert "# Các đơn vị" in (tmp_path / "vi" / "plan.yaml").read_text(encoding="utf-8")
    assert "# The units" in (tmp_path / "en" / "plan.yaml").read_text(encoding="utf-8")
    header = [cell.value for cell in openpyxl.load_workbook(tmp_path / "vi" / "people.xlsx").worksheets[0][1]]
    assert header[:3] == ["STT", "Họ và tên", "Chức vụ"]


def test_both_languages_make_the_same_plan(tmp_path: Path) -> None:
    plans = []
    for language in ("vi", "en"):
        phieu("--lang", language, "new", tmp_path / language)
        plans.append(load_plan(tmp_path / language / "plan.yaml"))
    assert [style.contests for style in plans[0].rounds[0].styles] == [
        style.contests for style in plans[1].rounds[0].styles
    ]


def test_a_folder_that_is_not_empty_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("mine", encoding="utf-8")
    refused = phieu("--lang", "en", "new", tmp_path)
    assert refused.exit_code == ExitCode.BAD_WORKSPACE
    assert "is not empty" in refused.output
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan.yaml"]
    assert (tmp_path / "plan.yaml").read_text(encoding="utf-8") == "mine"


def test_a_file_is_no_folder_for_a_new_workspace(tmp_path: Path) -> None:
    (tmp_path / "vote").write_text("mine", encoding="utf-8")
    assert phieu("new", tmp_path / "vote").exit_code == ExitCode.BAD_WORKSPACE


def test_check_prints_what_is_voted_on_by_whom_where_and_who_is_not_and_why(small_vote: Path) -> None:
    told = phieu("--lang", "en", "check", "--workspace", small_vote)
    assert told.exit_code == 0
    for part in (
        "Hội đồng nhân dân tỉnh Minh Hải",
        "07/12/2026, Minh Hải",
        "NQ-96-2023-QH15] (not checked against the signed text)",
        "Ballot hdnd: Phiếu tín nhiệm",
        "3 people; A4; without seal",
        "1 round, 7 people on ballots, 1 not voted on",
    ):
        assert part in told.output
    exempt = told.output[told.output.index("Not voted on") :]
    assert re.search(r"Bùi Gia Nghĩa +Giám đốc Sở Nội vụ +hdnd +có thông báo nghỉ hưu", exempt)


def test_what_goes_into_a_pipe_is_plain_text_and_nothing_of_it_is_cut(small_vote: Path) -> None:
    people = small_vote / "people.csv"
    text = people.read_text(encoding="utf-8")
    position = "Trưởng Ban " + "Pháp chế và Dân tộc " * 5
    people.write_text(
        text.replace("Trưởng Ban Pháp chế", position).replace("Lê Quang", "[red]Lê[/] :smile:"), "utf-8"
    )
    told = phieu("check", "-w", small_vote).output
    assert "\x1b" not in told
    assert position.strip() in told
    assert "[red]Lê[/] :smile: Định" in told


def test_check_tells_every_problem_and_leaves_with_its_code(small_vote: Path) -> None:
    plan = small_vote / "plan.yaml"
    text = (
        plan.read_text(encoding="utf-8")
        .replace("NQ-96-2023-QH15", "NQ-69")
        .replace("unit: hdnd", "unit: hdn")
    )
    plan.write_text(text, encoding="utf-8")
    refused = phieu("--lang", "en", "check", "-w", small_vote)
    assert refused.exit_code == ExitCode.BAD_PLAN
    assert "there are 2 problems" in refused.output
    assert "plan.yaml, line 9" in refused.output
    assert "plan.yaml, line 13" in refused.output


def test_check_leaves_with_another_code_where_only_the_list_of_people_is_wrong(small_vote: Path) -> None:
    people = small_vote / "people.csv"
    people.write_text(people.read_text(encoding="utf-8").replace("position", "spare"), encoding="utf-8")
    refused = phieu("--lang", "en", "check", "-w", small_vote)
    assert refused.exit_code == ExitCode.BAD_PEOPLE
    assert "people.csv, line 1: The list has no column `position` (Chức vụ)." in refused.output


def test_a_folder_without_a_plan_is_no_workspace(tmp_path: Path) -> None:
    assert phieu("check", "-w", tmp_path).exit_code == ExitCode.BAD_WORKSPACE
