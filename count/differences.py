"""Differences between the figures of a round: what should be equal and is not. Pure.

Each blocks closing until somebody explains it; an explanation holds for the numbers it was given for, and
lapses when one of them changes. What no explanation can settle is no difference here but open (`closing`): a
question without an answer, a staged batch, a figure without which nothing can be worked out. Of the sheets,
only missing ones can be explained, as torn paper that no machine reads. **More sheets read than were
collected is never explained away**: a sheet was counted twice, or people miscounted and tell the figure anew.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from ..vote.plan import Round
from ..vote.rules import RuleSet
from ..vote.tally import Figures, StyleTally
from ..words import _, ngettext
from .bundle_checks import whole
from .figures import WORDS


class Kind(StrEnum):
    """What differs."""

    COLLECTED_READ = "collected-read"
    """Sheets read, ballots collected."""
    ISSUED_COLLECTED = "issued-collected"
    PRESENT_ISSUED = "present-issued"
    PRINTED_ACCOUNTED = "printed-accounted"
    """Printed; issued, exchanged and unused together."""
    QUORUM = "quorum"
    """Fewer were present than the rule set asks for."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference, and what people said of it."""

    style: str
    kind: Kind
    sentence: str
    """With its numbers, in the language in force."""
    numbers: Mapping[str, int | None]
    """What was compared; None: not told."""
    may_be_explained: bool = True
    explanation: str = ""
    """The one in force; empty while nobody explained it with these numbers."""
    by: str = ""

    @property
    def id(self) -> str:
        """Stable: `STYLE/KIND`, within its round."""
        return f"{self.style}/{self.kind}"

    @property
    def settled(self) -> bool:
        """Whether it no longer keeps the round from being closed."""
        return self.may_be_explained and bool(self.explanation)


@dataclass(frozen=True, slots=True)
class Said:
    """An explanation as it was given."""

    difference: str
    numbers: Mapping[str, int | None]
    sentence: str
    explanation: str
    by: str


def differences(
    a_round: Round,
    tallies: Iterable[StyleTally],
    said: Mapping[str, Said],
) -> list[Difference]:
    """Return every difference of a round, explained or not.

    Args:
        a_round: the round.
        tallies: what its ballot styles came to, with the figures that people told.
        said: the last explanation of each difference, by the difference's id.
    """
    found = []
    for tally in tallies:
        for one in _of_style(a_round.rules, tally):
            before = said.get(one.id)
            if before is not None and dict(before.numbers) == dict(one.numbers):
                one = replace(one, explanation=before.explanation, by=before.by)
            found.append(one)
    return found


def _of_style(rules: RuleSet, tally: StyleTally) -> Iterator[Difference]:
    yield from _sheets(rules, tally)
    yield from _issued(tally.id, tally.figures)
    yield from _printed(tally.id, tally.figures)
    yield from _quorum(rules, tally.id, tally.figures)


def _sheets(rules: RuleSet, tally: StyleTally) -> Iterator[Difference]:
    collected, read = tally.figures.collected, tally.read
    if collected is None or collected == read:
        return
    sentence = _("Ballot {style}: {collected} were collected, but {read} were read.").format(
        style=tally.id, collected=collected, read=read
    )
    depends = _could_change(rules, tally, collected - read) if read < collected else []
    if depends:
        sentence += " " + ngettext(
            "The missing ballot could change the outcome of: {names}.",
            "The missing ballots could change the outcome of: {names}.",
            collected - read,
        ).format(names=", ".join(depends))
    numbers = {"collected": collected, "read": read}
    yield Difference(tally.id, Kind.COLLECTED_READ, sentence, numbers, may_be_explained=read < collected)


def _could_change(rules: RuleSet, tally: StyleTally, missing: int) -> list[str]:
    """Return who might have another outcome, had the missing ballots been counted."""
    of = whole(rules, tally.figures, tally.valid)
    with_them = whole(rules, tally.figures, tally.valid + missing)
    names = []
    for contest in tally.contests:
        # They may all have said the same, whatever it is: that is as far as an outcome can move.
        most = [{**contest.votes, option: count + missing} for option, count in contest.votes.items()]
        now = rules.outcome(contest.votes, of)
        if any(rules.outcome(votes, with_them) != now for votes in most):
            names.append(contest.name)
    return names


