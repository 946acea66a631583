"""Which ballot a page is, said by people: corrected at any time, and never at the cost of a decided mark."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from phieu.count import review
from phieu.count.ballots import CountedPage, Decision, Printed, page_answer
from phieu.count.counted import count
from phieu.count.desk import Desk
from phieu.count.question import NOT_BALLOT, Question, QuestionKind
from phieu.count.verify import verify
from phieu.ocr.reading import FieldReading, Outcome, PageReading, State
from phieu.vote.tally import UNDECIDED, BallotVotes

BY = "Lê Văn Tám"


def rows(desk: Desk) -> dict[str, Question]:
    return {str(q.contest): q for q in review.questions(desk) if q.kind is QuestionKind.ROW}


def page(desk: Desk) -> Question:
    (found,) = (q for q in review.questions(desk) if q.kind is QuestionKind.PAGE)
    return found


def test_correcting_what_a_page_is_never_changes_a_mark_that_people_decided(
    desk: Desk, fake_page: Any
) -> None:
    desk.commit_batch("b1", 1, [fake_page("torn", outcome=Outcome.REVIEW)], {})
    first, second = (answer for answer in page(desk).answers if answer != NOT_BALLOT)
    review.decide(desk, page(desk).id, first, BY)
    decided = {}
    for number, (contest, question) in enumerate(rows(desk).items()):
        decided[contest] = ("high", "low", "blank")[number % 3]
        review.decide(desk, question.id, decided[contest], BY)
    # Taken for another ballot: what was decided of the first one's rows is kept, not carried over.
    review.decide(desk, page(desk).id, second, BY)
    others = rows(desk)
    assert not set(others) & set(decided)
    assert all(question.open for question in others.values())
    for question in others.values():
        review.decide(desk, question.id, "confidence", BY)
    review.decide(desk, page(desk).id, NOT_BALLOT, BY)
    assert rows(desk) == {}
    review.decide(desk, page(desk).id, first, BY)
    assert {contest: question.answer for contest, question in rows(desk).items()} == decided
    review.decide(desk, page(desk).id, second, BY)
    assert {question.answer for question in rows(desk).values()} == {"confidence"}
    review.undo(desk, page(desk).id, BY)
    review.decide(desk, page(desk).id, first, BY)
    assert {contest: question.answer for contest, question in rows(desk).items()} == decided
    assert verify(desk) == []


def test_a_page_that_says_what_it_is_is_not_for_people_to_say(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 1, [fake_page("p0", {"tran-thi-mai-huong": "?"})], {})
    assert {question.kind for question in review.questions(desk)} == {QuestionKind.ROW}


@pytest.fixture
def two_sided(desk: Desk) -> Printed:
    """A ballot whose last row stands on its back."""
    printed = next(one for one in desk.printed().values() if one.style.id == "hdnd")
    last = printed.form.fields[-1].contest
    fields = tuple(replace(f, page=2) if f.contest == last else f for f in printed.form.fields)
    return replace(printed, form=replace(printed.form, pages=2, fields=fields))


def side(name: str, printed: Printed, number: int | None) -> CountedPage:
    """A page of the ballot with the first box of each row marked; one that says nothing without a number."""
    key = hashlib.sha256(name.encode()).hexdigest()
    if number is None:
        return CountedPage(key, "sheet", PageReading(name, 0, key, Outcome.REVIEW, notes=("no_code",)))
    fields = tuple(
        FieldReading(f.contest, f.option, State.MARKED if f.option == "high" else State.EMPTY, 0.2, "strong")
        for f in printed.form.fields
        if f.page == number
    )
    reading = PageReading(name, 0, key, Outcome.READ, printed.form.id, number, fields=fields)
    return CountedPage(key, "sheet", reading)


def single(
    pages: Sequence[CountedPage], printed: Mapping[str, Printed], decisions: Mapping[str, Decision]
) -> list[BallotVotes]:
    """The votes of each ballot."""
    found: list[BallotVotes] = []
    count(pages, printed, decisions, each=lambda _style, votes: found.append(votes))
    return found


@pytest.mark.parametrize("known", [1, 2])
def test_the_side_that_does_not_say_what_it_is_can_only_be_the_other_one(
    two_sided: Printed, known: int
) -> None:
    printed = {two_sided.form.id: two_sided}
    pages = [side("read", two_sided, known), side("torn", two_sided, None)]
    counted = count(pages, printed, {})
    (question,) = (q for q in counted.questions if q.kind is QuestionKind.PAGE)
    other = page_answer(two_sided, 3 - known)
    assert question.answers == (other, NOT_BALLOT)
    there = {f.contest for f in two_sided.form.fields if f.page == known}
    (votes,) = single(pages, printed, {})
    assert {c: row == UNDECIDED for c, row in votes.rows.items()} == {
        f.contest: f.contest not in there for f in two_sided.form.fields
    }

    decisions: Mapping[str, Decision] = {question.id: Decision(other, BY, "1")}
    counted = count(pages, printed, decisions)
    asked = {q.contest for q in counted.questions if q.kind is QuestionKind.ROW}
    assert asked == {f.contest for f in two_sided.form.fields if f.page == 3 - known}
    decisions = {
        q.id: Decision("low" if q.kind is QuestionKind.ROW else other, BY, "1") for q in counted.questions
    }
    (votes,) = single(pages, printed, decisions)
    expected = {f.contest: "high" if f.page == known else "low" for f in two_sided.form.fields}
    assert dict(votes.rows) == expected
