"""The pictures: one chart a ballot style and one a person, as static SVG.

Comes in: what the ballots came to and their rule set. Goes out: SVG text, wide for desks and paper, narrow
for phones.

How the chart of a style is to be read: each bar is all ballots that percentages are of. The option that
thresholds apply to (`low` in a confidence vote) starts at zero, so that the rules at 1/2 and 2/3 measure it
and nothing else; it is the darkest, its count stands before the bar in the same colour, and so do the words
on the rules. The option at the other end shares the bars' right edge, so both ends can be compared from row
to row. The colours differ in lightness first: they hold in gray print and for colour-blind readers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil, floor

from ..vote.basis import spoken
from ..vote.history import EarlierResult
from ..vote.rules import RuleSet, Threshold
from ..vote.tally import ContestTally, StyleTally, percent_words
from ..words import _
from .drawing import DARK, INK, PAPER, QUIET, Axes, Caption, Part, Piece, Rule, Sheet
from .slopes import Slope, slope_chart

NO_VOTE = "no_vote"
"""Collected, but saying nothing of this person: rows left blank, rows with several marks, invalid ballots."""
OPEN = "open"
"""In a draft: questions without an answer, and ballots not read yet."""

_STYLE = Sheet(left=336, plot=430, right=34, row=36, bar=20)
_STYLE_NARROW = Sheet(left=32, plot=308, right=24, row=50, bar=18, names_above=True)
_PERSON = Sheet(left=140, plot=430, right=130, row=42, bar=22)
_PERSON_NARROW = Sheet(left=4, plot=246, right=114, row=56, bar=20, names_above=True)

# The options that no threshold applies to, from the one next to the dark one on.
_FILLS = {0: (), 1: ("#3b75af",), 2: ("#d5dde5", "#3b75af"), 3: ("#e3e8ed", "#a9c3dc", "#3b75af")}
_LINES = {"#d5dde5": "#77838e", "#e3e8ed": "#8a949d", "#a9c3dc": "#77838e"}
"""What fills an area well is too pale for a line and its words."""


def style_chart(style: StyleTally, rules: RuleSet, of: int, caption: Caption, narrow: bool = False) -> str:
    """Return the chart of a ballot style: a stacked bar a person, in the order of the ballot.

    Args:
        style: what the ballots of the style came to.
        rules: gives options, their words and thresholds.
        of: the ballots that percentages and thresholds are of; the length of a full bar.
        caption: the words around it.
        narrow: for a phone; names stand above their bars.
    """
    rows = {str(number): contest for number, contest in enumerate(style.contests, start=1)}
    counts = {row: _parted(contest, style, of) for row, contest in rows.items()}
    parts = _parts(rules, list(counts.values()))
    first, last = parts[0], parts[len(rules.options) - 1]
    thresholds = _rules(rules.thresholds, of)
    axes = Axes(_STYLE_NARROW if narrow else _STYLE, list(rows), of)
    pieces = [piece for row in rows for piece in _stacked(row, counts[row], parts)]
    between = [piece for piece in pieces if piece.part not in (first, last)]
    layers = [
        axes.bars(pieces, parts, legend=True),
        axes.rules(
            thresholds, [axes.span(row, 3) for row in rows] if narrow else [(-3, axes.height)], words=-7
        ),
        axes.names([(row, f"{row}. {contest.name}", contest.position) for row, contest in rows.items()]),
        axes.counts_before([piece for piece in pieces if piece.part is first]),
        axes.counts_inside(between, thresholds, at_end=False),
        axes.counts_inside([piece for piece in pieces if piece.part is last], thresholds, at_end=True),
        axes.scale(_("{count} ballots").format(count=of)),
    ]
    caption = replace(caption, subtitle=f"{caption.subtitle}\n{_how_to_read(rules)}")
    return axes.drawn(layers, caption, _in_words(style.contests, rules, of), legend=parts, below=24)


def person_chart(
    style: StyleTally, contest: ContestTally, rules: RuleSet, of: int, caption: Caption, narrow: bool = False
) -> str:
    """Return the chart of one person: a bar an option, each from zero; thresholds only where they apply."""
    counts = _parted(contest, style, of)
    order = [*(option.id for option in rules.options), NO_VOTE, OPEN]
    parts = sorted(_parts(rules, [counts]), key=lambda part: order.index(part.key))
    axes = Axes(_PERSON_NARROW if narrow else _PERSON, [part.key for part in parts], of)
    pieces = [
        Piece(
            part.key,
            part,
            0,
            counts[part.key],
            _count_in_words(counts[part.key], contest.percent.get(part.key, "")),
        )
        for part in parts
    ]
    layers = [
        axes.bars(pieces, parts, legend=False),
        axes.names([(part.key, part.label, "") for part in parts]),
    ]
    for option in sorted({threshold.option for threshold in rules.thresholds}):
        top, bottom = axes.span(option, 4)
        measured = [threshold for threshold in rules.thresholds if threshold.option == option]
        layers.append(axes.rules(_rules(measured, of), [(top, bottom)], words=bottom + 13))
    layers.append(axes.words_after(pieces))
    return axes.drawn(layers, caption, _in_words([contest], rules, of), below=12)


def person_slope(
    contest: ContestTally,
    earlier: Sequence[EarlierResult],
    rules: RuleSet,
    votes: Sequence[str],
    caption: Caption,
    narrow: bool = False,
) -> str:
    """Return how the percentages of one person's options changed over the votes; empty with none to compare.

    Args:
        contest: today's counts.
        earlier: the person's earlier votes, the oldest first.
        rules: today's rule set.
        votes: what each vote is called, those of `earlier` and then today's.
        caption: the words around it.
        narrow: for a phone.
    """
    fills = {part.key: _LINES.get(part.fill, part.fill) for part in _parts(rules, [])}
    slopes = []
    for option in rules.options:
        shares = [*(one.percent.get(option.id, "") for one in earlier), contest.percent[option.id]]
        if sum(1 for share in shares if share) > 1:
            slopes.append(
                Slope(
                    spoken(option.label),
                    fills[option.id],
                    [float(share) if share else None for share in shares],
                    [percent_words(share) for share in shares],
                )
            )
    if not slopes:
        return ""
    told = "; ".join(f"{slope.label}: {', '.join(slope.words)}" for slope in slopes)
    return slope_chart(slopes, votes, caption, f"{', '.join(votes)}. {told}.", narrow)


def least(threshold: Threshold, of: int) -> int:
    """Return the smallest count that reaches a threshold."""
    exact = threshold.share * of
    return floor(exact) + 1 if threshold.strict else ceil(exact)


def _parted(contest: ContestTally, style: StyleTally, of: int) -> dict[str, int]:
    """Return how many ballots each part of a bar stands for; together they are all."""
    collected = of if style.figures.collected is None else style.figures.collected
    still_open = contest.undecided + max(min(of, collected) - style.read, 0)
    rest = of - sum(contest.votes.values()) - still_open
    return {**contest.votes, OPEN: still_open, NO_VOTE: max(rest, 0)}


def _parts(rules: RuleSet, counts: Sequence[Mapping[str, int]]) -> list[Part]:
    """Return a bar's parts from zero on: what thresholds apply to, then the ballot's last option back."""
    measured = rules.thresholds[0].option if rules.thresholds else rules.options[-1].id
    others = [option for option in reversed(rules.options) if option.id != measured]
    fills = _FILLS.get(len(others), _FILLS[3] * len(others))
    parts = [Part(o.id, spoken(o.label), DARK, ink=PAPER) for o in rules.options if o.id == measured]
    for option, fill in zip(others, fills, strict=False):
        parts.append(Part(option.id, spoken(option.label), fill, ink=PAPER if fill == "#3b75af" else INK))
    if any(count[NO_VOTE] for count in counts):
        parts.append(Part(NO_VOTE, _("No valid vote"), PAPER, edge=QUIET))
    if any(count[OPEN] for count in counts):
        parts.append(Part(OPEN, _("Not known yet"), "#f6ecd2", edge="#a08a45"))
    return parts


def _stacked(row: str, counts: Mapping[str, int], parts: Sequence[Part]) -> list[Piece]:
    pieces, start = [], 0
    for part in parts:
        pieces.append(Piece(row, part, start, counts[part.key]))
        start += counts[part.key]
    return pieces


def _rules(thresholds: Sequence[Threshold], of: int) -> list[Rule]:
    ranked = sorted(thresholds, key=lambda threshold: threshold.share)
    return [Rule(float(threshold.share * of), _threshold_in_words(threshold, of)) for threshold in ranked]


def _threshold_in_words(threshold: Threshold, of: int) -> str:
    words = (
        _("over {share}: from {count} ballots")
        if threshold.strict
        else _("{share} or more: from {count} ballots")
    )
    return words.format(share=threshold.share, count=least(threshold, of))


def _how_to_read(rules: RuleSet) -> str:
    if not rules.thresholds:
        return ""
    words = {option.id: spoken(option.label).lower() for option in rules.options}
    return _(
        "Dark, from the left, with its count before the bar: {option}; the dashed thresholds apply to it."
    ).format(option=words[rules.thresholds[0].option])


def _count_in_words(count: int, share: str) -> str:
    return f"{count}  ({percent_words(share)})" if share else str(count)


def _in_words(contests: Sequence[ContestTally], rules: RuleSet, of: int) -> str:
    """Return what the picture shows, for those who can't see it."""
    options = [(option.id, spoken(option.label).lower()) for option in rules.options]
    lines = [
        f"{contest.name}: " + ", ".join(f"{words} {contest.votes.get(key, 0)}" for key, words in options)
        for contest in contests
    ]
    return _("Of {count} ballots.").format(count=of) + " " + "; ".join(lines) + "."
