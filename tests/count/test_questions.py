"""The row rule, ink in name cells, pages for review; answers, undo, and what they do to the tally."""

from typing import Any

import pytest

from phieu.count import review
from phieu.count.answer import AnsweredMeanwhile, AnswerError
from phieu.count.desk import Desk
from phieu.count.question import NOT_BALLOT, Question, QuestionKind
from phieu.count.verify import verify
from phieu.errors import ExitCode
from phieu.ocr.reading import Outcome
from phieu.vote.tally import ContestTally

ROUND = "ky-hop-12"
FIRST, SECOND, THIRD = "tran-thi-mai-huong", "le-quang-dinh", "pham-ngoc-thuy"


def only_question(desk: Desk) -> Question:
    (question,) = review.questions(desk)
    return question


def contest(desk: Desk, contest_id: str) -> ContestTally:
    return {one.id: one for style in desk.tally(ROUND).styles for one in style.contests}[contest_id]


def test_a_row_with_exactly_one_clear_mark_is_never_asked_about(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 1, [fake_page("p0", {FIRST: "low"})], {})
    assert review.questions(desk) == ()
    assert contest(desk, FIRST).votes == {"high": 0, "confidence": 0, "low": 1}


@pytest.mark.parametrize(
    ("marks", "machine"), [("none", "blank"), (("high", "low"), "overvoted"), ("?", "undecided")]
)
def test_a_row_without_exactly_one_clear_mark_is_never_settled_by_the_machine(
    desk: Desk, fake_page: Any, marks: Any, machine: str
) -> None:
    desk.commit_batch("b1", 1, [fake_page("p0", {SECOND: marks})], {})
    question = only_question(desk)
    assert (question.kind, question.contest, question.machine) == (QuestionKind.ROW, SECOND, machine)
    assert question.name == "Lê Quang Định" and next(seen.option for seen in question.seen) == "high"
    assert contest(desk, SECOND).undecided == 1
    assert any("1 question waits" in reason for reason in desk.tally(ROUND).open)


@pytest.mark.parametrize("answer", ["high", "confidence", "low", "blank", "overvoted"])
def test_an_answer_counts_and_the_machines_view_stays_beside_it(
    desk: Desk, fake_page: Any, answer: str
) -> None:
    desk.commit_batch("b1", 1, [fake_page("p0", {SECOND: "none"})], {})
    decided = review.decide(desk, only_question(desk).id, answer, "Lê Văn Tám")
    assert (decided.answer, decided.by, decided.machine) == (answer, "Lê Văn Tám", "blank")
    row = contest(desk, SECOND)
    assert {**row.votes, "blank": row.blank, "overvoted": row.overvoted}[answer] == 1
    assert row.undecided == 0
    assert verify(desk) == []


def test_undo_opens_a_question_again_and_nothing_is_deleted(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 1, [fake_page("p0", {SECOND: "none"})], {})
    question = only_question(desk)
    review.decide(desk, question.id, "low", "Lê Văn Tám")
    head = desk.journal_head()
    assert review.undo(desk, question.id, "Hồ Thị Chín") == question
    assert contest(desk, SECOND).undecided == 1
    assert desk.journal_head() != head
    review.decide(desk, question.id, "high", "Hồ Thị Chín")
    assert contest(desk, SECOND).votes["high"] == 1
    assert verify(desk) == []


@pytest.mark.parametrize(
    ("answer", "by"),
    [
        ("maybe", "Lê Văn Tám"),
        ("", "Lê Văn Tám"),
        ("undecided", "Lê Văn Tám"),
        ("low", " "),
        ("low", "x" * 201),
    ],
)
def test_a_wrong_answer_or_an_empty_name_changes_nothing(
    desk: Desk, fake_page: Any, answer: str, by: str
) -> None:
    desk.commit_batch("b1", 1, [fake_page("p0", {SECOND: "none"})], {})
    question, head = only_question(desk), desk.journal_head()
    with pytest.raises(AnswerError) as refused:
        review.decide(desk, question.id, answer, by)
    assert refused.value.exit_code is ExitCode.BAD_ANSWER
    assert (only_question(desk), desk.journal_head()) == (question, head)


def test_a_question_that_does_not_exist_can_be_neither_answered_nor_undone(
    desk: Desk, fake_page: Any
) -> None:
    with pytest.raises(AnswerError):
        review.decide(desk, "no-such-id", "low", "Lê Văn Tám")
    desk.commit_batch("b1", 1, [fake_page("p0", {SECOND: "none"})], {})
    with pytest.raises(AnswerError):
        review.undo(desk, only_question(desk).id, "Lê Văn Tám")


