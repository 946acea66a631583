"""Votes -> counts, percentages, outcomes. Exact integers; nothing here knows of paper.

What is counted adds up, always: ballots read are valid, invalid or undecided; and the rows of one contest
(its votes, blank, overvoted, spoiled and undecided) are the ballots that are not invalid.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .. import words
from ..words import _
from .plan import BallotStyle, Contest
from .rules import BLANK, OVERVOTED, PercentRule, Rounding, RuleSet

SPOILED = "spoiled"
UNDECIDED = "undecided"
"""What else a row says when it is no option: invalid by other ink, a struck name; or a question is open."""

__all__ = [
    "BLANK",
    "OVERVOTED",
    "SPOILED",
    "UNDECIDED",
    "BallotVotes",
    "ContestTally",
    "Figures",
    "RoundTally",
    "StyleTally",
    "VoteSums",
    "percent",
    "percent_words",
    "round_json",
    "tally_json",
    "tally_style",
    "want_of_figures",
]


@dataclass(frozen=True, slots=True)
class Figures:
    """What people counted of one ballot style, by hand. None: not told yet."""

    members: int | None = None
    """All who may vote, summoned or not: deputies of the council, members of the committee."""
    summoned: int | None = None
    present: int | None = None
    issued: int | None = None
    exchanged: int | None = None
    unused: int | None = None
    collected: int | None = None
    printed: int | None = None
    """Issued, exchanged and unused together."""


@dataclass(frozen=True, slots=True)
class BallotVotes:
    """One voter's completed ballot after the rules: what each row says."""

    rows: Mapping[str, str]
    """Contest id to an option's id, `blank`, `overvoted`, `spoiled` or `undecided`."""
    valid: bool | None = True
    """None while a question about the whole ballot is open."""


@dataclass(frozen=True, slots=True)
class ContestTally:
    """What one contest came to."""

    id: str
    name: str
    position: str
    votes: dict[str, int]
    blank: int
    overvoted: int
    undecided: int
    percent: dict[str, str]
    """Option id to the percentage of the denominator, with a decimal point and all decimals: `90.12`. Empty
    text while the denominator is not known."""
    outcome: str | None
    """A threshold's outcome, `none`, or None while not final."""
    spoiled: int = 0
    """Rows made invalid by other ink than marks, as a struck name."""


@dataclass(frozen=True, slots=True)
class StyleTally:
    """What the ballots of one style came to."""

    id: str
    title: str
    figures: Figures
    read: int
    valid: int
    invalid: int
    undecided: int
    """Ballots on which a question is open."""
    contests: tuple[ContestTally, ...]


@dataclass(frozen=True, slots=True)
class RoundTally:
    """What a round came to, and whether that is final."""

    id: str
    title: str
    final: bool
    open: tuple[str, ...]
    """Sentences in the user's language: what keeps the round from being final. Empty when it is."""
    styles: tuple[StyleTally, ...]


class VoteSums:
    """Ballots of one style added up: a million of them take no more memory than one."""

    def __init__(self) -> None:
        self._rows: dict[str, Counter[str]] = defaultdict(Counter)
        self._validity = Counter[str]()

    def __len__(self) -> int:
        """Return how many ballots were read."""
        return self._validity.total()

    def add(self, style: BallotStyle, ballot: BallotVotes) -> None:
        """Add one ballot."""
        kind = _validity(ballot, style)
        self._validity[kind] += 1
        if kind != "invalid":
            for contest in style.contests:
                self._rows[contest.id][_row(ballot, contest.id)] += 1

    def add_valid(self, ballots: int, votes: Mapping[str, Mapping[str, int]]) -> None:
        """Add valid ballots in each of whose rows exactly one option is chosen.

        Args:
            ballots: how many.
            votes: contest id to option id to how many chose it; together `ballots` in each contest.
        """
        self._validity["valid"] += ballots
        for contest, counts in votes.items():
            if sum(counts.values()) != ballots:
                raise ValueError(f"{sum(counts.values())} votes on {ballots} ballots in {contest}")
            self._rows[contest].update(counts)

    def of(self, contest: str) -> Mapping[str, int]:
        """Return what the rows of a contest say, of ballots that are not invalid; 0 for all else."""
        return self._rows[contest]

    def ballots(self, kind: str) -> int:
        """Return how many ballots are `valid`, `invalid` or `undecided`."""
        return self._validity[kind]


def tally_style(
    style: BallotStyle,
    rules: RuleSet,
    ballots: Iterable[BallotVotes] | VoteSums,
    figures: Figures,
    final: bool,
) -> StyleTally:
    """Count the ballots of one style, in whatever order they come.

    Args:
        style: the ballot style.
        rules: the rule set of its round.
        ballots: every ballot read, after the rules (`ballot.judge`), or their sums.
        figures: what people counted.
        final: whether nothing is open; only then has a contest an outcome.
    """
    sums = ballots if isinstance(ballots, VoteSums) else VoteSums()
    for ballot in () if isinstance(ballots, VoteSums) else ballots:
        sums.add(style, ballot)
    of = _denominator(rules, figures, sums.ballots("valid"))
    return StyleTally(
        id=style.id,
        title=style.title,
        figures=figures,
        read=len(sums),
        valid=sums.ballots("valid"),
        invalid=sums.ballots("invalid"),
        undecided=sums.ballots(UNDECIDED),
        contests=tuple(_contest(c, rules, sums.of(c.id), of, final) for c in style.contests),
    )


