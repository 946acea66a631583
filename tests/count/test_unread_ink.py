"""A page that was not read: nothing looked for ink in its names and margins, so people are asked about it."""

from typing import Any

from phieu.count import review
from phieu.count.desk import Desk
from phieu.count.question import NAMES, Question, QuestionKind
from phieu.count.verify import verify
from phieu.count.web.shown import shown
from phieu.ocr.reading import Outcome

BY = "Lê Văn Tám"


def rows(desk: Desk) -> dict[str, Question]:
    return {str(q.contest): q for q in review.questions(desk) if q.kind is QuestionKind.ROW}


def page(desk: Desk) -> Question:
    (found,) = (q for q in review.questions(desk) if q.kind is QuestionKind.PAGE)
    return found


def ink(desk: Desk) -> dict[str | None, Question]:
    return {q.contest: q for q in review.questions(desk) if q.kind is QuestionKind.STRAY}


def placed(desk: Desk, fake_page: Any) -> Question:
    """Hand in a page for review, let people place it and decide its rows; return what is left."""
    desk.commit_batch("b1", 1, [fake_page("torn", outcome=Outcome.REVIEW)], {})
    review.decide(desk, page(desk).id, page(desk).answers[0], BY)
    for question in rows(desk).values():
        review.decide(desk, question.id, "high", BY)
    return ink(desk)[None]


def test_of_a_page_that_was_not_read_it_is_asked_whether_there_is_other_ink(
    desk: Desk, fake_page: Any
) -> None:
    question = placed(desk, fake_page)
    style = desk.tally("ky-hop-12").styles[0]
    assert (style.undecided, style.valid, style.invalid) == (1, 0, 0)
    assert [contest.votes["high"] for contest in style.contests] == [0] * len(style.contests)
    assert shown(question, desk.plan).asked.startswith("Is there ink outside the boxes")
    assert review.shown_box(desk, question) is None
    answers = desk.plan.round("ky-hop-12").rules.stray
    assert question.answers == (*(one.answer for one in answers if one.spoils != "row"), NAMES)
    for one in (one for one in answers if one.spoils != "row"):
        review.decide(desk, question.id, one.answer, BY)
        style = desk.tally("ky-hop-12").styles[0]
        assert (style.undecided, style.invalid) == (0, int(one.spoils == "ballot"))
    assert verify(desk) == []


def test_a_name_struck_on_a_page_that_was_not_read_is_asked_row_by_row(desk: Desk, fake_page: Any) -> None:
    question = placed(desk, fake_page)
    review.decide(desk, question.id, NAMES, BY)
    asked = [q for q in review.questions(desk) if q.kind is QuestionKind.STRAY and q.open]
    assert {q.contest for q in asked} == {None, *rows(desk)}
    struck = "le-quang-dinh"
    for one in asked:
        assert desk.tally("ky-hop-12").styles[0].undecided == 1
        review.decide(desk, one.id, "name_struck" if one.contest == struck else "ignore", BY)
    style = desk.tally("ky-hop-12").styles[0]
    assert (style.undecided, style.invalid) == (0, 0)
    assert {contest.id: contest.spoiled for contest in style.contests} == {
        contest.id: int(contest.id == struck) for contest in style.contests
    }
    assert verify(desk) == []
