"""What is asked of a ballot, and what its rows say by themselves. Pure: values in, values out.

The row rule: a contest that needs exactly one option and was read as blank or over-voted, or in which any
field is unclear, is never settled by the machine alone. So a wrong count that nobody noticed takes two
opposite mistakes in one row. Ink in a name cell is a question too: a struck name is law, not noise; so is
writing elsewhere on a page, and a sheet that must bear the seal and does not for certain.

A page for review first asks which page it is; then each of its rows is asked, and whether there is ink
outside its boxes, for which no machine has looked. Two ballots that look like one sheet are a question as
well.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from ..forms.form import Form
from ..ocr.likeness import rows_with_ink
from ..ocr.reading import FieldReading, Outcome, PageReading, State
from ..vote.plan import BallotStyle, Contest, Round
from ..vote.rules import BLANK, OVERVOTED, RuleSet, Spoils, row_answers, sheet_answers, stray_answers
from ..vote.tally import UNDECIDED
from .question import DIFFERENT, NAMES, NOT_BALLOT, SAME, Question, QuestionKind, Seen, question_id
from .rescans import Twins


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
    rows: int | None = None
    """Rows with ink, where the reading does not carry its signature."""

    @property
    def rows_with_ink(self) -> int:
        """How many rows have ink by which the sheet could be told from others."""
        return rows_with_ink(self.reading.likeness) if self.rows is None else self.rows


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


@dataclass(frozen=True, slots=True)
class Side:
    """One page whose place in a form is known, by the reader or by people."""

    key: str
    printed: Printed
    page: int
    reading: PageReading
    trusted: bool
    """False: people said what it is, and no field was read."""
    contests: tuple[Contest, ...]
    """Those that have a field on the page, in the ballot's order."""
    fields: Mapping[str, Mapping[str, FieldReading]]
    """Contest id to option id to what was read."""

    @classmethod
    def of(cls, page: CountedPage, printed: Printed, number: int, trusted: bool) -> Self:
        """Return a page as page `number` of what was printed."""
        there = {one.contest for one in printed.form.fields if one.page == number}
        contests = tuple(contest for contest in printed.style.contests if contest.id in there)
        fields: dict[str, dict[str, FieldReading]] = {}
        for one in page.reading.fields:
            fields.setdefault(one.contest, {})[one.option] = one
        return cls(page.key, printed, number, page.reading, trusted, contests, fields)


def page_answer(printed: Printed, page: int) -> str:
    """Return the answer that says a page is this one: `ROUND.STYLE.PAGE`."""
    return f"{printed.round.id}.{printed.style.id}.{page}"


def identity_trusted(reading: PageReading, pages: int) -> bool:
    """Whether it need not be asked what a page is, which is one of so many of its ballot."""
    # Two sides were paired by what they are, so that need not be asked even where a side was not read.
    return reading.outcome is Outcome.READ or (pages > 1 and reading.page is not None)


def as_read(page: CountedPage, printed: Mapping[str, Printed]) -> Side:
    """Return a page as what it was read as."""
    form, number = page.reading.form, page.reading.page
    if form is None or number is None:
        raise ValueError(f"page {page.key} was read, but not as what")
    return Side.of(page, printed[form], number, trusted=page.reading.outcome is Outcome.READ)


def as_told(page: CountedPage, answer: str, printed: Mapping[str, Printed]) -> Side:
    """Return a page as what people said it is (`page_answer`)."""
    for one in printed.values():
        for number in range(1, one.form.pages + 1):
            if page_answer(one, number) == answer:
                return Side.of(page, one, number, trusted=False)
    raise ValueError(f"page {page.key} was said to be {answer}, which was never printed")


def row(side: Side, contest: Contest) -> tuple[Question | None, str | None]:
    """Return the question a row asks, or what it says by itself."""
    rules = side.printed.round.rules
    fields = _fields(side, contest, rules) if side.trusted else ()
    machine = _machine_alone(fields, rules)
    if machine not in (BLANK, OVERVOTED, UNDECIDED):
        return None, machine
    answers = tuple(answer.id for answer in row_answers(rules))
    seen = tuple(Seen(one.option, one.state, one.ink, one.why) for one in fields)
    return _question(QuestionKind.ROW, side, contest, seen, answers, machine), None


def _fields(side: Side, contest: Contest, rules: RuleSet) -> tuple[FieldReading, ...]:
    by_option = side.fields.get(contest.id, {})
    return tuple([by_option[option.id] for option in rules.options if option.id in by_option])


def _machine_alone(fields: tuple[FieldReading, ...], rules: RuleSet) -> str:
    # Two plain marks are unclear to the reader only since one of them may be meant to be gone (`several`).
    marked = [one.option for one in fields if one.state is State.MARKED or one.why == "several"]
    unclear = any(one.state is State.UNCLEAR and one.option not in marked for one in fields)
    if len(fields) != len(rules.options) or unclear:
        return UNDECIDED
    return BLANK if not marked else OVERVOTED if len(marked) > 1 else marked[0]


def ink(side: Side, decisions: Decisions) -> tuple[list[Question], list[tuple[str | None, str | None]]]:
    """Return the questions about ink outside the boxes, and what is known of it: contest and answer."""
    if side.trusted:
        questions = [answered(question, decisions) for question in _stray_questions(side)]
        return questions, [(one.contest, one.answer) for one in questions]
    whole = answered(_unread_ink_question(side), decisions)
    if whole.open:
        # It may be in any name, and spoil what a struck name spoils.
        return [whole], [(None, None), *((contest.id, None) for contest in side.contests)]
    if whole.answer != NAMES:
        return [whole], [(None, whole.answer)]
    rows = [*(_name_question(side, contest) for contest in side.contests), _elsewhere_question(side, "*")]
    questions = [answered(question, decisions) for question in rows]
    return [whole, *questions], [(one.contest, one.answer) for one in questions]


