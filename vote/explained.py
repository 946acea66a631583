"""A rule set in words, in the language in force: each rule with its article and how far it was checked."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from ..words import N_, _
from .basis import Basis, CheckedAgainst, spoken
from .eligibility import Eligibility, When
from .rules import InkRule, PercentRule, Rounding, RuleSet, Spoils, Threshold

WHOLES = {
    "members": N_("all members"),
    "summoned": N_("all who were summoned"),
    "present": N_("all who were present"),
    "issued": N_("the ballots issued"),
    "collected": N_("the ballots collected"),
    "valid": N_("the valid ballots"),
}
"""What a percentage or a quorum may be of."""

_SPOILS = {
    Spoils.NOTHING: N_("nothing is invalid"),
    Spoils.ROW: N_("that row is invalid"),
    Spoils.BALLOT: N_("the whole ballot is invalid"),
}
_ROUNDING = {
    Rounding.HALF_UP: N_("half is rounded up"),
    Rounding.HALF_EVEN: N_("half is rounded to the even digit"),
    Rounding.DOWN: N_("what is beyond is cut off"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in words."""

    words: str
    basis: Basis

    @property
    def rests_on(self) -> str:
        """The article, and whether it was held against the signed text."""
        return ", ".join(part for part in (self.basis.article, checked_words(self.basis)) if part)


@dataclass(frozen=True, slots=True)
class Chapter:
    """Rules about one thing."""

    title: str
    rules: tuple[Rule, ...]


def explained(rules: RuleSet) -> tuple[Chapter, ...]:
    """Return a rule set's rules in the order of a vote; chapters without any rule are left out."""
    chapters = (
        Chapter(_("Who is voted on"), tuple(_eligible(rules.eligibility))),
        Chapter(_("What a mark means"), tuple(_rows(rules))),
        Chapter(_("Other ink on the ballot"), tuple(map(_ink, rules.stray))),
        Chapter(_("The sheet as a whole"), tuple(map(_ink, rules.sheet))),
        Chapter(_("Percentages"), (_percent(rules.percent),) if rules.percent else ()),
        Chapter(_("What follows"), tuple(map(_threshold, rules.thresholds))),
    )
    return tuple(chapter for chapter in chapters if chapter.rules)


def checked_words(basis: Basis) -> str:
    """Return how far a rule was checked."""
    return {
        CheckedAgainst.SIGNED: _("checked against the signed text"),
        CheckedAgainst.PUBLISHED: _("read in a published text, not checked against the signed one"),
        CheckedAgainst.NOTHING: _("not checked"),
    }[basis.checked_against]


def _eligible(rule: Eligibility) -> Iterator[Rule]:
    if rule.subjects and rule.subjects_basis:
        yield Rule(spoken(rule.subjects), rule.subjects_basis)
    for exemption in rule.exempt:
        how = _(" (told by the date on the list)") if exemption.when is When.ELECTED_IN_YEAR else ""
        yield Rule(
            _("Not voted on: {reason}{how}.").format(reason=spoken(exemption.label), how=how), exemption.basis
        )
    if rule.places:
        yield Rule(
            _("Who holds several posts is voted on in at most {most} places.").format(most=rule.places.most),
            rule.places.basis,
        )
    if rule.year_of_term:
        yield Rule(
            _("The vote is held in year {year} of the term.").format(year=rule.year_of_term.year),
            rule.year_of_term.basis,
        )
    if rule.order:
        kinds = "; ".join(f"{n}. {spoken(kind.label)}" for n, kind in enumerate(rule.order.kinds, 1))
        yield Rule(_("Order of the rounds: {kinds}.").format(kinds=kinds), rule.order.basis)
    if rule.quorum:
        yield Rule(
            _("A vote is held when at least {share} of {whole} are present.").format(
                share=_fraction(rule.quorum.share), whole=_(WHOLES[rule.quorum.of])
            ),
            rule.quorum.basis,
        )


def _rows(rules: RuleSet) -> Iterator[Rule]:
    options = ", ".join(spoken(option.label) for option in rules.options)
    yield Rule(_("A row has one of these: {options}.").format(options=options), rules.rows.basis)
    for what, spoils in (
        (_("No box marked"), rules.rows.blank),
        (_("Several boxes marked"), rules.rows.overvoted),
    ):
        yield Rule(f"{what}: {_(_SPOILS[spoils])}.", rules.rows.basis)
    yield Rule(
        _("On a ballot that names one person only, an invalid row: {what}.").format(
            what=_(_SPOILS[rules.only_row.spoils])
        ),
        rules.only_row.basis,
    )


def _ink(rule: InkRule) -> Rule:
    return Rule(f"{spoken(rule.label)}: {_(_SPOILS[rule.spoils])}.", rule.basis)


def _percent(rule: PercentRule) -> Rule:
    words = _("Percentages are of {whole}, with {decimals} decimals; {rounding}.").format(
        whole=_(WHOLES[rule.of]), decimals=rule.decimals, rounding=_(_ROUNDING[rule.rounding])
    )
    return Rule(words, rule.basis)


def _threshold(rule: Threshold) -> Rule:
    more = _("more than {share}") if rule.strict else _("{share} or more")
    words = f"{spoken(rule.label)} ({more.format(share=_fraction(rule.share))}): {spoken(rule.leads_to)}"
    return Rule(words, rule.basis)


def _fraction(share: Fraction) -> str:
    return f"{share.numerator}/{share.denominator}"
