"""A completed ballot under a rule set: what its rows and other ink were found to be, what it counts for."""

from collections.abc import Collection, Mapping

from .plan import BallotStyle
from .rules import BLANK, OVERVOTED, Answer, RuleSet, Spoils, sheet_answers, stray_answers
from .tally import SPOILED, UNDECIDED, BallotVotes

Found = str | None
"""An answer's id; None while the question is open."""


def judge(
    style: BallotStyle,
    rules: RuleSet,
    rows: Mapping[str, Found],
    stray: Collection[tuple[str | None, Found]] = (),
    sheet: Collection[Found] = (),
) -> BallotVotes:
    """Return what a ballot counts for.

    An open question makes undecided whatever its gravest possible answer could spoil: the row, or the whole
    ballot.

    Args:
        style: the ballot's style.
        rules: the rule set of its round.
        rows: contest id to an option's id, `blank`, `overvoted` or None; a contest that is missing is
            undecided.
        stray: for each question about stray ink, the contest in whose name cell it lies (None: elsewhere on
            the page) and the answer.
        sheet: for each question about the whole sheet, the answer.

    Raises:
        KeyError: an answer the rule set does not know.
    """
    said = {contest.id: rows.get(contest.id) or UNDECIDED for contest in style.contests}
    worst = [_spoils(stray_answers(rules), answer) for _contest, answer in stray]
    for (contest, answer), spoils in zip(stray, worst, strict=True):
        if contest in said and spoils is Spoils.ROW and said[contest] != SPOILED:
            said[contest] = SPOILED if answer else UNDECIDED
    of_ballot = [
        *((spoils, answer is None) for (_contest, answer), spoils in zip(stray, worst, strict=True)),
        *((_spoils(sheet_answers(rules), answer), answer is None) for answer in sheet),
        *((_row_spoils(style, rules, row), row == UNDECIDED) for row in said.values()),
    ]
    grave = {is_open for spoils, is_open in of_ballot if spoils is Spoils.BALLOT}
    return BallotVotes(said, valid=False if False in grave else None if True in grave else True)


def why_invalid(
    style: BallotStyle,
    rules: RuleSet,
    rows: Mapping[str, Found],
    stray: Collection[tuple[str | None, Found]] = (),
    sheet: Collection[Found] = (),
) -> str:
    """Return the one reason under which an invalid ballot is listed; empty where it is not invalid.

    Of several reasons the one that is about the whole sheet goes first, then other ink, then the rows in the
    ballot's order: so each invalid ballot is listed once, and the reasons add up to the invalid ballots.

    Returns:
        An answer of the rule set, as `no_seal` or `name_struck`; `blank` or `overvoted`.
    """
    for answers, given in (
        (sheet_answers(rules), sheet),
        (stray_answers(rules), [answer for _contest, answer in stray]),
    ):
        for answer in answers:
            if answer.spoils is Spoils.BALLOT and answer.id in given:
                return answer.id
    said = judge(style, rules, rows, stray, sheet).rows
    for contest, row in said.items():
        if row != UNDECIDED and _row_spoils(style, rules, row) is Spoils.BALLOT:
            # A row spoiled by other ink: the ink is the reason.
            ink = [answer for place, answer in stray if place == contest and answer]
            costly = [one.id for one in stray_answers(rules) if one.spoils is Spoils.ROW and one.id in ink]
            return costly[0] if row == SPOILED and costly else row
    return ""


def _spoils(answers: tuple[Answer, ...], answer: Found) -> Spoils:
    by_id = {a.id: a.spoils for a in answers}
    return _gravest(by_id.values()) if answer is None else by_id[answer]


def _row_spoils(style: BallotStyle, rules: RuleSet, row: str) -> Spoils:
    if row not in (BLANK, OVERVOTED, SPOILED, UNDECIDED):
        return Spoils.NOTHING
    of_row = {
        BLANK: rules.rows.blank,
        OVERVOTED: rules.rows.overvoted,
        SPOILED: Spoils.ROW,
        UNDECIDED: _gravest((rules.rows.blank, rules.rows.overvoted)),
    }[row]
    if of_row is Spoils.ROW and len(style.contests) == 1:
        return rules.only_row.spoils
    return of_row


def _gravest(several: Collection[Spoils]) -> Spoils:
    return max(several, key=list(Spoils).index)