def _validity(ballot: BallotVotes, style: BallotStyle) -> str:
    if ballot.valid is False:
        return "invalid"
    if ballot.valid is None or any(_row(ballot, contest.id) == UNDECIDED for contest in style.contests):
        return UNDECIDED
    return "valid"


def _row(ballot: BallotVotes, contest: str) -> str:
    # While it is open whether a ballot counts at all, none of its rows is counted for anybody.
    return UNDECIDED if ballot.valid is None else ballot.rows.get(contest, UNDECIDED)


def _contest(
    contest: Contest, rules: RuleSet, counts: Mapping[str, int], of: int | None, final: bool
) -> ContestTally:
    votes = {option.id: counts[option.id] for option in rules.options}
    unknown = set(counts) - set(votes) - {BLANK, OVERVOTED, SPOILED, UNDECIDED}
    if unknown:
        raise ValueError(f"rows of {contest.id} that no rule set knows: {sorted(unknown)}")
    outcome = None
    if final and of is not None:
        reached = (t.outcome for t in rules.thresholds if t.reached(votes[t.option], of))
        # A rule set that knows no thresholds can't say that none was reached.
        outcome = next(reached, "none" if rules.thresholds else None)
    return ContestTally(
        id=contest.id,
        name=contest.name,
        position=contest.position,
        votes=votes,
        blank=counts[BLANK],
        overvoted=counts[OVERVOTED],
        undecided=counts[UNDECIDED],
        percent={option: _percent(n, of, rules.percent) for option, n in votes.items()},
        outcome=outcome,
        spoiled=counts[SPOILED],
    )


def _denominator(rules: RuleSet, figures: Figures, valid: int) -> int | None:
    if rules.percent is None:
        return None
    if rules.percent.of == "valid":
        return valid
    number: int | None = getattr(figures, rules.percent.of)
    return number


def _percent(count: int, of: int | None, rule: PercentRule | None) -> str:
    return percent(count, of, rule.decimals, rule.rounding) if of and rule else ""


def percent(count: int, of: int, decimals: int, rounding: Rounding = Rounding.HALF_UP) -> str:
    """Return `count` of `of` in percent with that many decimals, worked out in integers: `90.12`.

    The National Assembly's published percentages of 2013, 2014 and 2018 are rounded half up in every cell.
    """
    scale = int(10**decimals)
    scaled, rest = divmod(count * 100 * scale, of)
    up = {
        Rounding.HALF_UP: 2 * rest >= of,
        Rounding.HALF_EVEN: 2 * rest > of or (2 * rest == of and scaled % 2 == 1),
        Rounding.DOWN: False,
    }[rounding]
    whole, part = divmod(scaled + up, scale)
    return f"{whole}.{part:0{decimals}d}" if decimals else str(whole)


def percent_words(figure: str, language: str | None = None) -> str:
    """Return a percentage as people write it: `90,12%` in Vietnamese; a dash where it is not known.

    Args:
        figure: as `percent` gives it; may be empty.
        language: `vi` or `en`; by default the one in force.
    """
    if not figure:
        return "–"
    in_vietnamese = (language or words.language()) == "vi"
    return f"{figure.replace('.', ',')}%" if in_vietnamese else f"{figure}%"


def want_of_figures(style: BallotStyle, rules: RuleSet, figures: Figures) -> str:
    """Return the sentence that says why percentages can't be given; empty where they can."""
    if rules.percent is None or rules.percent.of == "valid":
        return ""
    if getattr(figures, rules.percent.of) is not None:
        return ""
    name = {
        "members": _("all members"),
        "summoned": _("summoned"),
        "present": _("present"),
        "issued": _("ballots issued"),
        "collected": _("ballots collected"),
    }[rules.percent.of]
    return _("Ballot {style}: percentages are of {figure}, and that number was not told yet.").format(
        style=style.id, figure=name
    )


def tally_json(practice: bool, rounds: Iterable[RoundTally]) -> dict[str, Any]:
    """Return the tally as `phieu tally --json` prints it."""
    return {"practice": practice, "rounds": [round_json(tally) for tally in rounds]}


def round_json(tally: RoundTally) -> dict[str, Any]:
    """Return one round's part of `tally_json`."""
    return {
        "id": tally.id,
        "title": tally.title,
        "final": tally.final,
        "ballots": [_style_json(style) for style in tally.styles],
    }


def _style_json(style: StyleTally) -> dict[str, Any]:
    return {
        "id": style.id,
        "issued": style.figures.issued,
        "collected": style.figures.collected,
        "read": style.read,
        "valid": style.valid,
        "invalid": style.invalid,
        "undecided": style.undecided,
        "contests": [_contest_json(contest) for contest in style.contests],
    }


def _contest_json(contest: ContestTally) -> dict[str, Any]:
    json: dict[str, Any] = {
        "id": contest.id,
        "name": contest.name,
        "votes": contest.votes,
        "blank": contest.blank,
        "overvoted": contest.overvoted,
    }
    if contest.spoiled:
        # Only where it happened: a struck name under a rule set by which that costs the row.
        json["spoiled"] = contest.spoiled
    return json | {"percent": contest.percent, "outcome": contest.outcome}
