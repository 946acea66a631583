"""Closing, explaining and reopening a round: what they need, what they refuse, what they leave."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phieu.count import review
from phieu.count.bundle import read_bundle
from phieu.count.desk import Desk
from phieu.count.verify import verify
from phieu.workspace import Workspace

ROUND = "ky-hop-12"
CHAIR = "Trần Văn Trưởng"
CONTEST = "le-quang-dinh"


@pytest.fixture
def counted(either_database: str, vote: Path, fake_page: Any) -> Iterator[Desk]:
    """A count in which nothing is open any more: three ballots of one kind, one of the other."""
    workspace = Workspace.open(vote)
    with Desk.open(workspace, workspace.plan()) as desk:
        fill(desk, fake_page)
        yield desk


def fill(desk: Desk, fake_page: Any) -> None:
    pages = [fake_page("p0"), fake_page("p1", {CONTEST: "low"}), fake_page("p2", {CONTEST: "none"})]
    desk.commit_batch("b1", 3, pages, {})
    desk.commit_batch("b2", 1, [fake_page("q0", style="ubnd")], {})
    (question,) = review.questions(desk)
    review.decide(desk, question.id, "blank", "Lê Văn Tám")
    desk.set_figures(ROUND, "hdnd", CHAIR, issued=3, collected=3)
    desk.set_figures(ROUND, "ubnd", CHAIR, issued=1, collected=1)


def file_of(desk: Desk) -> Path:
    return desk.workspace.results / f"{ROUND}.bundle.json"


def test_a_closed_round_is_a_file_with_its_hash_beside_it_and_the_same_tally(counted: Desk) -> None:
    before = counted.tally(ROUND)
    bundle = counted.close(ROUND, [CHAIR, "Lê Thị Thư Ký", CHAIR])
    assert read_bundle(file_of(counted)) == bundle == counted.bundle(ROUND)
    sums = file_of(counted).with_name(f"{ROUND}.bundle.json.sha256").read_text(encoding="ascii")
    assert sums == f"{bundle.sha256}  {ROUND}.bundle.json\n"
    assert bundle.tally == before == counted.tally(ROUND)
    assert bundle.closed_by == (CHAIR, "Lê Thị Thư Ký")
    assert bundle.decided["row"] == 1 and bundle.explained == () and bundle.corrects == ""
    assert verify(counted) == []


def test_closing_again_changes_nothing_and_writes_a_lost_file_again(counted: Desk) -> None:
    bundle = counted.close(ROUND, [CHAIR])
    head = counted.journal_head()
    shutil.rmtree(counted.workspace.results)
    assert any("is missing" in problem for problem in verify(counted))
    assert counted.close(ROUND, ["Ai Khác"]).fingerprint == bundle.fingerprint
    assert read_bundle(file_of(counted)) == bundle
    file_of(counted).write_bytes(file_of(counted).read_bytes().replace(b'"high":3', b'"high":2'))
    assert any("is not what was closed" in problem for problem in verify(counted))
    counted.close(ROUND, [CHAIR])
    assert counted.journal_head() == head and verify(counted) == []


def test_killed_between_the_journal_and_the_file_a_round_is_closed_and_the_file_comes_later(
    counted: Desk,
) -> None:
    counted.workspace.results.parent.mkdir(exist_ok=True)
    counted.workspace.results.write_text("in the way", encoding="utf-8")
    with pytest.raises(Exception, match="is closed, but"):
        counted.close(ROUND, [CHAIR])
    bundle = counted.bundle(ROUND)
    assert bundle is not None
    counted.workspace.results.unlink()
    assert counted.close(ROUND, [CHAIR]) == bundle == read_bundle(file_of(counted))
