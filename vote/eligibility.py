"""Who a rule set says is voted on, where, when and in what order; all of it is data.

Whatever a text was not read for is absent: nothing is checked then, and `RuleSet.unknown` says so.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from .basis import Basis, Id, RuleData, Texts
from .tidy import bare


class When(StrEnum):
    """How an exemption is known."""

    TOLD = "told"
    """The list of people says so."""
    ELECTED_IN_YEAR = "elected_in_year"
    """The person was elected or appointed in the year of the vote, by the date on the list."""


class Exemption(RuleData):
    """One reason for which a person is not voted on."""

    id: Id
    label: Texts
    when: When = When.TOLD
    known_by: tuple[str, ...] = ()
    """Words by which a reason on the list is recognised as this one, in small letters without marks."""
    basis: Basis


class Places(RuleData):
    """In how many units a person who holds several posts is voted on at most."""

    most: Annotated[int, Field(ge=1)]
    basis: Basis


class YearOfTerm(RuleData):
    """In which year of its term a unit votes: 3 is the third."""

    year: Annotated[int, Field(ge=1, le=10)]
    basis: Basis


class RoundKind(RuleData):
    """A kind of round, as one on those whom the People's Council elected."""

    id: Id
    label: Texts


class Order(RuleData):
    """In which order the rounds of one level are held."""

    kinds: Annotated[tuple[RoundKind, ...], Field(min_length=2)]
    """From the first to the last."""
    basis: Basis


class Quorum(RuleData):
    """How many must be present for a vote to be held."""

    share: Annotated[Fraction, Field(gt=0, le=1)]
    of: Literal["summoned", "members"]
    basis: Basis

    def met(self, present: int, of: int) -> bool:
        """Whether so many are enough, compared in integers."""
        return present * self.share.denominator >= of * self.share.numerator


class Eligibility(RuleData):
    """Who is voted on, where, when and in what order, as far as it was read."""

    subjects: Texts | None = None
    """Whose posts these are, in words."""
    subjects_basis: Basis | None = None
    exempt: tuple[Exemption, ...] = ()
    places: Places | None = None
    year_of_term: YearOfTerm | None = None
    order: Order | None = None
    quorum: Quorum | None = None

    def bases(self) -> Iterator[tuple[str, Basis]]:
        """Yield each rule's place in the file and what it rests on."""
        if self.subjects_basis is not None:
            yield "eligibility.subjects", self.subjects_basis
        for exemption in self.exempt:
            yield f"eligibility.exempt.{exemption.id}", exemption.basis
        for name, rule in (
            ("places", self.places),
            ("year_of_term", self.year_of_term),
            ("order", self.order),
            ("quorum", self.quorum),
        ):
            if rule is not None:
                yield f"eligibility.{name}", rule.basis

    def exemption(self, reason: str) -> Exemption | None:
        """Return the exemption that a reason on the list of people means; None where it is none of them."""
        written = bare(reason)
        for one in self.exempt:
            if written in (one.id, *map(bare, one.label.values())):
                return one
        return next((one for one in self.exempt if any(word in written for word in one.known_by)), None)

    def elected_in_year(self, elected: date | None, voted: date) -> Exemption | None:
        """Return the exemption of who was elected or appointed in the year of the vote, if it is one here."""
        if elected is None or elected.year != voted.year:
            return None
        return next((one for one in self.exempt if one.when is When.ELECTED_IN_YEAR), None)
