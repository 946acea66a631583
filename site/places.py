"""Results side by side: the units in their tree, a person's other places, the same person in earlier votes.

Comes in: the results. Goes out: rows for the templates, as plain values. Only what the plan publishes is in
them: of a round that is not published, or in summary only, nothing here says who was voted on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..vote.earlier import EarlierVote
from ..vote.explained import WHOLES
from ..vote.history import Change, ContestKey, EarlierResult, changes, signed
from ..vote.plan import Publication, Round, Unit
from ..vote.rules import Option, RuleSet
from ..vote.tally import ContestTally, StyleTally
from ..words import _
from .results import Results, RoundResults


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit in the tree, with one of its rounds; several rounds make several rows."""

    depth: int
    unit: Unit
    first: bool
    """Whether it is the unit's first row."""
    plan: Round | None
    """None for a unit that holds no round itself."""
    results: RoundResults | None
    """None where they are missing."""


@dataclass(frozen=True, slots=True)
class Place:
    """Another place where a person is voted on."""

    plan: Round
    page: str
    """Below `rounds/`; empty where the results are missing."""
    results: RoundResults | None
    contest: ContestTally | None


def tree(results: Results) -> Iterator[UnitRow]:
    """Yield the units whose results are published or to be, from the top down, with their rounds."""
    there = {a_round.plan.id: a_round for a_round in results.rounds}
    shown = [r for r in results.plan.rounds if r.id in there or r in results.missing]
    for depth, unit in replace(results.plan, rounds=tuple(shown)).tree():
        own = [a_round for a_round in shown if a_round.unit.id == unit.id]
        for n, a_round in enumerate(own):
            yield UnitRow(depth, unit, n == 0, a_round, there.get(a_round.id))
        if not own:
            yield UnitRow(depth, unit, True, None, None)


def elsewhere(
    results: Results, a_round: RoundResults, style: StyleTally, contest: ContestTally
) -> tuple[Place, ...]:
    """Return the other places where somebody is voted on, by the code on the list of people."""
    code = next((one.person for one in a_round.plan.style(style.id).contests if one.id == contest.id), "")
    there = {one.plan.id: one for one in results.rounds}
    found = []
    for other in results.plan.rounds if code else ():
        if other.publish is not Publication.FULL or other.id == a_round.plan.id:
            continue
        for planned in other.styles:
            for one in planned.contests:
                if one.person == code:
                    found.append(_place(other, there.get(other.id), planned.id, one.id))
    return tuple(found)


def _place(plan: Round, results: RoundResults | None, style_id: str, contest_id: str) -> Place:
    if results is None:
        return Place(plan, "", None, None)
    [style] = [one for one in results.tally.styles if one.id == style_id]
    [contest] = [one for one in style.contests if one.id == contest_id]
    return Place(plan, f"{plan.id}/{style_id}/{contest_id}.md", results, contest)


def options_of(elsewhere: Sequence[Place], rules: RuleSet) -> list[Option]:
    """Return the options of a person's places, each once, those of this round first."""
    every = [*rules.options, *(option for place in elsewhere for option in place.plan.rules.options)]
    return list({option.id: option for option in reversed(every)}.values())[::-1]


def with_history(style: StyleTally, history: Mapping[ContestKey, Sequence[EarlierResult]]) -> bool:
    """Return whether somebody on a ballot was voted on before."""
    return any((style.id, contest.id) in history for contest in style.contests)


def changes_by_option(earlier: EarlierResult, contest: ContestTally) -> Mapping[str, Change]:
    """Return how each option changed, by its id."""
    return {change.option: change for change in changes(earlier, contest)}


def in_percent(earlier: Sequence[EarlierResult], contest: ContestTally) -> bool:
    """Return whether a percentage is known of two votes at least, so that a slope can be drawn."""
    return any(
        sum(bool(one.get(option)) for one in (*(e.percent for e in earlier), contest.percent)) > 1
        for option in contest.votes
    )


def votes_told(style: StyleTally, history: Mapping[ContestKey, Sequence[EarlierResult]]) -> list[EarlierVote]:
    """Return the earlier votes that a table of changes is about: of each person the latest."""
    last = [history[style.id, one.id][-1].vote for one in style.contests if (style.id, one.id) in history]
    return list({id(vote): vote for vote in last}.values())


def earlier_date(date: str) -> str:
    """Return a date as far as it is known: `2018`, `10/2018` or `25/10/2018`."""
    return "/".join(reversed(date.split("-")))


def note_on_earlier(vote: EarlierVote, rules: RuleSet) -> str:
    """Return what to know of an earlier vote's figures before they are compared with today's."""
    said = [f"{vote.title} ({earlier_date(vote.date)})."]
    of_then = vote.rules.percent.of if vote.rules.percent else None
    of_now = rules.percent.of if rules.percent else None
    if of_then:
        said.append(_("Percentages were of {whole}.").format(whole=_(WHOLES[of_then])))
    if vote.inferred:
        said.append(_("That number was worked out from published percentages; no source tells it."))
    if of_then and of_now and of_then != of_now:
        said.append(
            _("Now they are of {whole}: the points compare shares of different numbers.").format(
                whole=_(WHOLES[of_now])
            )
        )
    return " ".join(said)


def counted_of(a_round: RoundResults, figure: str) -> str:
    """Return a figure of every kind of ballot of a round, as `48 + 48`; a dash where it was not told."""
    told = [getattr(style.figures, figure) for style in a_round.tally.styles]
    return " + ".join("–" if one is None else str(one) for one in told)


def people_of(a_round: RoundResults) -> int:
    """Return how many were voted on in a round."""
    return sum(len(style.contests) for style in a_round.tally.styles)


def reached_of(a_round: RoundResults) -> int:
    """Return how many reached a threshold."""
    return sum(
        count
        for style in a_round.tally.styles
        for outcome, count in a_round.outcomes(style).items()
        if outcome != "none"
    )


FILTERS: tuple[Callable[..., Any], ...] = (
    tree,
    options_of,
    with_history,
    changes_by_option,
    votes_told,
    in_percent,
    earlier_date,
    note_on_earlier,
    signed,
    counted_of,
    people_of,
    reached_of,
)
