"""Earlier votes beside today's, person by person: who is who, and how each level changed. Pure.

A row of an earlier vote is a person of today by the code on the list of people, or, where a code was not
told, by exactly the same name, if only one person of that name stands on either side. Anything else is never
guessed: `doubts` says which lines need a code.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from .. import words
from ..words import _
from .earlier import EarlierRow, EarlierVote
from .plan import Contest, Plan, Round
from .problems import Problem
from .tally import ContestTally, percent
from .tidy import bare, folded

ContestKey = tuple[str, str]
"""Ballot style and contest."""


@dataclass(frozen=True, slots=True)
class EarlierResult:
    """What one person came to in one earlier vote."""

    vote: EarlierVote
    row: EarlierRow

    @property
    def votes(self) -> Mapping[str, int]:
        """Option id to ballots; an option that was not read is missing."""
        return self.row.votes

    @property
    def percent(self) -> Mapping[str, str]:
        """Option id to the percentage by the rule set of that vote: `66.27`; empty where it is not known."""
        rule, of = self.vote.rules.percent, self.row.of
        return {
            option: percent(count, of, rule.decimals, rule.rounding) if rule and of else ""
            for option, count in self.votes.items()
        }


@dataclass(frozen=True, slots=True)
class Change:
    """How one option changed for one person from an earlier vote to a later one."""

    option: str
    then: int
    now: int
    then_percent: str
    now_percent: str

    @property
    def votes(self) -> int:
        """Ballots more, or fewer."""
        return self.now - self.then

    @property
    def points(self) -> str:
        """Percentage points more (`10.19`) or fewer (`-3.02`); empty where a percentage is not known.

        It is the difference of the two percentages as they are printed, so that readers can check it.
        """
        if not self.then_percent or not self.now_percent:
            return ""
        return str(Decimal(self.now_percent) - Decimal(self.then_percent))


def history_of(plan: Plan, a_round: Round) -> Mapping[ContestKey, tuple[EarlierResult, ...]]:
    """Return the earlier results of everybody in a round, the oldest first; who has none is not in it."""
    found: dict[ContestKey, list[EarlierResult]] = defaultdict(list)
    for vote in sorted(plan.history, key=lambda vote: vote.date):
        if vote.unit == a_round.unit.id:
            for key, row in _lay_beside(vote, a_round).rows.items():
                found[key].append(EarlierResult(vote, row))
    return {key: tuple(results) for key, results in found.items()}


def changes(earlier: EarlierResult, now: ContestTally) -> tuple[Change, ...]:
    """Return how each option changed that both votes know, in the order of today's ballot."""
    return tuple(
        Change(
            option,
            earlier.votes[option],
            count,
            earlier.percent[option],
            now.percent.get(option, ""),
        )
        for option, count in now.votes.items()
        if option in earlier.votes
    )


def signed(number: int | str, language: str | None = None) -> str:
    """Return a change as people write it: `+10,19`, `−3`, `0`; a dash where it is not known.

    Args:
        number: votes, or points as `Change.points` gives them.
        language: `vi` or `en`; by default the one in force.
    """
    if number == "":
        return "–"
    value = Decimal(number)
    sign = "+" if value > 0 else "−" if value < 0 else ""
    text = f"{sign}{abs(value)}"
    return text.replace(".", ",") if (language or words.language()) == "vi" else text


def doubts(plan: Plan) -> Iterator[Problem]:
    """Yield each line of an earlier vote of which it can't be told who of today's people it is."""
    for vote in plan.history:
        of_unit = [a_round for a_round in plan.rounds if a_round.unit.id == vote.unit]
        yield from dict.fromkeys(doubt for a_round in of_unit for doubt in _lay_beside(vote, a_round).doubts)


@dataclass(slots=True)
class _Beside:
    """An earlier vote laid beside a round."""

    rows: dict[ContestKey, EarlierRow] = field(default_factory=dict)
    doubts: list[Problem] = field(default_factory=list)


_Person = tuple[ContestKey, Contest]


def _lay_beside(vote: EarlierVote, a_round: Round) -> _Beside:
    beside = _Beside()
    people = [((style.id, one.id), one) for style in a_round.styles for one in style.contests]
    _by_code(vote, people, beside)
    _by_name(vote, people, beside)
    return beside


def _by_code(vote: EarlierVote, people: Sequence[_Person], beside: _Beside) -> None:
    for code in {folded(row.code): None for row in vote.rows if row.code}:
        rows = [row for row in vote.rows if folded(row.code) == code]
        same = [one for one in people if folded(one[1].person) == code]
        for row in rows if same else ():
            if bare(row.name) != bare(same[0][1].name):
                what = _("Code {code} is {name} here, but {other} on the list of people.")
                what = what.format(code=row.code, name=row.name, other=same[0][1].name)
                beside.doubts.append(
                    Problem(vote.file, row.line, what, _("Correct the code in one of the two."))
                )
            elif len(rows) == len(same) == 1:
                beside.rows[same[0][0]] = row
            else:
                _by_post(vote, row, rows, same, beside)


def _by_post(
    vote: EarlierVote, row: EarlierRow, rows: list[EarlierRow], same: list[_Person], beside: _Beside
) -> None:
    """Lay a row of somebody with several posts, then or now, beside the same post."""
    post = folded(row.position)
    posts = [key for key, contest in same if folded(contest.position) == post]
    if len(posts) == 1 and sum(folded(one.position) == post for one in rows) == 1:
        beside.rows[posts[0]] = row
    elif len(rows) == 1 or posts:
        what = _("{name} ({code}) has several posts, and which of them this line is can't be told.")
        what = what.format(name=row.name, code=row.code)
        instead = _("Write the position as on the list of people, or leave this line out.")
        beside.doubts.append(Problem(vote.file, row.line, what, instead))


def _by_name(vote: EarlierVote, people: Sequence[_Person], beside: _Beside) -> None:
    told = {row.line for row in beside.rows.values()} | {doubt.line for doubt in beside.doubts}
    for row in vote.rows:
        if row.line in told:
            continue
        namesakes = [one for one in people if folded(one[1].name) == folded(row.name)]
        # Two different codes are two people, whatever they are called.
        may_be = [key for key, one in namesakes if key not in beside.rows and not (row.code and one.person)]
        if not may_be:
            continue
        if len(namesakes) == 1 and sum(folded(one.name) == folded(row.name) for one in vote.rows) == 1:
            beside.rows[may_be[0]] = row
        else:
            what = _("Which {name} this is can't be told: several people have this name.").format(
                name=row.name
            )
            instead = _("Write each one's code in column `person`, here and in the list of people.")
            beside.doubts.append(Problem(vote.file, row.line, what, instead))