def _issued(style: str, told: Figures) -> Iterator[Difference]:
    if told.issued is None or told.collected is None:
        if told.issued is None:
            yield Difference(
                style,
                Kind.ISSUED_COLLECTED,
                _("Ballot {style}: how many were issued was not told.").format(style=style),
                {"issued": None, "collected": told.collected},
            )
        return
    if told.issued != told.collected:
        yield Difference(
            style,
            Kind.ISSUED_COLLECTED,
            _("Ballot {style}: {issued} were issued, but {collected} were collected.").format(
                style=style, issued=told.issued, collected=told.collected
            ),
            {"issued": told.issued, "collected": told.collected},
        )
    if told.present is not None and told.present != told.issued:
        yield Difference(
            style,
            Kind.PRESENT_ISSUED,
            _("Ballot {style}: {present} were present, but {issued} were issued.").format(
                style=style, present=told.present, issued=told.issued
            ),
            {"present": told.present, "issued": told.issued},
        )


def _printed(style: str, told: Figures) -> Iterator[Difference]:
    if told.printed is None:
        return
    parts = {"issued": told.issued, "exchanged": told.exchanged, "unused": told.unused}
    numbers = {"printed": told.printed, **parts}
    untold = [name for name, number in parts.items() if number is None]
    if untold:
        sentence = _("Ballot {style}: {printed} were printed, but of these was not told: {names}.").format(
            style=style, printed=told.printed, names=", ".join(_(WORDS[name]) for name in untold)
        )
        yield Difference(style, Kind.PRINTED_ACCOUNTED, sentence, numbers)
        return
    accounted = sum(number or 0 for number in parts.values())
    if accounted != told.printed:
        sentence = _(
            "Ballot {style}: {printed} were printed, but issued, exchanged and unused are {accounted}."
        ).format(style=style, printed=told.printed, accounted=accounted)
        yield Difference(style, Kind.PRINTED_ACCOUNTED, sentence, numbers)


def _quorum(rules: RuleSet, style: str, told: Figures) -> Iterator[Difference]:
    quorum = rules.eligibility.quorum
    if quorum is None:
        return
    of: int | None = getattr(told, quorum.of)
    numbers = {"present": told.present, quorum.of: of}
    if told.present is None or of is None:
        untold = ", ".join(_(WORDS[name]) for name, number in numbers.items() if number is None)
        sentence = _(
            "Ballot {style}: whether there was a quorum can't be told, since this was not told: {names}."
        ).format(style=style, names=untold)
        yield Difference(style, Kind.QUORUM, sentence, numbers)
    elif not quorum.met(told.present, of):
        sentence = _(
            "Ballot {style}: {present} of {of} were present; the quorum is {share} ({basis})."
        ).format(
            style=style,
            present=told.present,
            of=of,
            share=quorum.share,
            basis=quorum.basis.article or rules.id,
        )
        yield Difference(style, Kind.QUORUM, sentence, numbers)


def not_compared(a_round: Round, told: Mapping[str, Figures]) -> list[str]:
    """Return what could not be held against anything, in sentences: people must know that it was not."""
    sentences = []
    if a_round.rules.eligibility.quorum is None:
        sentences.append(
            _(
                "Whether enough people were present was not checked: {rules} as read here names no quorum."
            ).format(rules=a_round.rules.id)
        )
    for style in a_round.styles:
        untold = [name for name in _untold(told[style.id]) if name in ("present", "printed")]
        if untold:
            sentences.append(
                _("Ballot {style}: not told, so held against nothing: {names}.").format(
                    style=style.id, names=", ".join(_(WORDS[name]) for name in untold)
                )
            )
    return sentences


def _untold(told: Figures) -> Iterable[str]:
    return (one.name for one in fields(told) if getattr(told, one.name) is None)
