"""A rule set: what a mark means, what is valid, percentages of what, and what follows. All of it is data.

Comes in: `rulesets/<id>.yaml`, shipped with the program, or an office's own under `rulesets/` in its
workspace. Goes out: a frozen `RuleSet`. Each rule names the article it rests on and how far that was
checked (`Basis`): what nobody read in a published or signed text is never shown as law, but as "chưa đối
chiếu".
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from .. import words
from ..words import _
from .model_errors import problems_of
from .problems import PlanError, Problem, ProblemsFound
from .yaml_text import read_yaml

_SHIPPED = Path(__file__).parent / "rulesets"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")

BLANK = "blank"
OVERVOTED = "overvoted"
"""What a row says when nobody or several are chosen in it. They are answers of people, too."""

Texts = Annotated[dict[Literal["vi", "en"], str], Field(min_length=2)]
"""The same words in both languages."""


class Spoils(StrEnum):
    """What a fault takes with it."""

    NOTHING = "nothing"
    ROW = "row"
    """The row is invalid; the ballot's other rows count."""
    BALLOT = "ballot"
    """The whole ballot is invalid."""


class CheckedAgainst(StrEnum):
    """Where a rule was read."""

    SIGNED = "signed text"
    PUBLISHED = "published text"
    """At the address named, often in an excerpt; not in the signed text."""
    NOTHING = "nothing"
    """From memory or from practice: may be wrong."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Basis(_Data):
    """What a rule rests on."""

    article: str = ""
    """As `Điều 19.3`; empty where it is not known."""
    source: str = ""
    """The address where it was read."""
    checked_against: CheckedAgainst

    @model_validator(mode="after")
    def _read_somewhere(self) -> Self:
        if self.checked_against is not CheckedAgainst.NOTHING and not self.source:
            raise ValueError(_("A rule that was checked names the source it was read in."))
        return self


class Option(_Data):
    """One choice in a contest, in the order it stands on the ballot."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    label: Texts
    """The words on the ballot."""


class RowRule(_Data):
    """What a row is worth in which no box, or more than one, is marked."""

    blank: Spoils
    overvoted: Spoils
    basis: Basis


class OnlyRowRule(_Data):
    """What an invalid row does to a ballot that has no other row."""

    spoils: Spoils
    basis: Basis


class InkRule(_Data):
    """One answer people may give about ink where no mark belongs, or about a whole sheet."""

    answer: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    label: Texts
    spoils: Spoils
    basis: Basis


class PercentRule(_Data):
    """Percentages: of what, and how many decimals. The last one is rounded half up."""

    of: Literal["summoned", "present", "issued", "collected", "valid"]
    decimals: Annotated[int, Field(ge=0, le=6)]
    basis: Basis


class Threshold(_Data):
    """An outcome that follows when an option has more than (or at least) a share of the denominator."""

    outcome: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
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


class RuleSet(_Data):
    """How the votes of a round are counted."""

    id: str
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
    percent: PercentRule
    thresholds: tuple[Threshold, ...]
    """From the gravest to the mildest: the first one reached is the outcome."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        ids = [option.id for option in self.options]
        if len({*ids, BLANK, OVERVOTED}) != len(ids) + 2:
            raise ValueError(_("Two options have the same id, or one is called `blank` or `overvoted`."))
        for answers in (self.stray, self.sheet):
            if len({rule.answer for rule in answers}) != len(answers):
                raise ValueError(_("Two answers have the same name."))
        for threshold in self.thresholds:
            if threshold.option not in ids:
                raise ValueError(
                    _("A threshold names the unknown option `{id}`.").format(id=threshold.option)
                )
        return self

    @property
    def denominator(self) -> str:
        """What percentages are of: `collected`, `issued`, ..."""
        return self.percent.of

    @property
    def decimals(self) -> int:
        """How many decimals a percentage has."""
        return self.percent.decimals

    @property
    def checked(self) -> bool:
        """Whether every rule was held against the signed text; if not, it is shown as `chưa đối chiếu`."""
        return all(basis.checked_against is CheckedAgainst.SIGNED for _name, basis in self.bases())

    def bases(self) -> Iterator[tuple[str, Basis]]:
        """Yield each rule's place in the file, as `rows` or `stray.ignore`, and what it rests on."""
        yield "rows", self.rows.basis
        yield "only_row", self.only_row.basis
        for group, rules in (("stray", self.stray), ("sheet", self.sheet)):
            for rule in rules:
                yield f"{group}.{rule.answer}", rule.basis
        yield "percent", self.percent.basis
        for threshold in self.thresholds:
            yield f"thresholds.{threshold.outcome}", threshold.basis


