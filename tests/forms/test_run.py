"""Print runs, and which form belongs to which ballot style."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from click.testing import CliRunner

from phieu.cli.forms import preview_command, print_command, separator_command
from phieu.errors import PhieuError
from phieu.forms import run
from phieu.forms.code import Kind, decode
from phieu.forms.form import FormError
from phieu.workspace import Workspace

NO_ROWS = json.dumps(
    {"AAAAAAAA": {"round": "a", "style": "b", "practice": False, "sha256": "", "source": "", "rows": [["c"]]}}
)


def edit_people(folder: Path, old: str, new: str) -> None:
    people = folder / "people.csv"
    people.write_text(people.read_text("utf-8").replace(old, new), "utf-8")


@pytest.fixture
def workspace(small_vote: Path) -> Workspace:
    return Workspace.open(small_vote)


def frozen(workspace: Workspace, style: str = "ubnd", practice: bool = False, refreeze: bool = False) -> Any:
    a_round = run.named_round(workspace.plan(), "ky-hop-12")
    return run.frozen_form(workspace, a_round, run.named_style(a_round, style), practice, refreeze)


def printed(workspace: Workspace, copies: int, practice: bool = False) -> run.PrintRun:
    a_round = run.named_round(workspace.plan(), "ky-hop-12")
    return run.print_run(workspace, a_round, run.named_style(a_round, "ubnd"), copies, practice)


def test_a_form_is_frozen_once_and_used_from_then_on(workspace: Workspace) -> None:
    first = frozen(workspace)
    files = {path: path.read_bytes() for path in workspace.forms.iterdir()}
    assert frozen(workspace) == first
    assert files == {path: path.read_bytes() for path in workspace.forms.iterdir()}
    (entry,) = run.forms_index(workspace).values()
    assert (entry.round, entry.style, entry.practice, entry.sha256) == (
        "ky-hop-12",
        "ubnd",
        False,
        first.form.sha256,
    )


def test_each_style_and_practice_has_a_form_of_its_own(workspace: Workspace) -> None:
    forms = [frozen(workspace, style, practice) for style in ("hdnd", "ubnd") for practice in (False, True)]
    assert len({form.form.id for form in forms}) == 4
    assert set(run.frozen_forms(workspace)) == {form.form.id for form in forms}
    assert set(run.frozen_forms(workspace, practice=True)) == {
        form.form.id for form in forms if form.form.practice
    }


def test_a_plan_changed_after_freezing_is_an_error_until_a_new_form_is_wanted(workspace: Workspace) -> None:
    old = frozen(workspace).form.id
    edit_people(workspace.root, "Võ Minh Đăng", "Võ Minh Đẳng")
    with pytest.raises(FormError, match=old) as caught:
        frozen(workspace)
    assert "--refreeze" in caught.value.hint
    new = frozen(workspace, refreeze=True).form.id
    assert new != old
    assert set(run.forms_index(workspace)) == {new}
    assert frozen(workspace).form.id == new


def test_no_form_is_retired_once_batches_were_read(workspace: Workspace) -> None:
    old = frozen(workspace).form.id
    (workspace.scans / "hall-1").mkdir(parents=True)
    edit_people(workspace.root, "Võ Minh Đăng", "Võ Minh Đẳng")
    with pytest.raises(FormError):
        frozen(workspace, refreeze=True)
    assert set(run.forms_index(workspace)) == {old}


def test_refreezing_an_unchanged_plan_keeps_the_form(workspace: Workspace) -> None:
    assert frozen(workspace).form.id == frozen(workspace, refreeze=True).form.id


def test_a_plan_changed_back_makes_the_old_form_again(workspace: Workspace) -> None:
    old = frozen(workspace)
    edit_people(workspace.root, "Võ Minh Đăng", "Võ Minh Đẳng")
    frozen(workspace, refreeze=True)
    edit_people(workspace.root, "Võ Minh Đẳng", "Võ Minh Đăng")
    assert frozen(workspace, refreeze=True) == old


def test_two_rounds_whose_ballots_look_the_same_are_refused(workspace: Workspace) -> None:
    frozen(workspace)
    a_round = run.named_round(workspace.plan(), "ky-hop-12")
    again = replace(a_round, id="ky-hop-13")
    with pytest.raises(FormError, match=r"ky-hop-12 ubnd.*ky-hop-13 ubnd"):
        run.frozen_form(workspace, again, run.named_style(again, "ubnd"), practice=False)
    other = replace(again, title="Lấy phiếu tín nhiệm lần thứ hai")
    run.frozen_form(workspace, other, run.named_style(other, "ubnd"), practice=False)
    assert [entry.round for entry in run.forms_index(workspace).values()].count("ky-hop-12") == 1


def test_a_form_exchanged_for_another_is_refused(workspace: Workspace) -> None:
    one, other = frozen(workspace, "hdnd"), frozen(workspace, "ubnd")
    for ending in ("json", "pdf"):
        source = workspace.forms / f"{other.form.id}.{ending}"
        (workspace.forms / f"{one.form.id}.{ending}").write_bytes(source.read_bytes())
    with pytest.raises(FormError, match=one.form.id):
        frozen(workspace, "hdnd")
    with pytest.raises(FormError, match=one.form.id):
        run.frozen_forms(workspace)


def test_who_stands_in_which_row_is_kept_with_the_form(workspace: Workspace) -> None:
    frozen(workspace)
    (entry,) = run.forms_index(workspace).values()
    style = run.named_style(run.named_round(workspace.plan(), "ky-hop-12"), "ubnd")
    assert entry.rows == run.printed_rows(style)
    assert [row[2] for row in entry.rows] == [contest.name for contest in style.contests]


@pytest.mark.parametrize("content", ["", "[]", '{"AAAAAAAA": {}}', '{"AAAAAAAA": 1}', "null", NO_ROWS])
def test_a_broken_index_is_named(content: str, workspace: Workspace) -> None:
    workspace.forms.mkdir()
    (workspace.forms / "index.json").write_text(content)
    with pytest.raises(FormError, match=r"index\.json"):
        frozen(workspace)


def test_a_print_run_holds_the_ballots_their_sheet_and_what_they_are(workspace: Workspace) -> None:
    made = printed(workspace, 81)
    assert made.name == "ky-hop-12-ubnd-001"
    with pikepdf.open(made.pdf) as ballots:
        assert len(ballots.pages) == 81
    record = json.loads((workspace.print / f"{made.name}.json").read_text("utf-8"))
    assert record["copies"] == 81
    assert record["sha256"] == frozen(workspace).form.sha256
    assert (workspace.print / record["sheet"]).is_file()
    assert str(workspace.root) not in json.dumps(record)


def test_runs_are_numbered_and_never_overwritten(workspace: Workspace) -> None:
    first = printed(workspace, 2)
    kept = first.pdf.read_bytes()
    second = printed(workspace, 3)
    assert second.name == "ky-hop-12-ubnd-002"
    assert first.pdf.read_bytes() == kept
    assert first.form == second.form


def test_practice_runs_lie_apart(workspace: Workspace) -> None:
    made = printed(workspace, 2, practice=True)
    assert made.pdf.parent == workspace.root / "practice" / "print"
    assert not workspace.print.exists()


@pytest.mark.parametrize("copies", [0, -5, 100_001])
def test_a_number_of_ballots_that_can_t_be_is_refused(copies: int, workspace: Workspace) -> None:
    with pytest.raises(run.CopiesError, match=str(copies)):
        printed(workspace, copies)
    assert not workspace.print.exists()
    assert not workspace.forms.exists()


def test_the_run_sheet_says_all_and_its_ruler_measures_100_mm(
    workspace: Workspace, text_of: Callable[..., Any], pictures: Callable[..., Any]
) -> None:
    made = printed(workspace, 81)
    (text,) = text_of(made.sheet.read_bytes())
    assert made.name in text and "81" in text and made.form in text
    assert made.sha256 in text.replace(" ", "")
    assert "100 mm" in text
    (page,) = pictures(made.sheet.read_bytes(), 300)
    # The ruler is the one unbroken dark line that is 100 mm long.
    longest = [0, 0]
    for row in page < 128:
        edges = np.flatnonzero(np.diff(np.concatenate(([0], row.astype(np.int8), [0]))))
        longest += [int(end - start) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    assert any(abs(length / (300 / 25.4) - 100) < 0.3 for length in longest)


def test_the_run_sheet_bears_no_code_that_could_be_counted(
    workspace: Workspace, pictures: Callable[..., Any]
) -> None:
    import zxingcpp

    (page,) = pictures(printed(workspace, 2).sheet.read_bytes(), 400)
    assert zxingcpp.read_barcodes(page) == []


def test_the_command_prints_every_style_of_a_round(small_vote: Path) -> None:
    done = CliRunner().invoke(print_command, ["ky-hop-12", "-n", "5", "-w", str(small_vote)])
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (small_vote / "print").glob("*.pdf")) == [
        "ky-hop-12-hdnd-001-sheet.pdf",
        "ky-hop-12-hdnd-001.pdf",
        "ky-hop-12-ubnd-001-sheet.pdf",
        "ky-hop-12-ubnd-001.pdf",
    ]


@pytest.mark.parametrize(
    ("command", "arguments", "known"),
    [
        (print_command, ["ky-hop-13", "-n", "5"], "ky-hop-12"),
        (print_command, ["ky-hop-12", "xyz", "-n", "5"], "hdnd, ubnd"),
        (preview_command, ["ky-hop-13"], "ky-hop-12"),
        (preview_command, ["ky-hop-12", "xyz"], "hdnd, ubnd"),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(
    command: Any, arguments: list[str], known: str, small_vote: Path
) -> None:
    done = CliRunner().invoke(command, [*arguments, "-w", str(small_vote)])
    assert isinstance(done.exception, PhieuError)
    assert known in done.exception.hint


def test_the_separator_bears_the_batch_in_words_and_code(
    small_vote: Path, text_of: Callable[..., Any], pictures: Callable[..., Any]
) -> None:
    import zxingcpp

    from phieu.forms.separator import batch_id

    name = "../Tổ <b>1</b>"
    done = CliRunner().invoke(separator_command, [name, "--sheets", "27", "-w", str(small_vote)])
    assert done.exit_code == 0, done.output
    path = Path(done.output.strip())
    assert path.parent == small_vote / "print"
    assert name in text_of(path.read_bytes())[0]
    (page,) = pictures(path.read_bytes(), 200)
    (found,) = zxingcpp.read_barcodes(page)
    code = decode(found.text)
    assert (code.kind, code.form) == (Kind.SEPARATOR, batch_id(name))
    assert batch_id("Tổ 1") == batch_id("Tô\u0309 1 ") != batch_id("Tổ 2")


@pytest.mark.parametrize("arguments", [["Tổ 1", "--sheets", "0"], ["  ", "--sheets", "3"]])
def test_a_batch_without_name_or_sheets_gets_no_separator(arguments: list[str], small_vote: Path) -> None:
    done = CliRunner().invoke(separator_command, [*arguments, "-w", str(small_vote)])
    assert isinstance(done.exception, PhieuError)


def test_a_name_of_any_length_stays_on_the_separators_one_page() -> None:
    from phieu.forms.separator import separator_pdf

    for name in ("A", "Tổ kiểm phiếu số 1, Hội trường Ủy ban nhân dân tỉnh " * 3, "x" * 200):
        with pikepdf.open(io.BytesIO(separator_pdf(name, 1000))) as document:
            assert len(document.pages) == 1
