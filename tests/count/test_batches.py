"""Batches: taken in, staged, replaced, withdrawn; duplicates; totals that add up. On both databases."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phieu.count.answer import AnswerError
from phieu.count.batches import BatchState
from phieu.count.desk import Desk, DeskError
from phieu.count.intake import AlreadyTaken, BatchNameError
from phieu.count.verify import verify
from phieu.errors import ExitCode
from phieu.ocr.reading import Outcome
from phieu.workspace import Workspace

ROUND = "ky-hop-12"


@pytest.fixture
def desk(either_database: str, vote: Path) -> Iterator[Desk]:
    workspace = Workspace.open(vote)
    with Desk.open(workspace, workspace.plan()) as desk:
        yield desk
        assert verify(desk) == []


def read(desk: Desk, style: str = "hdnd") -> int:
    styles = {one.id: one for one in desk.tally(ROUND).styles}
    return styles[style].read


def test_a_batch_with_as_many_sheets_as_declared_is_counted(desk: Desk, fake_page: Any) -> None:
    report = desk.commit_batch("b1", 3, [fake_page(f"p{n}") for n in range(3)], {})
    assert (report.state, report.sheets, report.exit_code) == (BatchState.TAKEN, 3, ExitCode.OK)
    assert read(desk) == 3
    high = desk.tally(ROUND).styles[0].contests[0].votes
    assert high == {"high": 3, "confidence": 0, "low": 0}


@pytest.mark.parametrize("declared", [2, 4])
def test_a_batch_with_other_sheets_than_declared_is_staged_and_not_counted(
    desk: Desk, fake_page: Any, declared: int
) -> None:
    report = desk.commit_batch("b1", declared, [fake_page(f"p{n}") for n in range(3)], {})
    assert (report.state, report.exit_code) == (BatchState.STAGED, ExitCode.STAGED)
    found, what_now = report.sentences
    assert found == f"3 sheets were found, but {declared} were declared."
    assert "b1 is NOT in the count" in what_now
    assert read(desk) == 0
    assert any("b1 is staged" in reason for reason in desk.tally(ROUND).open)


def test_a_staged_batch_is_replaced_by_reading_it_again(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 3, [fake_page("p0"), fake_page("p1")], {})
    report = desk.commit_batch("b1", 3, [fake_page(f"p{n}") for n in range(3)], {})
    assert report.state is BatchState.TAKEN
    assert read(desk) == 3
    assert [one.state for one in desk.batches()] == [BatchState.WITHDRAWN, BatchState.TAKEN]


def test_a_name_that_is_in_the_count_is_refused(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 1, [fake_page("p0")], {})
    with pytest.raises(AlreadyTaken) as refused:
        desk.commit_batch("b1", 1, [fake_page("p1")], {})
    assert refused.value.exit_code is ExitCode.DUPLICATE
    assert read(desk) == 1


def test_a_page_read_before_is_a_duplicate_and_says_where(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 2, [fake_page("p0"), fake_page("p1")], {})
    report = desk.commit_batch("b2", 1, [fake_page("p1"), fake_page("p2"), fake_page("p2")], {})
    assert report.state is BatchState.TAKEN
    assert report.pages[Outcome.DUPLICATE] == 2 and report.pages[Outcome.READ] == 1
    assert [line.sentence for line in report.lines] == [
        "read before, in batch b1; not counted again",
        "read before, as scan.pdf, page 1; not counted again",
    ]
    assert report.exit_code is ExitCode.DUPLICATE
    assert read(desk) == 3


def test_reading_everything_twice_keeps_nothing(desk: Desk, fake_page: Any) -> None:
    pages = [fake_page("p0"), fake_page("p1"), fake_page("empty", outcome=Outcome.BLANK)]
    desk.commit_batch("b1", 2, pages, {})
    before, head = desk.tally(ROUND), desk.journal_head()
    report = desk.commit_batch("b2", 2, pages, {})
    assert report.state is None and report.exit_code is ExitCode.DUPLICATE
    assert desk.tally(ROUND) == before and desk.journal_head() == head
    assert [one.name for one in desk.batches()] == ["b1"]


def test_a_withdrawn_batch_is_out_of_the_count_and_may_be_read_again(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 2, [fake_page("p0"), fake_page("p1")], {})
    desk.withdraw("b1", "the wrong box", "Lê Văn Tám")
    assert read(desk) == 0
    report = desk.commit_batch("b1", 2, [fake_page("p0"), fake_page("p1")], {})
    assert report.state is BatchState.TAKEN and report.pages[Outcome.DUPLICATE] == 0
    assert read(desk) == 2
    assert [(one.state, one.by) for one in desk.batches()] == [
        (BatchState.WITHDRAWN, "Lê Văn Tám"),
        (BatchState.TAKEN, ""),
    ]


def test_a_duplicate_whose_first_reading_was_withdrawn_can_be_read_anew(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 1, [fake_page("p0")], {})
    desk.commit_batch("b2", 1, [fake_page("p0"), fake_page("p1")], {})
    desk.withdraw("b1", "rescanned", "Lê Văn Tám")
    assert desk.commit_batch("b3", 1, [fake_page("p0")], {}).state is BatchState.TAKEN
    assert read(desk) == 2


def test_withdrawing_needs_a_batch_a_reason_and_a_name(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 1, [fake_page("p0")], {})
    for batch, reason, by, error in (
        ("b9", "why", "who", DeskError),
        ("b1", "  ", "who", AnswerError),
        ("b1", "why", "\t", AnswerError),
    ):
        with pytest.raises(error):
            desk.withdraw(batch, reason, by)
    assert read(desk) == 1


@pytest.mark.parametrize("name", ["", "..", "../up", "a/b", "a\\b", "hộp 1", "-x", "a\n", "x" * 61])
def test_a_batch_name_that_could_be_a_path_is_refused(desk: Desk, fake_page: Any, name: str) -> None:
    with pytest.raises(BatchNameError):
        desk.commit_batch(name, 1, [fake_page("p0")], {})


@pytest.mark.parametrize("sheets", [0, -5])
def test_a_batch_of_no_sheets_is_refused(desk: Desk, fake_page: Any, sheets: int) -> None:
    with pytest.raises(BatchNameError):
        desk.commit_batch("b1", sheets, [fake_page("p0")], {})


def test_every_page_ends_in_one_outcome_and_the_gravest_is_the_exit_code(desk: Desk, fake_page: Any) -> None:
    pages = [
        fake_page("p0"),
        fake_page("p0"),
        fake_page("empty", outcome=Outcome.BLANK),
        fake_page("separator", outcome=Outcome.SEPARATOR),
        fake_page("cat", outcome=Outcome.REVIEW),
        fake_page("other", outcome=Outcome.NOT_OURS),
        fake_page("broken", outcome=Outcome.UNREADABLE),
    ]
    report = desk.commit_batch("b1", 2, pages, {})
    assert report.given == len(pages) and set(report.pages.values()) == {1}
    assert report.state is BatchState.TAKEN and report.sheets == 2
    assert report.exit_code is ExitCode.NOT_OURS
    assert len(report.lines) == 6


def test_two_desks_on_one_count_never_take_the_same_page_twice(desk: Desk, fake_page: Any) -> None:
    with Desk.open(desk.workspace, desk.plan) as other:
        desk.commit_batch("b1", 2, [fake_page("p0"), fake_page("p1")], {})
        report = other.commit_batch("b2", 1, [fake_page("p1"), fake_page("p2")], {})
        assert report.pages[Outcome.DUPLICATE] == 1
        assert other.tally(ROUND) == desk.tally(ROUND)


def test_practice_and_real_never_share_a_table(desk: Desk, vote: Path, fake_page: Any) -> None:
    desk.commit_batch("b1", 1, [fake_page("p0")], {})
    workspace = Workspace.open(vote, practice=True)
    with Desk.open(workspace, workspace.plan()) as rehearsal:
        assert rehearsal.batches() == ()
        assert rehearsal.printed() == {}
