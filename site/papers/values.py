"""The values of each kind of paper's template, from the plan and the results bundle. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from ...count.bundle import Bundle
from ...count.differences import differences, not_compared
from ...vote.plan import BallotStyle, Round
from ...words import N_, _
from . import contents, how
from .contents import grouped
from .corrected import changes
from .parts import StyleContents


class Paper(StrEnum):
    """A kind of paper, by the name of its template."""

    MINUTES = "minutes"
    ANNOUNCEMENT = "announcement"
    ZERO_REPORT = "zero-report"
    CORRIGENDUM = "corrigendum"


TITLES = {
    Paper.MINUTES: N_("Minutes of the count"),
    Paper.ANNOUNCEMENT: N_("Announcement of the result"),
    Paper.ZERO_REPORT: N_("Report before the count"),
    Paper.CORRIGENDUM: N_("Corrigendum"),
}
_VIETNAM = timezone(timedelta(hours=7))
"""Not the machine's own: the same paper has the same bytes on every machine."""
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Untouched:
    """What the zero report tells of one ballot style."""

    title: str
    form: str
    printed: str
    read: str
    counted: str


def minutes(a_round: Round, style: BallotStyle, bundle: Bundle | None, practice: bool) -> Values:
    """Return the values of one ballot style's minutes; without a bundle they are for a hand to finish."""
    values = _common(Paper.MINUTES, a_round, bundle, practice) | {"style_title": style.title}
    if bundle is None:
        return values | {"style": contents.of_style(style, a_round.rules), "machine": [], "questions": []}
    [tally] = [one for one in bundle.tally.styles if one.id == style.id]
    alone = replace(a_round, rules=bundle.rule_set, styles=(style,))
    return values | {
        "style": contents.of_tally(
            tally, bundle, {one.id: one.sentence for one in differences(alone, [tally], {})}
        ),
        "not_compared": not_compared(alone, {style.id: tally.figures}),
        "machine": how.machine(bundle, style.id),
        "questions": how.questions(bundle),
    }


def announcement(a_round: Round, bundle: Bundle | None, practice: bool) -> Values:
    """Return the values of the text that is read out in the hall: all ballot styles of the round."""
    return _common(Paper.ANNOUNCEMENT, a_round, bundle, practice) | {"styles": _styles(a_round, bundle)}


def corrigendum(a_round: Round, bundle: Bundle | None, old: Bundle | None, practice: bool) -> Values:
    """Return the values of the corrigendum: what the bundle `old` said, and what holds instead."""
    told = changes(old, bundle) if old and bundle else []
    if bundle is None:
        told = [{"what": "", "old": "", "new": ""}] * 8
    # It is signed on a later day than the vote's.
    signed = {"whole_date": _("day …… month …… year ……").replace(" ", "\u00a0")}
    return _common(Paper.CORRIGENDUM, a_round, bundle, practice) | signed | {"changes": told}


def zero_report(
    a_round: Round,
    practice: bool,
    journal_head: str,
    printed: Mapping[str, int],
    forms: Mapping[str, Sequence[tuple[str, str]]],
    rules_sha256: str,
) -> Values:
    """Return the values of the report before the first ballot.

    Args:
        a_round: the round.
        practice: whether it is a rehearsal.
        journal_head: of the count as it stands.
        printed: ballot style to ballots printed, where people told it.
        forms: ballot style to its frozen forms, each with its SHA-256.
        rules_sha256: of the rule set.
    """
    values = _common(Paper.ZERO_REPORT, a_round, None, practice)
    zero = [
        replace(
            style,
            people=tuple(
                replace(
                    person,
                    votes=tuple(replace(one, count="0", percent="–") for one in person.votes),
                    not_counted="0",
                )
                for person in style.people
            ),
        )
        for style in _styles(a_round, None)
    ]
    sentences = [
        _("Form of the ballot: {form}, SHA-256 {sha256}.").format(form=form, sha256=grouped(sha256))
        for style in a_round.styles
        for form, sha256 in forms.get(style.id, ())
    ]
    sentences.append(
        _("Rule set {rules}, version {version}, SHA-256 {sha256}.").format(
            rules=a_round.rules.id, version=a_round.rules.version, sha256=grouped(rules_sha256)
        )
    )
    return values | {
        "blank": False,
        "mark": _mark(practice, blank=False),
        "styles": zero,
        "fingerprint_label": _("Journal of the count, its head before the first ballot:"),
        "fingerprint": grouped(journal_head),
        "machine": sentences,
        "forms": [
            Untouched(
                title=style.title,
                form=", ".join(form for form, _sha256 in forms.get(style.id, ())) or "–",
                printed=str(printed[style.id]) if style.id in printed else "–",
                read="0",
                counted="0",
            )
            for style in a_round.styles
        ],
    }


