"""The results bundle of one closed round: totals, and how they came about, as bytes with a hash.

It is what is signed, handed up and corrected. Totals only: no ballot, no page, no order and no time of a
single page is in it. The bytes are canonical JSON and one trailing newline, so equal bundles have equal
bytes, and `from_bytes` takes no others. It carries its rule set whole: whoever receives it can work out every
percentage and every outcome anew, and `from_bytes` does.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

from ..errors import ExitCode, PhieuError
from ..ocr.reading import Outcome
from ..vote.rules import RuleSet
from ..vote.tally import ContestTally, RoundTally, StyleTally
from ..words import _
from . import canonical
from .bundle_checks import contradictions
from .printing import rules_sha256
from .question import QuestionKind
from .statistics import Statistics

VERSION = 1
"""Of the format; a change in what a bundle holds is a new version."""

_MOST_BYTES = 10_000_000
_MOST = 10**9
"""A number in a bundle above this is no count."""
_SHARE = re.compile(r"[0-9]{1,6}(/[1-9][0-9]{0,5})?")


class BundleError(PhieuError):
    """A file that is no results bundle, or one that contradicts itself."""

    exit_code = ExitCode.BROKEN_RECORD


@dataclass(frozen=True, slots=True)
class Explained:
    """A difference of figures that people explained before the round was closed."""

    style: str
    """The ballot style's id."""
    difference: str
    """Stable: the style's id and what differs, as `official/collected-read`."""
    sentence: str
    """The difference with its numbers, in the plan's language."""
    explanation: str
    by: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """A closed round."""

    practice: bool
    unit: str
    """Its id in the plan."""
    unit_name: str
    round: str
    title: str
    date: str
    """Day of the vote, ISO."""
    place: str
    rule_set: RuleSet
    """Whole, as it counted the votes."""
    tally: RoundTally
    """Final."""
    statistics: Statistics
    invalid: Mapping[str, Mapping[str, int]]
    """Ballot style to reason to invalid ballots; each of them stands under one reason, the gravest. A reason
    is an answer of the rule set (`no_seal`, `name_struck`), `blank` or `overvoted`."""
    decided: Mapping[str, int]
    """Kind of question to how many were settled by hand."""
    explained: tuple[Explained, ...]
    journal_head: str
    """Before the entry that closed the round."""
    closed_at: str
    """UTC, to the minute."""
    closed_by: tuple[str, ...]
    corrects: str = ""
    """SHA-256 of the bundle that this one replaces after the round was reopened; empty for the first."""
    reason: str = ""
    """Why it was reopened."""
    version: int = field(default=VERSION)

    @property
    def rules(self) -> str:
        """The rule set's id."""
        return self.rule_set.id

    @property
    def rules_version(self) -> str:
        """The rule set's version."""
        return str(self.rule_set.version)

    @property
    def rules_sha256(self) -> str:
        """One hash over all that the rule set says, as the journal records it of each form."""
        return rules_sha256(self.rule_set)

    @property
    def sha256(self) -> str:
        """Of its bytes, in hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @property
    def fingerprint(self) -> str:
        """The SHA-256 in groups of four, to be printed and compared by eye."""
        whole = self.sha256
        return " ".join(whole[start : start + 4] for start in range(0, len(whole), 4))

    def to_json(self) -> dict[str, Any]:
        """Return it as the file holds it, as values of JSON."""
        whole: dict[str, Any] = _format().dump_python(self, mode="json")
        return whole

    def to_bytes(self) -> bytes:
        """Return it as the file holds it."""
        return f"{canonical.dumps(self.to_json())}\n".encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the bundle these bytes are; they may come from anywhere.

        Raises:
            BundleError: they are none, or its numbers contradict each other.
        """
        _refuse_what_is_none(data)
        try:
            bundle: Self = _ordered(_format().validate_json(data))
        except (ValidationError, ValueError, RecursionError) as error:
            raise _no_bundle(_first(error)) from error
        if bundle.to_bytes() != data:
            raise _no_bundle(_("it holds something that belongs in no bundle"))
        found = contradictions(bundle)
        if found:
            raise BundleError(
                _("The results bundle of {round} contradicts itself: {what}").format(
                    round=bundle.round, what=" ".join(found)
                ),
                hint=_("It was changed after it was made. Ask for it again from where it was made."),
            )
        return bundle