def test_two_people_never_overwrite_each_other_unseen(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 1, [fake_page("p0", {SECOND: "none"})], {})
    shown = only_question(desk)
    first = review.decide(desk, shown.id, "low", "Lê Văn Tám", seen=shown.decision)
    with pytest.raises(AnsweredMeanwhile):
        review.decide(desk, shown.id, "high", "Hồ Thị Chín", seen=shown.decision)
    with pytest.raises(AnsweredMeanwhile):
        review.undo(desk, shown.id, "Hồ Thị Chín", seen=shown.decision)
    assert only_question(desk) == first
    assert review.decide(desk, shown.id, "high", "Hồ Thị Chín", seen=first.decision).answer == "high"


def test_html_in_a_name_is_kept_as_it_is(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 1, [fake_page("p0", {SECOND: "none"})], {})
    by = "<script>alert('Tám')</script>"
    assert review.decide(desk, only_question(desk).id, "low", by).by == by
    assert verify(desk) == []


def test_questions_keep_their_ids_and_answers_when_a_batch_is_read_again(desk: Desk, fake_page: Any) -> None:
    pages = [fake_page(f"p{n}", {SECOND: "none", THIRD: "?"}) for n in range(3)]
    desk.commit_batch("b1", 3, pages, {})
    before = review.questions(desk)
    review.decide(desk, before[0].id, "low", "Lê Văn Tám")
    tally = desk.tally(ROUND)
    desk.withdraw("b1", "rescanned", "Lê Văn Tám")
    assert review.questions(desk) == ()
    desk.commit_batch("b2", 3, list(reversed(pages)), {})
    assert [one.id for one in review.questions(desk)] == sorted(one.id for one in before)
    assert desk.tally(ROUND) == tally


def test_ink_in_a_name_cell_is_asked_about_with_what_the_rule_set_offers(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 1, [fake_page("p0", stray=[THIRD])], {})
    question = only_question(desk)
    assert (question.kind, question.contest) == (QuestionKind.STRAY, THIRD)
    rules = desk.plan.round(ROUND).rules
    assert question.answers == tuple(rule.answer for rule in rules.stray)
    for rule in rules.stray:
        review.decide(desk, question.id, rule.answer, "Lê Văn Tám")
        style, row = desk.tally(ROUND).styles[0], contest(desk, THIRD)
        assert (style.invalid, row.spoiled) == (rule.spoils == "ballot", int(rule.spoils == "row"))


def test_a_page_for_review_is_first_asked_which_it_is_and_then_row_by_row(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 2, [fake_page("p0"), fake_page("torn", outcome=Outcome.REVIEW)], {})
    question = only_question(desk)
    assert question.kind is QuestionKind.PAGE and question.machine == "undecided"
    assert question.answers == (f"{ROUND}.hdnd.1", f"{ROUND}.ubnd.1", NOT_BALLOT)
    assert any("1 page is for review" in reason for reason in desk.tally(ROUND).open)
    review.decide(desk, question.id, f"{ROUND}.hdnd.1", "Lê Văn Tám")
    rows = [one for one in review.questions(desk) if one.kind is QuestionKind.ROW]
    assert {one.contest for one in rows} == {FIRST, SECOND, THIRD} and all(one.seen == () for one in rows)
    for row in rows:
        review.decide(desk, row.id, "low", "Lê Văn Tám")
    assert contest(desk, FIRST).votes == {"high": 1, "confidence": 0, "low": 0}
    (ink,) = (one for one in review.questions(desk) if one.open)
    review.decide(desk, ink.id, "ignore", "Lê Văn Tám")
    assert contest(desk, FIRST).votes == {"high": 1, "confidence": 0, "low": 1}
    assert desk.tally(ROUND).styles[0].read == 2
    assert verify(desk) == []


def test_a_page_set_aside_leaves_the_count_in_the_open(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 2, [fake_page("p0"), fake_page("cat", outcome=Outcome.REVIEW)], {})
    desk.set_figures(ROUND, "hdnd", "Lê Văn Tám", issued=2, collected=2)
    desk.set_figures(ROUND, "ubnd", "Lê Văn Tám", issued=0, collected=0)
    review.decide(desk, only_question(desk).id, NOT_BALLOT, "Lê Văn Tám")
    assert desk.tally(ROUND).open == ("Ballot hdnd: 2 were collected, but 1 were read.",)


def test_an_answer_for_a_page_that_was_taken_back_takes_its_rows_out_again(
    desk: Desk, fake_page: Any
) -> None:
    desk.commit_batch("b1", 1, [fake_page("torn", outcome=Outcome.REVIEW)], {})
    question = only_question(desk)
    review.decide(desk, question.id, f"{ROUND}.ubnd.1", "Lê Văn Tám")
    assert len(review.questions(desk)) == 6
    review.undo(desk, question.id, "Lê Văn Tám")
    assert review.questions(desk) == (question,)


def test_a_staged_batch_asks_nothing(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 9, [fake_page("p0", {SECOND: "none"})], {})
    assert review.questions(desk) == ()