def blank_zero_report(a_round: Round, practice: bool) -> Values:
    """Return the values of a report before the first ballot whose numbers a hand fills in."""
    return _common(Paper.ZERO_REPORT, a_round, None, practice) | {
        "styles": _styles(a_round, None),
        "machine": [
            _("Rule set {rules}, version {version}.").format(
                rules=a_round.rules.id, version=a_round.rules.version
            )
        ],
        "forms": [Untouched(style.title, "", "", "", "") for style in a_round.styles],
    }


def closed_at(bundle: Bundle) -> datetime:
    """Return when a round was closed."""
    return datetime.fromisoformat(bundle.closed_at.replace("Z", "+00:00"))


def _styles(a_round: Round, bundle: Bundle | None) -> list[StyleContents]:
    if bundle is None:
        found = [contents.of_style(style, a_round.rules) for style in a_round.styles]
    else:
        found = [contents.of_tally(tally, bundle) for tally in bundle.tally.styles]
    return [
        replace(style, heading=f"{roman}. {style.title}")
        for roman, style in zip(_numbered(found), found, strict=True)
    ]


def _numbered(several: Iterable[object]) -> list[str]:
    return [_ROMAN[n] if n < len(_ROMAN) else str(n + 1) for n, _one in enumerate(several)]


def _common(paper: Paper, a_round: Round, bundle: Bundle | None, practice: bool) -> dict[str, Any]:
    about = contents.about(a_round, bundle)
    head = contents.letterhead(a_round)
    return {
        **head,
        **about,
        "paper": _(TITLES[paper]),
        "subject": about["round"],
        "round_lower": _lower(str(about["round"])),
        "person_lower": _lower(str(head["person"])),
        "practice": practice,
        "blank": bundle is None,
        "mark": _mark(practice, bundle is None),
        "fingerprint_label": (
            _("Fingerprint of the results bundle (SHA-256):")
            if bundle
            else _("Blank, to be finished by hand. No number in it comes from the machine.")
        ),
        "fingerprint": bundle.fingerprint if bundle else "",
        "closed_at": _moment(closed_at(bundle)) if bundle else "",
        "closed_by": contents.listed(bundle.closed_by) if bundle else "",
        "corrects": grouped(bundle.corrects) if bundle else "",
        "reason": bundle.reason if bundle else "",
        "not_compared": [],
        "style_title": "",
    }


def _lower(words: str) -> str:
    """Return words with a small first letter, as they stand within a sentence; abbreviations stay."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def _moment(when: datetime) -> str:
    local = when.astimezone(_VIETNAM)
    return _("{hour}:{minute} on {day} (Vietnam time)").format(
        hour=f"{local:%H}", minute=f"{local:%M}", day=f"{local:%d/%m/%Y}"
    )


def _mark(practice: bool, blank: bool) -> str:
    return " – ".join(
        [
            *([_("PRACTICE, not a real result")] if practice else []),
            *([_("BLANK, to be finished by hand")] if blank else []),
        ]
    )
