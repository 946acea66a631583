"""Closing, explaining and reopening from the terminal, as the chair does it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from phieu.count import review
from phieu.count.bundle import read_bundle
from phieu.count.desk import Desk
from phieu.errors import ExitCode

ROUND = "ky-hop-12"
CHAIR = "Trần Văn Trưởng"
Phieu = Callable[..., Result]


@pytest.fixture
def counted(desk: Desk, fake_page: Any) -> Desk:
    """Three ballots were issued and collected, two were read; of the other kind none was handed out."""
    desk.commit_batch("b1", 2, [fake_page("p0"), fake_page("p1", {"le-quang-dinh": "none"})], {})
    review.decide(desk, review.questions(desk)[0].id, "low", CHAIR)
    desk.set_figures(ROUND, "hdnd", CHAIR, issued=3, collected=3)
    desk.set_figures(ROUND, "ubnd", CHAIR, issued=0, collected=0)
    return desk


def explain(phieu: Phieu) -> Result:
    return phieu(
        "explain", f"{ROUND}/hdnd/collected-read", "--reason", "one is torn to pieces", "--by", CHAIR
    )


def test_a_difference_is_listed_blocks_closing_and_is_explained_by_name(phieu: Phieu, counted: Desk) -> None:
    listed = phieu("explain").stdout
    assert f"{ROUND}/hdnd/collected-read" in listed and "Not explained yet" in listed
    refused = phieu("close", ROUND, "--by", CHAIR)
    assert refused.exit_code == ExitCode.NOT_FINAL
    assert "3 were collected, but 2 were read" in refused.stderr
    assert f"phieu explain {ROUND}/hdnd/collected-read" in refused.stderr
    tally = phieu("tally").stdout
    assert "NOT FINAL" in tally and f"[{ROUND}/hdnd/collected-read]" in tally
    assert explain(phieu).exit_code == 0
    assert "Explained by Trần Văn Trưởng: one is torn to pieces" in phieu("explain").stdout
    assert "The round is final once it is closed" in phieu("tally").stdout


def test_a_closed_round_is_told_with_its_fingerprint_and_every_difference(
    phieu: Phieu, counted: Desk, vote: Path
) -> None:
    explain(phieu)
    closed = phieu("close", ROUND, "--by", CHAIR, "--by", "Lê Thị Thư Ký")
    assert closed.exit_code == 0
    bundle = read_bundle(vote / "results" / f"{ROUND}.bundle.json")
    again = phieu("close", ROUND, "--by", "Ai Khác")
    assert "was closed before" in again.stdout
    tally = phieu("tally", ROUND)
    for said in (closed.stdout, again.stdout, tally.stdout):
        assert f"Fingerprint: {bundle.fingerprint}" in said
        assert "closed by Trần Văn Trưởng, Lê Thị Thư Ký" in said
        assert "thu về 3, nhưng đọc được 2" in said and "one is torn to pieces" in said
    assert "names no quorum" in closed.stdout and counted.journal_head() in closed.stdout
    assert "as many ballots were read as were collected" not in tally.stdout.replace("not as many", "")
    assert json.loads(phieu("tally", "--json").stdout)["rounds"][0]["final"] is True
    assert phieu("verify").exit_code == 0


def test_what_a_closed_round_refuses_is_a_sentence_with_the_way_out(phieu: Phieu, counted: Desk) -> None:
    explain(phieu)
    phieu("close", ROUND, "--by", CHAIR)
    question = review.questions(counted)[0].id
    for command in (
        ("figures", ROUND, "hdnd", "--issued", "4", "--by", CHAIR),
        ("withdraw", "b1", "--reason", "a reason", "--by", CHAIR),
        ("decide", question, "high", "--by", CHAIR),
        ("decide", question, "--undo", "--by", CHAIR),
        ("read", "--batch", "b9", "--sheets", "1", str(counted.workspace.root / "people.csv")),
    ):
        refused = phieu(*command)
        assert refused.exit_code == ExitCode.USAGE
        assert f"Round {ROUND} is closed; nothing was changed." in refused.stderr
        assert f"phieu reopen {ROUND}" in refused.stderr


def test_reopening_tells_what_is_void_and_the_next_closing_what_it_corrects(
    phieu: Phieu, counted: Desk, vote: Path
) -> None:
    explain(phieu)
    phieu("close", ROUND, "--by", CHAIR)
    first = read_bundle(vote / "results" / f"{ROUND}.bundle.json")
    reopened = phieu("reopen", ROUND, "--reason", "the third ballot was found", "--by", CHAIR)
    assert reopened.exit_code == 0 and first.fingerprint in reopened.stdout
    assert "Take back the papers" in reopened.stdout and str(vote / "results" / "void") in reopened.stdout
    closed = phieu("close", ROUND, "--by", CHAIR)
    assert f"It corrects the results {first.sha256[:16]}: the third ballot was found" in closed.stdout
    assert phieu("reopen", ROUND, "--reason", "again").exit_code == ExitCode.USAGE


def test_nothing_differs_in_a_count_whose_figures_agree(phieu: Phieu, counted: Desk) -> None:
    phieu("figures", ROUND, "hdnd", "--issued", "2", "--collected", "2", "--by", CHAIR)
    assert phieu("explain").stdout.strip() == "No figures differ."
    assert "Before the round can be closed" not in phieu("tally").stdout
    assert "Difference:" not in phieu("close", ROUND, "--by", CHAIR).stdout


def test_a_rehearsal_is_closed_in_its_own_folder_and_says_so(phieu: Phieu, vote: Path, desk: Desk) -> None:
    for style in ("hdnd", "ubnd"):
        phieu("figures", ROUND, style, "--issued", "0", "--collected", "0", "--by", CHAIR, "--practice")
    closed = phieu("close", ROUND, "--by", CHAIR, "--practice")
    assert "PRACTICE" in closed.stdout and desk.bundle(ROUND) is None
    assert read_bundle(vote / "practice" / "results" / f"{ROUND}.bundle.json").practice
    assert not (vote / "results").exists()
    assert "PRACTICE" in phieu("reopen", ROUND, "--reason", "x", "--by", CHAIR, "--practice").stdout