class Answer(_Data):
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


def spoken(texts: Mapping[Literal["vi", "en"], str], language: str | None = None) -> str:
    """Return the words in `language`, by default the one in force."""
    return texts["en"] if (language or words.language()) == "en" else texts["vi"]


def note_on_checking(rules: RuleSet) -> str:
    """Return the words to show beside what rests on rules not held against the signed text; else nothing."""
    return "" if rules.checked else _("not checked against the signed text")


class UnknownRuleSet(PlanError):
    """There is no rule set of this id."""


def known_rules(beside: Path | None = None) -> tuple[str, ...]:
    """Return the ids of all rule sets that are shipped or lie in `rulesets/` beside a plan."""
    folders = (_SHIPPED, beside / "rulesets") if beside else (_SHIPPED,)
    return tuple(sorted({path.stem for folder in folders for path in folder.glob("*.yaml")}))


def load_rules(
    rules_id: str, beside: Path | None = None, named_at: tuple[str, int | None] = ("plan.yaml", None)
) -> RuleSet:
    """Return a rule set.

    Args:
        rules_id: its id, which is also the name of its file.
        beside: a workspace, whose own `rulesets/` folder is looked in too.
        named_at: the file and line that ask for it, for the problem where there is none.

    Raises:
        UnknownRuleSet: there is none of this id; the problem lists those there are.
        PlanError: its file can't be used.
    """
    shipped = _SHIPPED / f"{rules_id}.yaml"
    own = beside / "rulesets" / f"{rules_id}.yaml" if beside else None
    found = [path for path in (shipped, own) if path and _ID.fullmatch(rules_id) and path.is_file()]
    if not found:
        raise UnknownRuleSet((_unknown(rules_id, known_rules(beside), *named_at),))
    name = f"{found[-1].parent.name}/{found[-1].name}"
    if len(found) > 1:
        raise PlanError(
            (
                Problem(
                    name,
                    None,
                    _("A rule set of this id is part of the program and can't be replaced under that id."),
                    _("Give your own rule set an id of its own, in the file's name and in its first line."),
                ),
            )
        )
    try:
        text = read_yaml(found[0], name)
        rules = RuleSet.model_validate(text.data)
    except ProblemsFound as found_problems:
        raise PlanError(found_problems.problems) from found_problems
    except ValidationError as error:
        raise PlanError(problems_of(error, text, name, RuleSet)) from error
    if rules.id != rules_id:
        line = text.line(("id",))
        raise PlanError(
            (Problem(name, line, _("The id in the file is not the file's name."), f"id: {rules_id}"),)
        )
    return rules


def _unknown(rules_id: str, known: tuple[str, ...], file: str, line: int | None) -> Problem:
    near = difflib.get_close_matches(rules_id.casefold(), [k.casefold() for k in known], 1, 0.6)
    meant = [k for k in known if k.casefold() in near]
    return Problem(
        file,
        line,
        _("There is no rule set `{id}`.").format(id=rules_id),
        (_("Did you mean `{name}`?").format(name=meant[0]) + " " if meant else "")
        + _("Known rule sets: {names}.").format(names=", ".join(known)),
    )
