"""The proof sheet."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import zxingcpp
from click.testing import CliRunner

from phieu.cli.forms import preview_command
from phieu.forms.proof import proof_sheet
from phieu.vote.plan import Contest


def test_every_row_is_labelled_with_name_and_options(
    a_vote: Callable[..., Any], text_of: Callable[..., Any]
) -> None:
    plan, a_round, style = a_vote(31)
    pages = text_of(proof_sheet(plan, a_round, (style,), practice=False))
    assert len(pages) == 2
    whole = " ".join(pages)
    for contest in style.contests:
        assert f"{contest.number}. {contest.name}" in whole
    # Once a row beside the picture, once in the head of each table within it.
    assert whole.count("Tín nhiệm thấp") >= 31


def test_html_in_a_name_is_text_on_the_proof_sheet(
    a_vote: Callable[..., Any], text_of: Callable[..., Any]
) -> None:
    plan, a_round, style = a_vote(contests=(Contest("nguoi-1", 1, "<b>Võ</b>", "x"),))
    (page,) = text_of(proof_sheet(plan, a_round, (style,), practice=False))
    assert "1. <b>Võ</b>" in page


def test_a_proof_sheet_bears_no_code_that_could_be_counted(
    a_vote: Callable[..., Any], pictures: Callable[..., Any]
) -> None:
    plan, a_round, style = a_vote(13)
    (page,) = pictures(proof_sheet(plan, a_round, (style,), practice=True), 400)
    assert zxingcpp.read_barcodes(page) == []


def test_the_command_writes_a_pdf_and_a_picture_a_page_and_freezes_nothing(small_vote: Path) -> None:
    done = CliRunner().invoke(preview_command, ["ky-hop-12", "-w", str(small_vote)])
    assert done.exit_code == 0, done.output
    assert [Path(line).name for line in done.output.split()] == [
        "preview-ky-hop-12.pdf",
        "preview-ky-hop-12-1.png",
        "preview-ky-hop-12-2.png",
    ]
    assert all(Path(line).stat().st_size > 1000 for line in done.output.split())
    assert not (small_vote / "forms").exists()
