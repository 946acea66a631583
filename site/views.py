"""What the templates ask of the results: values put in words, and the counts that stand in tables.

Each function is a filter of the templates in `templates/site`, under its own name. They return plain text
or numbers; the templates' environment escapes whatever is printed.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from markupsafe import Markup

from ..count.figures import WORDS
from ..count.statistics import QuestionNumbers, Statistics
from ..vote.basis import Basis, CheckedAgainst, spoken
from ..vote.explained import WHOLES, checked_words
from ..vote.rules import RuleSet, Threshold
from ..vote.tally import ContestTally, StyleTally, percent_words
from ..vote.tidy import bare
from ..words import N_, _
from .charts import least
from .escaping import as_text
from .results import RoundResults

_UNKNOWN = "–"
_READ = {
    "read": N_("Ballots read"),
    "valid": N_("Valid"),
    "invalid": N_("Invalid"),
    "undecided": N_("Still open"),
}
_PAGES = {
    "read": N_("Pages read"),
    "blank": N_("Blank pages"),
    "separator": N_("Separator sheets"),
    "duplicate": N_("Scanned twice"),
    "review": N_("For people to look at"),
    "not_ours": N_("Not of this vote"),
    "unreadable": N_("Unreadable"),
}
_BATCHES = {"staged": N_("not taken in"), "taken": N_("in the count"), "withdrawn": N_("withdrawn")}
_QUESTIONS = {
    "row": N_("A row that was not marked exactly once, or not clearly"),
    "stray": N_("Ink in a name, or writing elsewhere on the page"),
    "page": N_("A page that was not trusted"),
    "twice": N_("Two ballots that may be one sheet scanned twice"),
    "sheet": N_("A sheet whose seal was not seen"),
}


def quoted(text: object) -> Markup:
    """Return a text for YAML in which HTML is already harmless: themes print titles as they are."""
    return Markup(json.dumps(str(as_text(text)), ensure_ascii=False))


def plain(word: object) -> Markup:
    """Return an id or hash for a code span, where entities would be shown as such."""
    text = str(word)
    return (
        Markup(text) if text.replace("_", "").replace("-", "").isalnum() and text.isascii() else as_text(text)
    )


def folded(name: str) -> str:
    """Return a name without marks, by which search finds it as well."""
    return bare(name)


def day(when: date) -> str:
    """Return a day as it is written here."""
    return f"{when:%d/%m/%Y}"


def number(figure: int | None) -> str:
    """Return a figure, or a dash while it was not told."""
    return _UNKNOWN if figure is None else str(figure)


def percent(figure: str) -> str:
    """Return a percentage in the language in force."""
    return percent_words(figure)


def figures(style: StyleTally) -> list[tuple[str, str]]:
    """Return the figures of a ballot style that are known, each with its label: told by people, then read."""
    labels = [(key, _(label)) for key, label in WORDS.items()]
    told = [(label[:1].upper() + label[1:], getattr(style.figures, key, None)) for key, label in labels]
    read = [
        (_(label), getattr(style, key))
        for key, label in _READ.items()
        if key != "undecided" or style.undecided
    ]
    return [(label, str(figure)) for label, figure in (*told, *read) if figure is not None]


def figure_rows(a_round: RoundResults) -> list[tuple[str, list[str]]]:
    """Return each figure that is known of some ballot style of the round, with its value for every style."""
    columns = [dict(figures(style)) for style in a_round.tally.styles]
    labels = dict.fromkeys(label for style in a_round.tally.styles for label, _figure in figures(style))
    return [(label, [column.get(label, _UNKNOWN) for column in columns]) for label in labels]


def any_open(style: StyleTally) -> bool:
    """Return whether a row of the style waits for an answer."""
    return any(contest.undecided for contest in style.contests)


def not_counted(contest: ContestTally, style: StyleTally) -> int:
    """Return the ballots that count for nothing with this person: invalid rows and invalid ballots."""
    return contest.blank + contest.overvoted + contest.spoiled + style.invalid


def reached(a_round: RoundResults, style: StyleTally) -> list[tuple[Threshold, int]]:
    """Return each threshold that somebody on the ballot reached, and how many did."""
    outcomes = a_round.outcomes(style)
    return [(t, outcomes[t.outcome]) for t in a_round.plan.rules.thresholds if outcomes.get(t.outcome)]


def anybody_reached(a_round: RoundResults) -> bool:
    """Return whether somebody in the round reached a threshold."""
    return any(reached(a_round, style) for style in a_round.tally.styles)


def whole_in_words(rules: RuleSet) -> str:
    """Return what `RoundResults.whole` counts: what percentages are of, or else the ballots collected."""
    return _(WHOLES[rules.percent.of if rules.percent else "collected"])


def notes(threshold: Threshold) -> str:
    """Return the article a threshold rests on, and whether that was held against the signed text."""
    checked = threshold.basis.checked_against is CheckedAgainst.SIGNED
    note = "" if checked else _("not checked against the signed text")
    return ", ".join(part for part in (threshold.article, note) if part)


def in_words(threshold: Threshold, of: int) -> str:
    """Return a threshold with the count that reaches it."""
    return _("{outcome}: from {count} of {whole} ballots ({notes}).").format(
        outcome=spoken(threshold.label), count=least(threshold, of), whole=of, notes=notes(threshold)
    )


def checking(rules: RuleSet) -> str:
    """Return how far the rule set as a whole was checked."""
    if rules.checked:
        return _("Every rule was checked against the signed text.")
    return _("Not every rule was checked against the signed text; which, is said below.")


def rules_in_words(rules: RuleSet) -> list[str]:
    """Return the rules that shaped the figures, each with its article and how far it was checked."""
    lines = []
    if rules.percent:
        whole = whole_in_words(rules)
        lines.append((_("Percentages are of {whole}").format(whole=whole), rules.percent.basis))
    lines += [(f"{spoken(t.label)}: {spoken(t.leads_to).rstrip('.')}", t.basis) for t in rules.thresholds]
    lines.append((_("A row without a mark, or with several, counts for nobody"), rules.rows.basis))
    return [f"{words} ({_checked(basis)})." for words, basis in lines]


def batch_state(state: str) -> str:
    """Return where a batch stands."""
    return _(_BATCHES[state])


def pages(counted: Statistics) -> list[tuple[str, int]]:
    """Return how many pages ended in each outcome."""
    return [(_(_PAGES[outcome]), count) for outcome, count in counted.pages.items()]


def questions(counted: Statistics) -> Iterator[tuple[str, QuestionNumbers]]:
    """Return how many questions of each kind were asked and answered."""
    for kind, numbers in counted.questions.items():
        yield _(_QUESTIONS[kind]), numbers


def style_title(a_round: RoundResults, style_id: str) -> str:
    """Return the title of a ballot style."""
    return a_round.plan.style(style_id).title


FILTERS: tuple[Callable[..., Any], ...] = (
    quoted,
    plain,
    folded,
    day,
    number,
    percent,
    figures,
    figure_rows,
    any_open,
    not_counted,
    reached,
    anybody_reached,
    whole_in_words,
    notes,
    in_words,
    checking,
    rules_in_words,
    batch_state,
    pages,
    questions,
    style_title,
    spoken,
)


def _checked(basis: Basis) -> str:
    how = checked_words(basis)
    return f"{basis.article}; {how}" if basis.article else how
