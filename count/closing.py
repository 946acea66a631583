"""What keeps a round open and nobody can explain away: in sentences of the user's language. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping

from ..vote.plan import BallotStyle, Round
from ..vote.tally import Figures, tally_style, want_of_figures
from ..words import _, ngettext
from .batches import Batch, BatchState
from .counted import Counted


def still_open(
    a_round: Round, counted: Counted, told: Mapping[str, Figures], batches: Iterable[Batch]
) -> list[str]:
    """Return what keeps the round open in any case; empty when nothing does.

    Beside this, a round is final only when of every ballot style as many were read as were collected
    (`differences`).

    Args:
        a_round: the round.
        counted: what all pages and answers come to.
        told: ballot style to what people counted.
        batches: every batch of the count.
    """
    sentences = [
        _("Batch {name} is staged, not counted: {reason}").format(name=one.name, reason=one.reason)
        for one in batches
        if one.state is BatchState.STAGED
    ]
    sentences += _questions(counted, a_round.id)
    if counted.contradicted:
        sentences.append(
            _(
                "Ballots that are one sheet by some answers are different sheets by another: "
                "look at these questions again."
            )
        )
    for style in a_round.styles:
        sentences += _undecided(a_round, style, counted)
        sentences += _untold(a_round, style, told[style.id])
    return sentences


def _questions(counted: Counted, round_id: str) -> list[str]:
    waiting = Counter(one.round for one in counted.questions if one.open)
    sentences = []
    if waiting[round_id]:
        sentences.append(
            ngettext(
                "{n} question waits for an answer.", "{n} questions wait for an answer.", waiting[round_id]
            ).format(n=waiting[round_id])
        )
    if waiting[None]:
        sentences.append(
            ngettext(
                "{n} page is for review: nobody has said yet which ballot it is.",
                "{n} pages are for review: nobody has said yet which ballots they are.",
                waiting[None],
            ).format(n=waiting[None])
        )
    return sentences


def _undecided(a_round: Round, style: BallotStyle, counted: Counted) -> list[str]:
    # While questions wait, they are the reason and were told already; without one, a ballot lacks a side.
    if any(one.open and one.round in (a_round.id, None) for one in counted.questions):
        return []
    votes = counted.votes[a_round.id, style.id]
    undecided = tally_style(style, a_round.rules, votes, Figures(), final=False).undecided
    if not undecided:
        return []
    return [
        ngettext(
            "Ballot {style}: {n} ballot has rows that nobody decided; scan its sheet again.",
            "Ballot {style}: {n} ballots have rows that nobody decided; scan their sheets again.",
            undecided,
        ).format(style=style.id, n=undecided)
    ]


def _untold(a_round: Round, style: BallotStyle, told: Figures) -> list[str]:
    if told.collected is None:
        return [_("Ballot {style}: how many were collected was not told yet.").format(style=style.id)]
    want = want_of_figures(style, a_round.rules, told)
    return [want] if want else []
