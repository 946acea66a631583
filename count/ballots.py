"""From page readings and people's answers to questions and votes. Pure: values in, values out.

The row rule: a contest that needs exactly one option and was read as blank or over-voted, or in which any
field is unclear, is never settled by the machine alone. So a wrong count that nobody noticed takes two
opposite mistakes in one row. Ink in a name cell is a question too: a struck name is law, not noise.

A page for review first asks which page it is; then each of its rows is asked. Until it is answered the round
is not final; `not_ballot` takes it out of the count in the open, and sheets = collected then tells whether
that was right.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..forms.form import Form
from ..ocr.reading import FieldReading, Outcome, PageReading, State
from ..vote.ballot import judge
from ..vote.plan import BallotStyle, Contest, Round
from ..vote.rules import BLANK, OVERVOTED, RuleSet, row_answers, stray_answers
from ..vote.tally import UNDECIDED, BallotVotes
from .question import NOT_BALLOT, Question, QuestionKind, Seen, question_id


@dataclass(frozen=True, slots=True)
class Printed:
    """A ballot style as it was printed: its form, and what the plan says of it."""

    round: Round
    style: BallotStyle
    form: Form


@dataclass(frozen=True, slots=True)
class CountedPage:
    """A page of a batch that was taken in."""

    key: str
    """The image's hash."""
    ballot: str
    """The key of its ballot: pages with the same one are two sides of one sheet."""
    reading: PageReading


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer in force to one question."""

    answer: str
    by: str
    name: str
    """Which entry it is."""


Decisions = Mapping[str, Decision]
"""Question id to the decision in force."""

StyleKey = tuple[str, str]
"""Round id and ballot style id."""


@dataclass(slots=True)
class Counted:
    """Everything that the pages and the answers come to."""

    questions: list[Question] = field(default_factory=list)
    """Ordered by id, which is a hash."""
    votes: dict[StyleKey, list[BallotVotes]] = field(default_factory=lambda: defaultdict(list))
    forms: dict[StyleKey, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Ids of the forms that ballots of a style were counted with."""
    unplaced: int = 0
    """Ballots of which nobody has said yet what they are."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One page whose place in a form is known, by the reader or by people."""

    key: str
    printed: Printed
    page: int
    reading: PageReading
    trusted: bool
    """False: people said what it is, and no field was read."""


def count(pages: Iterable[CountedPage], printed: Mapping[str, Printed], decisions: Decisions) -> Counted:
    """Return the questions and the votes of all ballots.

    Args:
        pages: of all batches that were taken in, in any order.
        printed: form id to what was printed.
        decisions: the answers in force.
    """
    ballots: dict[str, list[CountedPage]] = defaultdict(list)
    for page in pages:
        ballots[page.ballot].append(page)
    counted = Counted()
    for ballot in ballots.values():
        _count_ballot(sorted(ballot, key=lambda page: page.key), printed, decisions, counted)
    counted.questions.sort(key=lambda question: question.id)
    return counted


def page_answer(printed: Printed, page: int) -> str:
    """Return the answer that says a page is this one: `ROUND.STYLE.PAGE`."""
    return f"{printed.round.id}.{printed.style.id}.{page}"


def _count_ballot(
    pages: Sequence[CountedPage], printed: Mapping[str, Printed], decisions: Decisions, counted: Counted
) -> None:
    sides: list[_Side] = []
    waiting = False
    for page in pages:
        if _identity_trusted(page.reading, len(pages)):
            sides.append(_side_as_read(page, printed))
            continue
        question = _answered(_page_question(page, printed, alone=len(pages) == 1), decisions)
        counted.questions.append(question)
        waiting = waiting or question.open
        if question.answer not in (None, NOT_BALLOT):
            sides.append(_side_as_told(page, str(question.answer), printed))
    if not sides:
        counted.unplaced += waiting
        return
    ballot = sides[0].printed
    rows: dict[str, str | None] = {}
    stray: list[tuple[str | None, str | None]] = []
    for side in sides:
        for contest in _contests(side):
            asked, settled = _row(side, contest)
            if asked is None:
                rows[contest.id] = settled
                continue
            question = _answered(asked, decisions)
            counted.questions.append(question)
            rows[contest.id] = question.answer
        for question in _stray_questions(side):
            question = _answered(question, decisions)
            counted.questions.append(question)
            stray.append((question.contest, question.answer))
    key = ballot.round.id, ballot.style.id
    counted.forms[key].add(ballot.form.id)
    counted.votes[key].append(judge(ballot.style, ballot.round.rules, rows, stray))


def _identity_trusted(reading: PageReading, pages: int) -> bool:
    # Two sides were paired by what they are, so that need not be asked even where a side was not read.
    return reading.outcome is Outcome.READ or (pages > 1 and reading.page is not None)


