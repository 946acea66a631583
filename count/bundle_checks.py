"""What must hold within a results bundle, whoever made it. Pure.

Every sum is added up again, every percentage and outcome worked out anew from the counts by the rule set
that the bundle carries.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from ..vote.rules import RuleSet
from ..vote.tally import ContestTally, Figures, StyleTally, percent
from ..words import _

if TYPE_CHECKING:
    from .bundle import Bundle

_SHA256 = re.compile(r"[0-9a-f]{64}")
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ")


def contradictions(bundle: "Bundle") -> list[str]:
    """Return what does not hold, in sentences; empty when everything does."""
    found = [*_about_the_round(bundle)]
    for style in bundle.tally.styles:
        found += _about_a_style(bundle, style)
    return found


def _about_the_round(bundle: "Bundle") -> Iterator[str]:
    tally, styles = bundle.tally, [style.id for style in bundle.tally.styles]
    if not tally.final or tally.open:
        yield _("Its round is not final.")
    if (tally.id, tally.title) != (bundle.round, bundle.title):
        yield _("Its figures are another round's.")
    if not styles or len(set(styles)) != len(styles):
        yield _("Its ballots are named twice, or not at all.")
    by_style = (bundle.statistics.ballots, bundle.invalid)
    explained = [one.difference for one in bundle.explained]
    if (
        any(set(named) != set(styles) for named in by_style)
        or not {one.style for one in bundle.explained} <= set(styles)
        or any(one.difference.rpartition("/")[0] != one.style for one in bundle.explained)
        or len(set(explained)) != len(explained)
    ):
        yield _("It tells of ballots that its round does not have, or not of all it has.")
    if not all(one.explanation and one.by for one in bundle.explained):
        yield _("A difference has no explanation, or nobody who gave it.")
    if not bundle.closed_by or not all(bundle.closed_by):
        yield _("Nobody closed it.")
    hashes = [bundle.journal_head, *([bundle.corrects] if bundle.corrects else [])]
    if not all(_SHA256.fullmatch(one) for one in hashes) or bool(bundle.corrects) != bool(bundle.reason):
        yield _("What it says of the journal, or of the results it corrects, is incomplete.")
    if not _is_day(bundle.date) or not _AT.fullmatch(bundle.closed_at):
        yield _("A day or time in it is none.")


def _about_a_style(bundle: "Bundle", style: StyleTally) -> Iterator[str]:
    sums = (
        style.undecided == 0
        and style.valid + style.invalid == style.read
        and bundle.statistics.ballots.get(style.id) == style.read
        and sum(bundle.invalid.get(style.id, {}).values()) == style.invalid
    )
    if not sums:
        yield _("The ballots of {round}, {style} do not add up.").format(round=bundle.round, style=style.id)
    explained = {one.difference for one in bundle.explained}
    if style.figures.collected != style.read and f"{style.id}/collected-read" not in explained:
        yield _("Ballot {style}: more or fewer were read than collected, and nobody says why.").format(
            style=style.id
        )
    ids = [contest.id for contest in style.contests]
    if len(set(ids)) != len(ids):
        yield _("Ballot {style} names a person twice.").format(style=style.id)
    for contest in style.contests:
        if not _adds_up(contest, style, bundle.rule_set):
            yield _("The votes of {name} do not add up.").format(name=contest.name)
        elif not _follows(contest, style, bundle.rule_set):
            yield _("The percentages or the outcome of {name} are not what the votes give.").format(
                name=contest.name
            )


def _adds_up(contest: ContestTally, style: StyleTally, rules: RuleSet) -> bool:
    rows = sum(contest.votes.values()) + contest.blank + contest.overvoted + contest.spoiled
    return (
        contest.undecided == 0
        and rows == style.read - style.invalid
        and set(contest.votes) == {option.id for option in rules.options} == set(contest.percent)
    )


def _follows(contest: ContestTally, style: StyleTally, rules: RuleSet) -> bool:
    rule, of = rules.percent, whole(rules, style.figures, style.valid)
    shares = {
        option: percent(count, of, rule.decimals, rule.rounding) if rule and of else ""
        for option, count in contest.votes.items()
    }
    return shares == contest.percent and rules.outcome(contest.votes, of) == contest.outcome


def whole(rules: RuleSet, figures: Figures, valid: int) -> int | None:
    """Return what percentages are of; None where it is not known."""
    if rules.percent is None:
        return None
    of: int | None = valid if rules.percent.of == "valid" else getattr(figures, rules.percent.of)
    return of


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