def read_bundle(path: Path) -> Bundle:
    """Return the bundle in a file.

    Raises:
        BundleError: the file can't be read, is none, or contradicts itself.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise BundleError(
            _("{file} can't be read: {reason}.").format(file=path, reason=error.strerror or error)
        ) from error
    try:
        return Bundle.from_bytes(data)
    except BundleError as error:
        raise BundleError(f"{path.name}: {error.message}", error.hint) from error


@cache
def _format() -> TypeAdapter[Any]:
    return TypeAdapter(Bundle)


def _refuse_what_is_none(data: bytes) -> None:
    """Refuse at small cost what can't be a bundle."""
    if len(data) > _MOST_BYTES:
        raise _no_bundle(_("it is too large"))
    try:
        whole = json.loads(data.decode(), parse_constant=_not_a_number)
        if not isinstance(whole, dict) or type(whole.get("version")) is not int:
            raise ValueError(_("it does not say which version it is of"))
        if whole["version"] != VERSION:
            raise ValueError(
                _("it is of version {found}; this program knows version {known}").format(
                    found=str(whole["version"])[:9], known=VERSION
                )
            )
        _counts_only(whole)
        _fractions_only(whole.get("rule_set"))
    except (ValueError, RecursionError) as error:
        raise _no_bundle(_first(error)) from error


def _counts_only(value: object) -> None:
    """Refuse numbers that are no counts."""
    if isinstance(value, dict):
        for one in value.values():
            _counts_only(one)
    elif isinstance(value, list):
        for one in value:
            _counts_only(one)
    elif isinstance(value, float) or (isinstance(value, int) and not 0 <= value <= _MOST):
        raise ValueError(_("a number in it is no count"))


def _fractions_only(rules: object) -> None:
    """Refuse shares that would take for ever to work out, as 1e999999999."""
    told = rules if isinstance(rules, dict) else {}
    thresholds, eligibility = told.get("thresholds"), told.get("eligibility")
    holders = list(thresholds) if isinstance(thresholds, list) else []
    holders += [eligibility.get("quorum")] if isinstance(eligibility, dict) else []
    for holder in holders:
        share = holder.get("share") if isinstance(holder, dict) else "1"
        if not isinstance(share, str) or not _SHARE.fullmatch(share):
            raise ValueError(_("a share in its rules is no fraction"))


def _not_a_number(_text: str) -> None:
    raise ValueError(_("a number in it is no count"))


def _ordered(bundle: Any) -> Any:
    """Put what is told by name into the order it was counted in, which canonical JSON does not keep."""
    options = [option.id for option in bundle.rule_set.options]
    styles = [style.id for style in bundle.tally.styles]
    numbers = bundle.statistics
    return replace(
        bundle,
        tally=replace(
            bundle.tally, styles=tuple(_ordered_style(style, options) for style in bundle.tally.styles)
        ),
        statistics=replace(
            numbers,
            pages=_by(numbers.pages, Outcome),
            questions=_by(numbers.questions, QuestionKind),
            ballots=_by(numbers.ballots, styles),
            untold=_by(numbers.untold, styles),
            unsealed=_by(numbers.unsealed, styles),
        ),
        invalid=_by(bundle.invalid, styles),
        decided=_by(bundle.decided, list(QuestionKind)),
    )


def _ordered_style(style: StyleTally, options: list[str]) -> StyleTally:
    contests: tuple[ContestTally, ...] = tuple(
        replace(one, votes=_by(one.votes, options), percent=_by(one.percent, options))
        for one in style.contests
    )
    return replace(style, contests=contests)


def _by(named: Mapping[Any, Any], order: Any) -> dict[Any, Any]:
    first = [name for name in order if name in named]
    return {name: named[name] for name in (*first, *(one for one in named if one not in first))}


def _first(error: Exception) -> str:
    """Return what is wrong, in one line; a name in it may come from a stranger."""
    if isinstance(error, ValidationError):
        one = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return f"{'.'.join(str(part)[:40] for part in one['loc'])}: {one['msg']}"
    if isinstance(error, RecursionError | json.JSONDecodeError | UnicodeDecodeError):
        return _("it can't be read as JSON")
    return str(error)


def _no_bundle(why: str) -> BundleError:
    return BundleError(
        _("This is no results bundle: {why}.").format(why=why),
        hint=_("`phieu close ROUND` writes one, as results/ROUND.bundle.json."),
    )