def _side_as_read(page: CountedPage, printed: Mapping[str, Printed]) -> _Side:
    form, number = page.reading.form, page.reading.page
    if form is None or number is None:
        raise ValueError(f"page {page.key} was read, but not as what")
    return _Side(page.key, printed[form], number, page.reading, page.reading.outcome is Outcome.READ)


def _side_as_told(page: CountedPage, answer: str, printed: Mapping[str, Printed]) -> _Side:
    for one in printed.values():
        for number in range(1, one.form.pages + 1):
            if page_answer(one, number) == answer:
                return _Side(page.key, one, number, page.reading, trusted=False)
    raise ValueError(f"page {page.key} was said to be {answer}, which was never printed")


def _contests(side: _Side) -> list[Contest]:
    there = {one.contest for one in side.printed.form.fields if one.page == side.page}
    return [contest for contest in side.printed.style.contests if contest.id in there]


def _row(side: _Side, contest: Contest) -> tuple[Question | None, str | None]:
    """Return the question a row asks, or what it says by itself."""
    rules = side.printed.round.rules
    fields = _fields(side, contest, rules) if side.trusted else ()
    machine = _machine_alone(fields, rules)
    if machine not in (BLANK, OVERVOTED, UNDECIDED):
        return None, machine
    answers = tuple(answer.id for answer in row_answers(rules))
    seen = tuple(Seen(one.option, one.state, one.ink, one.why) for one in fields)
    return _question(QuestionKind.ROW, side, contest, seen, answers, machine), None


def _fields(side: _Side, contest: Contest, rules: RuleSet) -> tuple[FieldReading, ...]:
    by_option = {one.option: one for one in side.reading.fields if one.contest == contest.id}
    return tuple(by_option[option.id] for option in rules.options if option.id in by_option)


def _machine_alone(fields: tuple[FieldReading, ...], rules: RuleSet) -> str:
    if len(fields) != len(rules.options) or any(one.state is State.UNCLEAR for one in fields):
        return UNDECIDED
    marked = [one.option for one in fields if one.state is State.MARKED]
    return BLANK if not marked else OVERVOTED if len(marked) > 1 else marked[0]


def _stray_questions(side: _Side) -> list[Question]:
    inked = {stray.contest for stray in side.reading.stray} if side.trusted else set()
    rules = side.printed.round.rules
    answers = tuple(answer.id for answer in stray_answers(rules))
    return [
        _question(QuestionKind.STRAY, side, contest, _seen_in_row(side, contest), answers, UNDECIDED)
        for contest in _contests(side)
        if contest.id in inked
    ]


def _seen_in_row(side: _Side, contest: Contest) -> tuple[Seen, ...]:
    fields = _fields(side, contest, side.printed.round.rules)
    return tuple(Seen(one.option, one.state, one.ink, one.why) for one in fields)


def _question(
    kind: QuestionKind,
    side: _Side,
    contest: Contest,
    seen: tuple[Seen, ...],
    answers: tuple[str, ...],
    machine: str,
) -> Question:
    return Question(
        id=question_id(side.key, contest.id, kind),
        kind=kind,
        round=side.printed.round.id,
        style=side.printed.style.id,
        contest=contest.id,
        name=contest.name,
        position=contest.position,
        page_key=side.key,
        source=side.reading.source,
        index=side.reading.index,
        form=side.printed.form.id,
        page=side.page,
        seen=seen,
        notes=side.reading.notes,
        answers=answers,
        machine=machine,
    )


def _page_question(page: CountedPage, printed: Mapping[str, Printed], alone: bool) -> Question:
    reading = page.reading
    known = printed.get(reading.form or "")
    # The other side of a counted sheet can't be a ballot of its own, and a side that lies here alone can't be
    # half of a two-sided ballot: that sheet has to be scanned again, with both its sides.
    answers = tuple(page_answer(one, 1) for one in printed.values() if one.form.pages == 1) if alone else ()
    said = page_answer(known, reading.page) if known and reading.page else UNDECIDED
    return Question(
        id=question_id(page.key, "", QuestionKind.PAGE),
        kind=QuestionKind.PAGE,
        round=known.round.id if known else None,
        style=known.style.id if known else None,
        contest=None,
        name="",
        position="",
        page_key=page.key,
        source=reading.source,
        index=reading.index,
        form=reading.form,
        page=reading.page,
        seen=(),
        notes=reading.notes,
        answers=(*answers, NOT_BALLOT),
        machine=said,
    )


def _answered(question: Question, decisions: Decisions) -> Question:
    decision = decisions.get(question.id)
    if decision is None or decision.answer not in question.answers:
        return question
    return replace(question, answer=decision.answer, by=decision.by, decision=decision.name)
