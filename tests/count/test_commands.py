"""The desk from the terminal: what is printed, and with which exit code the command leaves."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import text

from phieu import words
from phieu.count.desk import Desk
from phieu.errors import ExitCode
from phieu.ocr.reading import Outcome
from phieu.workspace import Workspace

ROUND = "ky-hop-12"
Phieu = Callable[..., Result]


@pytest.fixture
def counted(desk: Desk, fake_page: Any) -> Desk:
    """Two ballots in the count, and their figures."""
    desk.commit_batch("b1", 2, [fake_page("p0"), fake_page("p1", {"le-quang-dinh": "low"})], {})
    desk.set_figures(ROUND, "hdnd", "Lê Văn Tám", issued=2, collected=2)
    desk.set_figures(ROUND, "ubnd", "Lê Văn Tám", issued=0, collected=0)
    return desk


def test_the_tally_as_json_has_the_promised_shape(phieu: Phieu, counted: Desk) -> None:
    said = json.loads(phieu("tally", "--json").stdout)
    assert said["practice"] is False
    (a_round,) = said["rounds"]
    assert (a_round["id"], a_round["final"]) == (ROUND, True)
    style = a_round["ballots"][0]
    numbers = ("id", "issued", "collected", "read", "valid", "invalid", "undecided")
    assert [style[name] for name in numbers] == ["hdnd", 2, 2, 2, 2, 0, 0]
    row = style["contests"][1]
    assert row["id"] == "le-quang-dinh" and row["name"] == "Lê Quang Định"
    assert row["votes"] == {"high": 1, "confidence": 0, "low": 1}
    assert row["percent"] == {"high": "50.00", "confidence": "0.00", "low": "50.00"}
    assert (row["blank"], row["overvoted"], row["outcome"]) == (0, 0, "none")


def test_the_tally_in_words_says_final_or_why_not(phieu: Phieu, counted: Desk, fake_page: Any) -> None:
    assert "Final:" in phieu("tally").stdout
    counted.commit_batch("b2", 9, [fake_page("p5")], {})
    said = phieu("tally", ROUND).stdout
    assert "NOT FINAL" in said and "Batch b2 is staged" in said
    assert "CHƯA" in phieu("tally", lang="vi").stdout.upper()


def test_batches_are_listed_and_withdrawn(phieu: Phieu, counted: Desk) -> None:
    assert "in the count" in phieu("batches").stdout
    assert phieu("withdraw", "b1", "--reason", "wrong [bold]box", "--by", "<b>Tám</b>").exit_code == 0
    said = phieu("batches").stdout
    assert "withdrawn" in said and "wrong [bold]box (<b>Tám</b>)" in said
    assert phieu("withdraw", "b1", "--reason", "again", "--by", "Tám").exit_code == ExitCode.USAGE


def test_figures_are_recorded_printed_and_refused(phieu: Phieu, counted: Desk) -> None:
    told = phieu("figures", ROUND, "hdnd", "--present", "1", "--by", "Tám")
    assert told.exit_code == 0 and "More ballots were issued" in told.stdout
    refused = phieu("figures", ROUND, "hdnd", "--collected", "5", "--by", "Tám")
    assert refused.exit_code == ExitCode.BAD_ANSWER
    assert "collected 5 can't be more than issued 2" in refused.output
    assert phieu("figures", ROUND, "hdnd", "--issued", "-5", "--by", "Tám").exit_code == ExitCode.BAD_ANSWER
    assert (
        phieu("figures", "nowhere", "hdnd", "--issued", "5", "--by", "Tám").exit_code == ExitCode.BAD_ANSWER
    )
    assert phieu("tally", "nowhere").exit_code == ExitCode.BAD_ANSWER


def test_verify_leaves_with_broken_record_and_names_what_was_changed(phieu: Phieu, counted: Desk) -> None:
    sound = phieu("verify")
    assert sound.exit_code == 0 and counted.journal_head() in sound.stdout
    with counted.store.writing() as connection:
        connection.execute(text("UPDATE figures SET figures = replace(figures, '2', '3')"))
    broken = phieu("verify")
    assert broken.exit_code == ExitCode.BROKEN_RECORD
    assert "Figures 1" in broken.output


def test_a_file_that_is_no_database_is_a_sentence(phieu: Phieu, vote: Path) -> None:
    (vote / "phieu.db").write_bytes(b"no database at all " * 100)
    refused = phieu("batches")
    assert refused.exit_code == ExitCode.BAD_WORKSPACE
    assert "phieu.db can't be used" in refused.output


def test_a_plan_that_changed_after_counting_is_a_sentence(phieu: Phieu, counted: Desk, vote: Path) -> None:
    people = vote / "people.csv"
    people.write_text(
        people.read_text(encoding="utf-8").replace("Lê Quang Định", "Lê Quang Vinh"), encoding="utf-8"
    )
    refused = phieu("tally")
    assert refused.exit_code == ExitCode.BAD_PLAN
    assert "printed for other people" in refused.output


def test_reading_says_in_a_table_what_became_of_every_page(phieu: Phieu, tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "<i>empty</i>.pdf".replace("/", "-")).write_bytes(b"")
    (folder / "text.pdf").write_text("no pdf", encoding="utf-8")
    result = phieu("read", "--batch", "b1", "--sheets", "1", str(folder))
    assert result.exit_code == ExitCode.STAGED
    assert "the file is empty" in result.output and "<i>empty<-i>.pdf" in result.output
    assert "2 =" in result.output
    assert "0 sheets were found, but 1 were declared" in result.output
    assert phieu("read", "--batch", "../b1", "--sheets", "1", str(folder)).exit_code == ExitCode.USAGE
    assert phieu("read", "--batch", "b1", "--sheets", "0", str(folder)).exit_code == ExitCode.USAGE


def test_several_desks_at_once_count_every_page_once(
    either_database: str, vote: Path, fake_page: Any
) -> None:
    workspace = Workspace.open(vote)
    plan = workspace.plan()
    reports: list[Any] = []

    def take_in(batch: str) -> None:
        with words.spoken("en"), Desk.open(workspace, plan) as desk:
            reports.append(desk.commit_batch(batch, 4, [fake_page(f"p{n}") for n in range(4)], {}))

    with Desk.open(workspace, plan) as desk:
        threads = [threading.Thread(target=take_in, args=(f"b{n}",)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(reports) == 6
        assert sum(report.pages[Outcome.READ] for report in reports) == 4
        assert sum(report.state is None for report in reports) == 5
        assert desk.tally(ROUND).styles[0].read == 4
