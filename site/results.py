"""The results bundle: totals of every round that is published, as JSON and CSV.

Comes in: the desk's tallies and the plan. Goes out: `results/<round>.json` and `results/<round>.csv`.
Totals only: no ballot, no page, no order and no time is in it, so nothing here ties a ballot to a voter.

What the plan says of a round decides what of it leaves the desk: `full`, every person's counts; `summary`,
the figures of each ballot and how many people reached each outcome, without saying who; `none`, nothing at
all. Small numbers are not blurred: where all voters chose the same, or one voter did otherwise, the totals
tell it, and they are what the law has announced, person by person. Whoever wants less published says so in
the plan.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..count.bundle import Bundle
from ..count.desk import Desk
from ..count.statistics import Statistics
from ..errors import ExitCode, PhieuError
from ..vote.basis import spoken
from ..vote.plan import Plan, Publication, Round
from ..vote.rules import RuleSet, Threshold
from ..vote.tally import ContestTally, Figures, RoundTally, StyleTally, round_json
from ..words import N_, _


class NotFinal(PhieuError):
    """A round that is to be published is not final."""

    exit_code = ExitCode.NOT_FINAL


class CountedTwice(PhieuError):
    """A round has two results: one counted here, one handed in."""

    exit_code = ExitCode.RESULTS_DIFFER


@dataclass(frozen=True, slots=True)
class RoundResults:
    """One round as it is published."""

    plan: Round
    tally: RoundTally
    statistics: Statistics
    bundle: Bundle | None = None
    """The results bundle of a closed round, be it closed here or handed in by its unit."""

    @property
    def full(self) -> bool:
        """Whether the counts of single people are published."""
        return self.plan.publish is Publication.FULL

    def whole(self, style: StyleTally) -> int:
        """Return what percentages are of, else the ballots collected; those read, while it was not told."""
        rule = self.plan.rules.percent
        of = "collected" if rule is None else rule.of
        figure: int | None = style.valid if of == "valid" else getattr(style.figures, of)
        return style.read if figure is None else figure

    def threshold(self, contest: ContestTally) -> Threshold | None:
        """Return the threshold whose outcome a contest has."""
        return next((t for t in self.plan.rules.thresholds if t.outcome == contest.outcome), None)

    def outcomes(self, style: StyleTally) -> Mapping[str, int]:
        """Return how many people reached each outcome; empty while the round is not final."""
        counted = Counter(contest.outcome for contest in style.contests)
        if not self.tally.final:
            return {}
        return {
            outcome: counted[outcome]
            for outcome in (*(t.outcome for t in self.plan.rules.thresholds), "none")
        }


@dataclass(frozen=True, slots=True)
class Results:
    """All that is published of one count."""

    plan: Plan
    practice: bool
    journal_head: str
    rounds: tuple[RoundResults, ...]
    withheld: tuple[Round, ...]
    """Rounds of which the plan publishes nothing."""
    missing: tuple[Round, ...] = ()
    """Rounds to be published that no unit has handed in, nor this desk counted."""
    gathered: bool = False
    """Whether units handed results in, so that they are of several counts."""

    @property
    def final(self) -> bool:
        """Whether every round is."""
        return all(a_round.tally.final for a_round in self.rounds)


def bundle(desk: Desk, plan: Plan, practice: bool, gathered: Mapping[str, Bundle] | None = None) -> Results:
    """Return what was counted of the rounds that the plan publishes.

    Args:
        desk: the count of this workspace.
        plan: what is published.
        practice: whether these are a rehearsal's.
        gathered: round to the results bundle that its unit handed in, where units were asked to. What is
            then neither handed in nor counted here is missing, not open.

    Raises:
        CountedTwice: a round was counted here, and handed in as well.
    """
    rounds: list[RoundResults] = []
    missing: list[Round] = []
    for a_round in plan.rounds:
        if a_round.publish is Publication.NONE:
            continue
        tally, handed_in = desk.tally(a_round.id), (gathered or {}).get(a_round.id)
        if handed_in is not None:
            if _begun(tally) and tally != handed_in.tally:
                raise CountedTwice(
                    _("Round {round} was counted here, and its unit handed in another result.").format(
                        round=a_round.id
                    ),
                    hint=_("Find out which of the two holds; withdraw the batches, or take the file away."),
                )
            rounds.append(RoundResults(a_round, handed_in.tally, handed_in.statistics, handed_in))
        elif gathered and not _begun(tally):
            missing.append(a_round)
        else:
            statistics, closed = desk.statistics(a_round.id), desk.bundle(a_round.id)
            rounds.append(RoundResults(a_round, tally, statistics, closed))
    return Results(
        plan=plan,
        practice=practice,
        journal_head=desk.journal_head(),
        rounds=tuple(rounds),
        withheld=tuple(a_round for a_round in plan.rounds if a_round.publish is Publication.NONE),
        missing=tuple(missing),
        gathered=bool(gathered),
    )


def _begun(tally: RoundTally) -> bool:
    """Whether anything of a round was counted here."""
    return any(style.read or style.figures != Figures() for style in tally.styles)


def refuse_unless_final(results: Results) -> None:
    """Stop a publication that would show as settled what is still open.

    Raises:
        NotFinal: naming each round that is open, and why.
    """
    open_rounds = [
        f"{a_round.plan.title}: {' '.join(a_round.tally.open)}"
        for a_round in results.rounds
        if not a_round.tally.final
    ]
    if open_rounds:
        raise NotFinal(
            _("Not final yet, so not published: {rounds}").format(rounds="\n".join(open_rounds)),
            hint=_(
                "Settle what is open (`phieu review`, `phieu figures`), write `publish: none` for a round"
                " that is not to be published, or publish a draft with --draft: every page says what it is."
            ),
        )


def as_json(results: Results, a_round: RoundResults) -> str:
    """Return `results/<round>.json`: as `phieu tally --json`, of one round, with the plan's texts."""
    tally = round_json(a_round.tally)
    for ballot, style in zip(tally["ballots"], a_round.tally.styles, strict=True):
        ballot["title"] = style.title
        ballot["outcomes"] = a_round.outcomes(style)
        if a_round.full:
            for contest, counted in zip(ballot["contests"], style.contests, strict=True):
                contest["position"] = counted.position
        else:
            del ballot["contests"]
    plan = a_round.plan
    tally |= {
        "unit": plan.unit.name,
        "date": plan.date.isoformat(),
        "place": plan.place,
        "publication": str(plan.publish),
        "note": plan.note,
        "source": plan.source,
        "rules": _rules_json(plan.rules),
        "forms": [{"ballot": f.style, "form": f.form, "sha256": f.sha256} for f in a_round.statistics.forms],
    }
    data = {
        "practice": results.practice,
        "title": results.plan.title,
        "language": results.plan.language,
        "journal_head": a_round.bundle.journal_head
        if results.gathered and a_round.bundle
        else results.journal_head,
        "bundle": a_round.bundle.sha256 if a_round.bundle else None,
        "rounds": [tally],
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


COLUMNS = {
    "round": N_("the round's id"),
    "date": N_("day of the vote, year-month-day"),
    "practice": N_("yes: a rehearsal, not a real result"),
    "final": N_("yes: nothing is open any more"),
    "ballot": N_("the ballot style's id"),
    "number": N_("the row's number on the ballot"),
    "contest": N_("the person's id"),
    "name": N_("as printed on the ballot"),
    "position": N_("as printed on the ballot"),
    "issued": N_("ballots issued, counted by people"),
    "collected": N_("ballots collected, counted by people"),
    "valid": N_("valid ballots"),
    "invalid": N_("invalid ballots"),
    "blank": N_("rows without a mark"),
    "overvoted": N_("rows with several marks"),
    "spoiled": N_("rows made invalid by other ink, as a struck name"),
    "undecided": N_("rows about which a question is open"),
    "outcome": N_("the threshold that was reached; none, or empty while not final"),
}
"""The columns of `results/<round>.csv` and what each means; two more stand after `position` for each
option.
"""


def as_csv(results: Results, a_round: RoundResults) -> bytes:
    """Return `results/<round>.csv`: a flat row a contest, UTF-8 with the mark by which Excel knows it."""
    options = [option.id for option in a_round.plan.rules.options]
    names = [*COLUMNS]
    place = names.index("position") + 1
    names[place:place] = [column for option in options for column in (f"votes_{option}", f"percent_{option}")]
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(results, a_round):
        writer.writerow({name: harmless(value) for name, value in row.items()})
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def harmless(cell: object) -> object:
    """Return a cell no spreadsheet takes for a formula: what begins like one gets an apostrophe."""
    if isinstance(cell, str) and cell.lstrip()[:1] in ("=", "+", "-", "@"):
        return f"'{cell}"
    return cell


def _rows(results: Results, a_round: RoundResults) -> Iterator[dict[str, object]]:
    for style in a_round.tally.styles if a_round.full else ():
        for number, contest in enumerate(style.contests, start=1):
            row: dict[str, object] = {
                "round": a_round.plan.id,
                "date": a_round.plan.date.isoformat(),
                "practice": "yes" if results.practice else "no",
                "final": "yes" if a_round.tally.final else "no",
                "ballot": style.id,
                "number": number,
                "contest": contest.id,
                "name": contest.name,
                "position": contest.position,
                "issued": style.figures.issued,
                "collected": style.figures.collected,
                "valid": style.valid,
                "invalid": style.invalid,
                "blank": contest.blank,
                "overvoted": contest.overvoted,
                "spoiled": contest.spoiled,
                "undecided": contest.undecided,
                "outcome": contest.outcome,
            }
            for option, votes in contest.votes.items():
                row[f"votes_{option}"] = votes
                row[f"percent_{option}"] = contest.percent[option]
            yield row


def _rules_json(rules: RuleSet) -> dict[str, Any]:
    return {
        "id": rules.id,
        "title": spoken(rules.title),
        "source": rules.source,
        "checked": rules.checked,
        "percent_of": rules.percent.of if rules.percent else None,
        "decimals": rules.percent.decimals if rules.percent else None,
        "options": {option.id: spoken(option.label) for option in rules.options},
        "thresholds": [
            {
                "outcome": threshold.outcome,
                "option": threshold.option,
                "share": str(threshold.share),
                "strict": threshold.strict,
                "label": spoken(threshold.label),
                "article": threshold.article,
                "checked_against": str(threshold.basis.checked_against),
            }
            for threshold in rules.thresholds
        ],
    }
