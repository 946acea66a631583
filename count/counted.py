"""From page readings and people's answers to questions and votes, ballot by ballot. Pure.

Until what a page is was answered, the round is not final; `not_ballot` takes it out of the count in the open,
and sheets = collected then tells whether that was right. Of ballots that people say are one sheet, the one
with the least key counts, whichever was scanned first; the others neither count nor ask anything.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..vote.ballot import judge, why_invalid
from ..vote.tally import BallotVotes, VoteSums
from .ballots import (
    CountedPage,
    Decisions,
    Printed,
    Side,
    StyleKey,
    answered,
    as_read,
    as_told,
    identity_trusted,
    ink,
    page_question,
    row,
    seal_question,
    twin_question,
)
from .question import DIFFERENT, NOT_BALLOT, SAME, Question
from .rescans import Twins, can_tell

Each = Callable[[StyleKey, BallotVotes], None]
"""Is told the votes of single ballots."""


@dataclass(slots=True)
class Counted:
    """Everything that the pages and the answers come to."""

    questions: list[Question] = field(default_factory=list)
    """Ordered by id, which is a hash."""
    votes: dict[StyleKey, VoteSums] = field(default_factory=lambda: defaultdict(VoteSums))
    forms: dict[StyleKey, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Ids of the forms that ballots of a style were counted with."""
    unplaced: int = 0
    """Ballots of which nobody has said yet what they are."""
    untold: dict[StyleKey, int] = field(default_factory=lambda: defaultdict(int))
    """Ballots of a style with too little ink to tell whether their sheet was scanned twice."""
    unsealed: dict[StyleKey, int] = field(default_factory=lambda: defaultdict(int))
    """Ballots of a style that must bear a seal, which no scan of that style shows: none has colour."""
    invalid: dict[StyleKey, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Ballots of a style that are invalid, by the reason under which each is listed."""
    said_forms: set[str] = field(default_factory=set)
    """Ids of the forms that pages were read as. Where one was not printed, its ballots are not counted."""
    contradicted: int = 0
    """Pairs said to be different sheets, though other answers make them one."""


def count(
    pages: Iterable[CountedPage],
    printed: Mapping[str, Printed],
    decisions: Decisions,
    twins: Iterable[Twins] = (),
    each: Each | None = None,
) -> Counted:
    """Return the questions and the votes of all ballots; `counting` does the same for a whole store.

    Args:
        pages: of all batches that were taken in, in any order.
        printed: form id to what was printed.
        decisions: the answers in force.
        twins: pairs of ballots that look like one sheet; those of ballots not among the pages are left out.
        each: called with each ballot's votes.
    """
    ballots: dict[str, list[CountedPage]] = defaultdict(list)
    for page in pages:
        ballots[page.ballot].append(page)
    counted = Counted()
    counted.said_forms = {
        page.reading.form for of_it in ballots.values() for page in of_it if page.reading.form
    }
    left_out = again(ballots, twins, printed, decisions, counted)
    in_colour = {one.reading.form for ballot in ballots.values() for one in ballot if one.reading.seal}
    for key, ballot in ballots.items():
        if key not in left_out:
            count_ballot(ballot, printed, decisions, in_colour, counted, each)
    counted.questions.sort(key=lambda question: question.id)
    return counted


def again(
    ballots: Mapping[str, Sequence[CountedPage]],
    twins: Iterable[Twins],
    printed: Mapping[str, Printed],
    decisions: Decisions,
    counted: Counted,
) -> set[str]:
    """Ask about ballots that look like one sheet; return the keys of those that are another's second scan."""
    group = {key: key for key in ballots}
    different = []
    for pair in twins:
        if pair.one not in ballots or pair.other not in ballots:
            continue
        question = answered(twin_question(pair, ballots, printed), decisions)
        counted.questions.append(question)
        if question.answer == SAME:
            # Of all that are one sheet, the least key counts.
            low, high = sorted((group[pair.one], group[pair.other]))
            group = {key: low if first == high else first for key, first in group.items()}
        elif question.answer == DIFFERENT:
            different.append(pair)
    counted.contradicted = sum(group[pair.one] == group[pair.other] for pair in different)
    return {key for key, first in group.items() if key != first}


def count_ballot(
    pages: Iterable[CountedPage],
    printed: Mapping[str, Printed],
    decisions: Decisions,
    in_colour: Container[str | None],
    counted: Counted,
    each: Each | None = None,
) -> None:
    """Add one ballot, with what is asked about it, to what was counted.

    Args:
        pages: all of the ballot's.
        printed: form id to what was printed.
        decisions: the answers in force.
        in_colour: ids of the forms whose scans can show a seal.
        counted: is added to.
        each: called with the ballot's votes.
    """
    pages = sorted(pages, key=lambda page: page.key)
    sides: list[Side] = []
    waiting = False
    for page in pages:
        if identity_trusted(page.reading, len(pages)):
            sides.append(as_read(page, printed))
            continue
        question = answered(page_question(page, printed, pages), decisions)
        counted.questions.append(question)
        waiting = waiting or question.open
        if question.answer not in (None, NOT_BALLOT):
            sides.append(as_told(page, str(question.answer), printed))
    if not sides:
        counted.unplaced += waiting
        return
    ballot = sides[0].printed
    rows: dict[str, str | None] = {}
    stray: list[tuple[str | None, str | None]] = []
    sheet: list[str | None] = []
    for side in sides:
        for contest in side.contests:
            asked, settled = row(side, contest)
            if asked is None:
                rows[contest.id] = settled
                continue
            question = answered(asked, decisions)
            counted.questions.append(question)
            rows[contest.id] = question.answer
        asked_of_ink, found = ink(side, decisions)
        counted.questions += asked_of_ink
        stray += found
        for question in seal_question(side, in_colour):
            question = answered(question, decisions)
            counted.questions.append(question)
            sheet.append(question.answer)
    key = ballot.round.id, ballot.style.id
    counted.unsealed[key] += ballot.style.seal and ballot.form.id not in in_colour
    counted.forms[key].add(ballot.form.id)
    with_serial = any(page.reading.serial is not None for page in pages)
    counted.untold[key] += not can_tell(sum(page.rows_with_ink for page in pages), with_serial)
    votes = judge(ballot.style, ballot.round.rules, rows, stray, sheet)
    counted.votes[key].add(ballot.style, votes)
    if each is not None:
        each(key, votes)
    if votes.valid is False:
        counted.invalid[key][why_invalid(ballot.style, ballot.round.rules, rows, stray, sheet)] += 1
