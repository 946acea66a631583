"""What stands in a paper, as values for its template: everything in words of the language in force. Pure.

Comes in: a round of the plan, and its results bundle where the round is closed. Without a bundle every number
is left blank for a hand to fill in; names, articles and the order of things stand already.
docs/manual/en/minutes.md lists what a template may use.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from ...count.bundle import Bundle
from ...vote.basis import Basis, CheckedAgainst, spoken
from ...vote.explained import WHOLES
from ...vote.letterhead import balanced, date_in_words
from ...vote.number_words import number_in_words
from ...vote.plan import BallotStyle, Head, Round
from ...vote.rules import BLANK, OVERVOTED, RuleSet, Spoils, Threshold
from ...vote.tally import ContestTally, StyleTally, percent, percent_words
from ...words import N_, _, language
from ..charts import least
from .parts import Difference, Figure, Limit, Outcome, Person, Reason, StyleContents, Votes

FIGURES = {
    "members": N_("All who may vote"),
    "summoned": N_("Summoned"),
    "present": N_("Present"),
    "printed": N_("Ballots printed"),
    "issued": N_("Ballots issued"),
    "exchanged": N_("Ballots spoilt and exchanged"),
    "unused": N_("Ballots left over"),
    "collected": N_("Ballots collected"),
    "read": N_("Ballots read by the machine"),
    "valid": N_("Valid ballots"),
    "invalid": N_("Invalid ballots"),
}
"""The figures of a ballot style as minutes list them, in their order."""

OF_TALLY = ("read", "valid", "invalid")
"""Those that were counted; the others were told by people."""

_ORGAN_LETTERS = {Head.STATE: 26, Head.PARTY: 24}


def letterhead(a_round: Round) -> dict[str, object]:
    """Return what stands at the head of a paper, and how people are addressed."""
    letters = _ORGAN_LETTERS[a_round.head]
    return {
        "party": a_round.head is Head.PARTY,
        "superior": balanced(a_round.unit.superior.upper(), letters) if a_round.unit.superior else "",
        "organ": balanced(a_round.unit.name.upper(), letters),
        "person": _("Comrade") if a_round.head is Head.PARTY else _("Mr (Ms)"),
    }


def about(a_round: Round, bundle: Bundle | None) -> dict[str, object]:
    """Return what the whole paper is about: the round, its day and place, the rules it was counted by."""
    rules = bundle.rule_set if bundle else a_round.rules
    day = date.fromisoformat(bundle.date) if bundle else a_round.date
    return {
        "round": bundle.title if bundle else a_round.title,
        "unit": bundle.unit_name if bundle else a_round.unit.name,
        "note": " ".join(part for part in (a_round.note, a_round.source) if part),
        "place": bundle.place if bundle else a_round.place,
        "date": date_in_words(day, language()),
        "whole_date": date_in_words(day, language()).replace(" ", "\u00a0"),
        "rules": spoken(rules.title),
        "rules_file": _("{rules}, version {version}").format(rules=rules.id, version=rules.version),
        "rules_checked": "" if rules.checked else _("not every rule was checked against the signed text"),
        "options": [spoken(option.label) for option in rules.options],
        "percent_of": _(WHOLES[rules.percent.of]) if rules.percent else "",
        "percent_article": article(rules.percent.basis) if rules.percent else "",
        "unread": [spoken(one) for one in rules.unknown],
    }


def of_style(style: BallotStyle, rules: RuleSet) -> StyleContents:
    """Return a ballot style of which nothing is known yet: every number blank."""
    # By hand nothing is read by a machine.
    figures = {key: Figure(_(label), "", "", "") for key, label in FIGURES.items() if key != "read"}
    return StyleContents(
        id=style.id,
        title=style.title,
        figures=tuple(figures.values()),
        differences=(),
        reasons=tuple(
            Reason(label, "", "", _of(basis))
            for label, basis in _reasons(rules, len(style.contests)).values()
        ),
        invalid="",
        people=tuple(
            Person(
                one.number,
                one.name,
                one.position,
                tuple(Votes(spoken(option.label), "", "") for option in rules.options),
                "",
            )
            for one in style.contests
        ),
        outcomes=(),
        limits=tuple(_limit(one, None) for one in rules.thresholds),
        whole="",
        heading=style.title,
        by_key=figures,
    )


def of_tally(style: StyleTally, bundle: Bundle, sentences: Mapping[str, str] | None = None) -> StyleContents:
    """Return what a closed ballot style came to.

    Args:
        style: its tally.
        bundle: the results it is part of.
        sentences: the differences by their ids, in the language in force: the bundle has them in the language
            of whoever explained them.
    """
    rules = bundle.rule_set
    whole = _whole(style, rules)
    figures = {
        key: _figure(_(label), number, style, key)
        for key, label in FIGURES.items()
        if (number := getattr(style.figures, key, None) if key not in OF_TALLY else getattr(style, key))
        is not None
    }
    return StyleContents(
        id=style.id,
        title=style.title,
        figures=tuple(figures.values()),
        differences=tuple(
            Difference((sentences or {}).get(one.difference, one.sentence), one.explanation, one.by)
            for one in bundle.explained
            if one.style == style.id
        ),
        reasons=tuple(
            Reason(label, str(number), number_in_words(number), _of(basis))
            for code, number in bundle.invalid[style.id].items()
            if number
            for label, basis in [_reasons(rules, len(style.contests)).get(code, (code, None))]
        ),
        invalid=str(style.invalid),
        people=tuple(_person(number, one, rules) for number, one in enumerate(style.contests, start=1)),
        outcomes=tuple(
            _outcome(one, threshold, rules, whole)
            for threshold in rules.thresholds
            for one in style.contests
            if one.outcome == threshold.outcome
        ),
        limits=tuple(_limit(one, whole) for one in rules.thresholds),
        whole=str(whole),
        heading=style.title,
        by_key={key: figures.get(key, Figure(_(label), "–", "–", "")) for key, label in FIGURES.items()},
    )


def article(basis: Basis) -> str:
    """Return the article a rule rests on; marked where it was not held against the signed text."""
    unchecked = basis.checked_against is not CheckedAgainst.SIGNED
    note = _("not checked against the signed text") if unchecked else ""
    if basis.article and note:
        return f"{basis.article} ({note})"
    return basis.article or note


def invalid_reason(code: str, rules: RuleSet, rows: int) -> str:
    """Return the words for a reason of the bundle."""
    return _reasons(rules, rows).get(code, (code, None))[0]


def grouped(sha256: str) -> str:
    """Return a hash in groups of four, to be compared by eye."""
    return " ".join(sha256[start : start + 4] for start in range(0, len(sha256), 4))


def listed(names: Iterable[str]) -> str:
    """Return names in one line."""
    return ", ".join(names)


def _of(basis: Basis | None) -> str:
    return article(basis) if basis else ""


def _figure(label: str, number: int, style: StyleTally, key: str) -> Figure:
    of = style.figures.collected
    share = percent_words(percent(number, of, 2)) if key in ("valid", "invalid") and of else ""
    return Figure(label, str(number), number_in_words(number), share)


def _reasons(rules: RuleSet, rows: int) -> dict[str, tuple[str, Basis]]:
    """Return each fault that can cost a whole ballot of so many rows, in words, with what that rests on."""
    found = {
        rule.answer: (spoken(rule.label), rule.basis)
        for rule in (*rules.sheet, *rules.stray)
        if rule.spoils is Spoils.BALLOT or (rule.spoils is Spoils.ROW and _costs_all(rules, rows))
    }
    for code, words, spoils in (
        (BLANK, _("No box marked"), rules.rows.blank),
        (OVERVOTED, _("Several boxes marked"), rules.rows.overvoted),
    ):
        if spoils is Spoils.BALLOT:
            found[code] = (words, rules.rows.basis)
        elif spoils is Spoils.ROW and _costs_all(rules, rows):
            found[code] = (words, rules.only_row.basis)
    return found


def _costs_all(rules: RuleSet, rows: int) -> bool:
    return rows == 1 and rules.only_row.spoils is Spoils.BALLOT


def _person(number: int, one: ContestTally, rules: RuleSet) -> Person:
    return Person(
        number,
        one.name,
        one.position,
        tuple(
            Votes(
                spoken(option.label),
                str(one.votes[option.id]),
                percent_words(one.percent[option.id]) if rules.percent else "",
            )
            for option in rules.options
        ),
        str(one.blank + one.overvoted + one.spoiled),
    )


def _outcome(one: ContestTally, threshold: Threshold, rules: RuleSet, whole: int) -> Outcome:
    [level] = [spoken(option.label) for option in rules.options if option.id == threshold.option]
    count = one.votes[threshold.option]
    return Outcome(
        name=one.name,
        position=one.position,
        label=spoken(threshold.label),
        level=level,
        level_lower=level.lower(),
        count=str(count),
        in_words=number_in_words(count),
        whole=str(whole),
        percent=percent_words(one.percent[threshold.option]),
        leads_to=spoken(threshold.leads_to).rstrip("."),
        article=article(threshold.basis),
    )


def _limit(threshold: Threshold, whole: int | None) -> Limit:
    return Limit(
        label=spoken(threshold.label),
        from_count="" if whole is None else str(least(threshold, whole)),
        leads_to=spoken(threshold.leads_to).rstrip("."),
        article=article(threshold.basis),
    )


def _whole(style: StyleTally, rules: RuleSet) -> int:
    of = rules.percent.of if rules.percent else "collected"
    figure: int | None = style.valid if of == "valid" else getattr(style.figures, of)
    return style.read if figure is None else figure