def _stray_questions(side: Side) -> list[Question]:
    inked = {stray.contest for stray in side.reading.stray}
    questions = [_name_question(side, contest) for contest in side.contests if contest.id in inked]
    return [*questions, _elsewhere_question(side)] if None in inked else questions


def _name_question(side: Side, contest: Contest) -> Question:
    answers = tuple(answer.id for answer in stray_answers(side.printed.round.rules))
    return _question(QuestionKind.STRAY, side, contest, _seen_in_row(side, contest), answers, UNDECIDED)


def _elsewhere_question(side: Side, apart: str = "") -> Question:
    """Ask about ink in no name; `apart` tells its id from that of another such question of the page."""
    question = _question(QuestionKind.STRAY, side, None, (), _elsewhere(side), UNDECIDED)
    return replace(question, id=question_id(side.key, apart, QuestionKind.STRAY))


def _unread_ink_question(side: Side) -> Question:
    question = _elsewhere_question(side)
    of_rows = any(one.spoils is Spoils.ROW for one in stray_answers(side.printed.round.rules))
    answers = (*question.answers, NAMES) if of_rows and side.contests else question.answers
    return replace(question, answers=answers, notes=(*question.notes, "ink_unsought"))


def _elsewhere(side: Side) -> tuple[str, ...]:
    # What spoils a row says of which row; ink that lies in none can only spoil the ballot.
    rules = side.printed.round.rules
    return tuple(one.id for one in stray_answers(rules) if one.spoils is not Spoils.ROW)


def seal_question(side: Side, in_colour: Container[str | None]) -> list[Question]:
    """Ask whether a sheet bears the seal that it must bear, unless it was seen.

    Where no scan of the form has colour, nobody is asked: none could tell from the scans; it is said once.
    """
    if side.page != 1 or not side.printed.style.seal or side.printed.form.id not in in_colour:
        return []
    seen = side.reading.seal if side.trusted else None
    if seen == "present":
        return []
    answers = tuple(answer.id for answer in sheet_answers(side.printed.round.rules))
    question = _question(QuestionKind.SHEET, side, None, (), answers, UNDECIDED)
    return [replace(question, notes=(*question.notes, f"seal_{seen or 'unseen'}"))]


def _seen_in_row(side: Side, contest: Contest) -> tuple[Seen, ...]:
    fields = _fields(side, contest, side.printed.round.rules)
    return tuple(Seen(one.option, one.state, one.ink, one.why) for one in fields)


def _question(
    kind: QuestionKind,
    side: Side,
    contest: Contest | None,
    seen: tuple[Seen, ...],
    answers: tuple[str, ...],
    machine: str,
) -> Question:
    return Question(
        id=question_id(side.key, contest.id if contest else "", kind),
        kind=kind,
        round=side.printed.round.id,
        style=side.printed.style.id,
        contest=contest.id if contest else None,
        name=contest.name if contest else "",
        position=contest.position if contest else "",
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


def page_question(
    page: CountedPage, printed: Mapping[str, Printed], sheet: Sequence[CountedPage]
) -> Question:
    """Ask what a page is, of the pages of one sheet."""
    reading = page.reading
    known = printed.get(reading.form or "")
    answers = _may_be(page, printed, sheet)
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


def _may_be(
    page: CountedPage, printed: Mapping[str, Printed], sheet: Sequence[CountedPage]
) -> tuple[str, ...]:
    """Return what people may say a page is, beside no ballot at all.

    A side that lies here alone can't be half of a two-sided ballot: that sheet has to be scanned again, with
    both its sides. The other side of a sheet can only be what the first leaves to it.
    """
    if len(sheet) == 1:
        return tuple(page_answer(one, 1) for one in printed.values() if one.form.pages == 1)
    others = [one.reading for one in sheet if one is not page and one.reading.page is not None]
    forms = [(printed[one.form or ""], 3 - (one.page or 0)) for one in others]
    return tuple(page_answer(form, number) for form, number in forms if form.form.pages == 2)


def twin_question(
    pair: Twins, ballots: Mapping[str, Sequence[CountedPage]], printed: Mapping[str, Printed]
) -> Question:
    """Ask whether two ballots are one sheet."""
    # A side that is known: which side the other is may have to be asked.
    one, other = (
        min(ballots[key], key=lambda page: (page.reading.form not in printed, _number(page)))
        for key in (pair.one, pair.other)
    )
    known = printed[one.reading.form or ""]
    return Question(
        id=question_id(f"{pair.one}\0{pair.other}", "", QuestionKind.TWICE),
        kind=QuestionKind.TWICE,
        round=known.round.id,
        style=known.style.id,
        contest=None,
        name="",
        position="",
        page_key=one.key,
        source=one.reading.source,
        index=one.reading.index,
        form=known.form.id,
        page=one.reading.page,
        seen=(),
        notes=(f"alike:{pair.alike}/{pair.rows}",),
        answers=(SAME, DIFFERENT),
        machine=UNDECIDED,
        other_key=other.key,
    )


def _number(page: CountedPage) -> int:
    return page.reading.page or 0


def answered(question: Question, decisions: Decisions) -> Question:
    """Return the question with the answer in force, if it has one."""
    decision = decisions.get(question.id)
    if decision is None or decision.answer not in question.answers:
        return question
    return replace(question, answer=decision.answer, by=decision.by, decision=decision.name)
