"""A rule set: what a mark means, what is valid, percentages of what, and what follows. All of it is data.

Each rule names the article it rests on and how far that was checked (`Basis`): what nobody read in a
published or signed text is never shown as law, but as "chưa đối chiếu". `rules_file` reads a rule set.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ..words import _
from .basis import Basis, CheckedAgainst, Id, RuleData, Texts, spoken
from .eligibility import Eligibility

BLANK = "blank"
OVERVOTED = "overvoted"
"""What a row says when nobody or several are chosen in it. They are answers of people, too."""


class Spoils(StrEnum):
    """What a fault takes with it."""

    NOTHING = "nothing"
    ROW = "row"
    """The row is invalid; the ballot's other rows count."""
    BALLOT = "ballot"
    """The whole ballot is invalid."""


class Option(RuleData):
    """One choice in a contest, in the order it stands on the ballot."""

    id: Id
    label: Texts
    """The words on the ballot."""


class RowRule(RuleData):
    """What a row is worth in which no box, or more than one, is marked."""

    blank: Spoils
    overvoted: Spoils
    basis: Basis


class OnlyRowRule(RuleData):
    """What an invalid row does to a ballot that has no other row."""

    spoils: Spoils
    basis: Basis


class InkRule(RuleData):
    """One answer people may give about ink where no mark belongs, or about a whole sheet."""

    answer: Id
    label: Texts
    spoils: Spoils
    basis: Basis


class Rounding(StrEnum):
    """How the last decimal of a percentage comes about."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"
    """Cut off."""


class PercentRule(RuleData):
    """Percentages: of what, how many decimals, and how the last one comes about."""

    of: Literal["members", "summoned", "present", "issued", "collected", "valid"]
    decimals: Annotated[int, Field(ge=0, le=6)]
    rounding: Rounding = Rounding.HALF_UP
    basis: Basis


class Threshold(RuleData):
    """An outcome that follows when an option has more than (or at least) a share of the denominator."""

    outcome: Id
    option: str
    share: Annotated[Fraction, Field(gt=0, le=1)]
    strict: bool
    """True: more than the share. False: the share or more."""
    label: Texts
    leads_to: Texts
    """What the rule says must or may happen then."""
    basis: Basis

    @property
    def article(self) -> str:
        """The article it rests on."""
        return self.basis.article

    def reached(self, count: int, of: int) -> bool:
        """Whether `count` out of `of` reaches it, compared in integers."""
        have, need = count * self.share.denominator, of * self.share.numerator
        return of > 0 and (have > need if self.strict else have >= need)


class RuleSet(RuleData):
    """How the votes of a round are counted."""

    id: str
    version: Annotated[int, Field(ge=1)]
    """Of this file; a changed rule is a new version."""
    based_on: str = ""
    """The rule set from which an office's own takes all that its file does not say; empty for a whole one."""
    title: Texts
    source: str
    """Where the text as a whole is published."""
    options: Annotated[tuple[Option, ...], Field(min_length=1)]
    rows: RowRule
    only_row: OnlyRowRule
    stray: Annotated[tuple[InkRule, ...], Field(min_length=1)]
    """About ink in a name cell, or elsewhere outside the boxes."""
    sheet: Annotated[tuple[InkRule, ...], Field(min_length=1)]
    """About a whole sheet: was it issued, does it bear the seal."""
    percent: PercentRule | None = None
    """None where the text was not read for it: no percentages then, and no outcomes."""
    thresholds: tuple[Threshold, ...]
    """From the gravest to the mildest: the first one reached is the outcome."""
    eligibility: Eligibility = Eligibility()
    unknown: tuple[Texts, ...] = ()
    """What the text rules and this file does not, because it was not read: in words."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        ids = [option.id for option in self.options]
        if len({*ids, BLANK, OVERVOTED}) != len(ids) + 2:
            raise ValueError(_("Two options have the same id, or one is called `blank` or `overvoted`."))
        for answers in (self.stray, self.sheet):
            if len({rule.answer for rule in answers}) != len(answers):
                raise ValueError(_("Two answers have the same name."))
        if self.thresholds and self.percent is None:
            raise ValueError(_("A threshold is a share of something: say of what under `percent`."))
        for threshold in self.thresholds:
            if threshold.option not in ids:
                raise ValueError(
                    _("A threshold names the unknown option `{id}`.").format(id=threshold.option)
                )
        return self

    @property
    def checked(self) -> bool:
        """Whether every rule was held against the signed text; if not, it is shown as `chưa đối chiếu`."""
        return all(basis.checked_against is CheckedAgainst.SIGNED for _name, basis in self.bases())

    def outcome(self, votes: Mapping[str, int], of: int | None) -> str | None:
        """Return what follows from final votes.

        Args:
            votes: option to votes.
            of: what percentages are of; None where it is not known.

        Returns:
            The gravest threshold reached, or `none`; None where no thresholds are known, or `of` is not.
        """
        if of is None or not self.thresholds:
            return None
        return next((one.outcome for one in self.thresholds if one.reached(votes[one.option], of)), "none")

    def bases(self) -> Iterator[tuple[str, Basis]]:
        """Yield each rule's place in the file, as `rows` or `stray.ignore`, and what it rests on."""
        yield "rows", self.rows.basis
        yield "only_row", self.only_row.basis
        for group, rules in (("stray", self.stray), ("sheet", self.sheet)):
            for rule in rules:
                yield f"{group}.{rule.answer}", rule.basis
        if self.percent is not None:
            yield "percent", self.percent.basis
        for threshold in self.thresholds:
            yield f"thresholds.{threshold.outcome}", threshold.basis
        yield from self.eligibility.bases()


class Answer(RuleData):
    """One answer people may give to a question."""

    id: str
    words: str
    """In the language in force."""
    spoils: Spoils


def row_answers(rules: RuleSet) -> tuple[Answer, ...]:
    """Return what people may say of a row: each option in the ballot's order, `blank`, `overvoted`."""
    return (
        *(
            Answer(id=option.id, words=spoken(option.label), spoils=Spoils.NOTHING)
            for option in rules.options
        ),
        Answer(id=BLANK, words=_("No box marked"), spoils=rules.rows.blank),
        Answer(id=OVERVOTED, words=_("Several boxes marked"), spoils=rules.rows.overvoted),
    )


def stray_answers(rules: RuleSet) -> tuple[Answer, ...]:
    """Return what people may say of ink outside the boxes, and what each answer spoils."""
    return _ink_answers(rules.stray)


def sheet_answers(rules: RuleSet) -> tuple[Answer, ...]:
    """Return what people may say of a whole sheet, and what each answer spoils."""
    return _ink_answers(rules.sheet)


def _ink_answers(rules: tuple[InkRule, ...]) -> tuple[Answer, ...]:
    return tuple(Answer(id=rule.answer, words=spoken(rule.label), spoils=rule.spoils) for rule in rules)


def note_on_checking(rules: RuleSet) -> str:
    """Return the words to show beside what rests on rules not held against the signed text; else nothing."""
    return "" if rules.checked else _("not checked against the signed text")
