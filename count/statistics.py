"""How a round was counted, in numbers only: what the site tells about batches, pages and questions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..ocr.reading import Outcome
from ..vote.plan import Round
from ..vote.tally import UNDECIDED
from .ballots import Printed
from .batches import Batch, BatchState
from .counted import Counted
from .question import Question, QuestionKind


@dataclass(frozen=True, slots=True)
class BatchNumbers:
    """One batch without its pages. Withdrawn batches are told too: nothing vanishes."""

    name: str
    state: BatchState
    declared: int
    sheets: int
    pages: int


@dataclass(frozen=True, slots=True)
class QuestionNumbers:
    """Questions of one kind."""

    asked: int
    answered: int
    changed: int
    """Answered otherwise than the machine alone would have said, where it would have said something."""


@dataclass(frozen=True, slots=True)
class FormUsed:
    """A frozen form that ballots of the round were counted with."""

    style: str
    form: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """How a round was counted. Numbers only; no page and no order can be told from them."""

    batches: tuple[BatchNumbers, ...]
    """All of the count, by name: a batch may hold ballots of several rounds."""
    pages: Mapping[Outcome, int]
    """Pages of batches that were not withdrawn."""
    questions: Mapping[QuestionKind, QuestionNumbers]
    """Of this round (and pages of unknown form); every kind is there."""
    ballots: Mapping[str, int]
    """Ballot style to ballots read."""
    forms: tuple[FormUsed, ...] = ()
    """In the order of the plan's ballot styles."""
    untold: Mapping[str, int] = field(default_factory=dict)
    """Ballot style to ballots of it with too little ink to tell whether their sheet was scanned twice."""
    unsealed: Mapping[str, int] = field(default_factory=dict)
    """Ballot style to ballots of it whose seal was not checked, since their scans have no colour."""


def of_round(
    a_round: Round, counted: Counted, batches: Iterable[Batch], printed: Mapping[str, Printed]
) -> Statistics:
    """Gather the numbers of one round."""
    batches = tuple(batches)
    live = [batch for batch in batches if batch.state is not BatchState.WITHDRAWN]
    asked = [one for one in counted.questions if one.round in (a_round.id, None)]
    styles = [(a_round.id, style.id) for style in a_round.styles]
    return Statistics(
        batches=tuple(
            BatchNumbers(one.name, one.state, one.declared, one.sheets, sum(one.pages.values()))
            for one in batches
        ),
        pages={outcome: sum(batch.pages[outcome] for batch in live) for outcome in Outcome},
        questions={kind: _numbers([one for one in asked if one.kind is kind]) for kind in QuestionKind},
        ballots={style: len(counted.votes[key, style]) for key, style in styles},
        untold={style: counted.untold[key, style] for key, style in styles},
        unsealed={style: counted.unsealed[key, style] for key, style in styles},
        forms=tuple(
            FormUsed(style, form, printed[form].form.sha256)
            for key, style in styles
            for form in sorted(counted.forms[key, style])
        ),
    )


def _numbers(questions: list[Question]) -> QuestionNumbers:
    answered = [one for one in questions if not one.open]
    return QuestionNumbers(
        asked=len(questions),
        answered=len(answered),
        changed=sum(one.machine not in (UNDECIDED, one.answer) for one in answered),
    )
