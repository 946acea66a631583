"""A question as people see it: words instead of codes, and a key for each answer.

The same words go to the browser and to the terminal. What an answer is called and what it makes invalid
comes from the rule set of the round.
"""

from dataclasses import dataclass

from ...ocr.reading import State, explain
from ...vote.plan import Plan
from ...vote.rules import BLANK, OVERVOTED, Answer, Spoils, row_answers, sheet_answers, stray_answers
from ...vote.tally import UNDECIDED
from ...words import N_, _
from ..question import DIFFERENT, NAMES, NOT_BALLOT, SAME, Question, QuestionKind

_STATES = {State.MARKED: N_("marked"), State.EMPTY: N_("empty"), State.UNCLEAR: N_("unclear")}

_ASKED = {
    QuestionKind.ROW: N_("What does this ballot say in this row?"),
    QuestionKind.STRAY: N_("What does the ink in the name's cell mean?"),
    QuestionKind.SHEET: N_("Does this sheet bear the seal?"),
    QuestionKind.PAGE: N_("Which page is this?"),
    QuestionKind.TWICE: N_("Are these two scans of one sheet?"),
}

_ELSEWHERE = N_("What does the writing outside the boxes mean?")

_UNSOUGHT = N_("Is there ink outside the boxes: a name struck or added, a signature, a note?")

_COSTS = {
    Spoils.NOTHING: "",
    Spoils.ROW: N_("this row is invalid"),
    Spoils.BALLOT: N_("the whole ballot is invalid"),
}


@dataclass(frozen=True, slots=True)
class SeenShown:
    """What the machine saw in one box."""

    option: str
    label: str
    state: str
    """A state's code, for the colour."""
    state_words: str
    why: str


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """One answer that may be given."""

    id: str
    label: str
    costs: str
    """What it makes invalid, in words; empty for nothing."""
    key: str
    """The digit that gives it; empty where there are more answers than digits."""
    seen: SeenShown | None
    """What the machine saw in the box of this option; None for answers that are no option."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One question, in the language in force."""

    id: str
    kind: str
    asked: str
    round: str
    ballot: str
    organ: str
    number: int | None
    """The row's number on the ballot."""
    name: str
    position: str
    seen: tuple[SeenShown, ...]
    notes: tuple[str, ...]
    """What the machine said of the whole page."""
    answers: tuple[AnswerShown, ...]
    answer: str
    """The answer in force; empty while the question is open."""
    answer_words: str
    by: str
    machine: str
    """What the machine alone would say, in words."""
    decision: str
    """Names the decision in force, so that nobody overwrites one unseen."""

    @property
    def beside(self) -> tuple[SeenShown, ...]:
        """What was seen in boxes that are no answer to this question."""
        return tuple(one for one in self.seen if one.option not in {answer.id for answer in self.answers})

    @property
    def answered(self) -> bool:
        """Whether people have settled it."""
        return bool(self.answer)


def shown(question: Question, plan: Plan) -> Shown:
    """Put a question into words."""
    known = {answer.id: answer for answer in _known_answers(question, plan)}
    options: tuple[str, ...] = ()
    ballot = organ = title = ""
    number = None
    if question.round is not None:
        a_round = plan.round(question.round)
        title, organ = a_round.title, a_round.unit.name
        options = tuple(option.id for option in a_round.rules.options)
        if question.style is not None:
            style = a_round.style(question.style)
            ballot = style.title
            number = next((one.number for one in style.contests if one.id == question.contest), None)

    def words_of(answer: str | None) -> str:
        if not answer:
            return ""
        return known[answer].words if answer in known else answer

    seen = {
        one.option: SeenShown(
            one.option, words_of(one.option), one.state, _(_STATES[one.state]), explain(one.why)
        )
        for one in question.seen
    }
    keys = _keys(question.answers, options)
    return Shown(
        id=question.id,
        kind=question.kind,
        asked=_(_asked(question)),
        round=title,
        ballot=ballot,
        organ=organ,
        number=number,
        name=question.name,
        position=question.position,
        seen=tuple(seen.values()),
        notes=tuple(explain(note) for note in question.notes),
        answers=tuple(
            AnswerShown(answer, words_of(answer), _cost(known.get(answer)), keys[answer], seen.get(answer))
            for answer in question.answers
        ),
        answer=question.answer or "",
        answer_words=words_of(question.answer),
        by=question.by or "",
        machine=words_of(question.machine),
        decision=question.decision,
    )


def _asked(question: Question) -> str:
    if "ink_unsought" in question.notes:
        return _UNSOUGHT
    elsewhere = question.kind is QuestionKind.STRAY and question.contest is None
    return _ELSEWHERE if elsewhere else _ASKED[question.kind]


def _known_answers(question: Question, plan: Plan) -> tuple[Answer, ...]:
    """Return everything that people or the machine may say here, with its words."""
    undecided = Answer(id=UNDECIDED, words=_("can't tell"), spoils=Spoils.NOTHING)
    if question.kind is QuestionKind.TWICE:
        return (
            undecided,
            Answer(id=SAME, words=_("One sheet: count it once"), spoils=Spoils.NOTHING),
            Answer(id=DIFFERENT, words=_("Two sheets: both count"), spoils=Spoils.NOTHING),
        )
    if question.kind == QuestionKind.PAGE or question.round is None:
        return (
            undecided,
            Answer(id=NOT_BALLOT, words=_("Not a ballot"), spoils=Spoils.NOTHING),
            *_pages(question, plan),
        )
    rules = plan.round(question.round).rules
    if question.kind is QuestionKind.SHEET:
        return (undecided, *sheet_answers(rules))
    names = Answer(id=NAMES, words=_("Yes, in names: ask row by row"), spoils=Spoils.NOTHING)
    return (undecided, *row_answers(rules), *stray_answers(rules), names)


def _pages(question: Question, plan: Plan) -> tuple[Answer, ...]:
    """Return the answers that name a page of a ballot style: `ROUND.STYLE.PAGE`."""
    pages = []
    for answer in question.answers:
        if answer.count(".") == 2:
            round_id, style_id, page = answer.split(".")
            title = plan.round(round_id).style(style_id).title
            words = _("{ballot}, page {page}").format(ballot=title, page=page)
            pages.append(Answer(id=answer, words=words, spoils=Spoils.NOTHING))
    return tuple(pages)


def _cost(answer: Answer | None) -> str:
    return _(_COSTS[answer.spoils]) if answer is not None and _COSTS[answer.spoils] else ""


def _keys(answers: tuple[str, ...], options: tuple[str, ...]) -> dict[str, str]:
    """Return each answer's digit: options from 1 in ballot order, then the rest; blank 0, overvoted 9."""
    keys = {BLANK: "0", OVERVOTED: "9"}
    free = (str(digit) for digit in range(1, 9))
    in_order = [option for option in options if option in answers]
    in_order += [answer for answer in answers if answer not in options and answer not in keys]
    for answer in in_order:
        keys[answer] = next(free, "")
    return keys
