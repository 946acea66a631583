"""An ordinary MkDocs project, written with Jinja2, then built.

Comes in: the results. Goes out: `site/`, Markdown, SVG, CSV and a `mkdocs.yml` that anybody can edit and
build again; `public/`, what MkDocs made of it, which opens from a folder; and `results/`. The templates are
in `templates/site`.

Whatever a template prints is escaped for Markdown and HTML, unless it is markup of our own: the environment
does it, so no template can forget to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from .. import words
from ..count import gathered
from ..count.desk import Desk
from ..errors import ExitCode, PhieuError
from ..vote.basis import spoken
from ..vote.history import history_of
from ..vote.plan import Plan
from ..vote.tally import ContestTally, StyleTally
from ..words import _
from ..workspace import Workspace
from . import building, expected, places, results, views
from .charts import person_chart, person_slope, style_chart
from .drawing import Caption
from .escaping import as_text
from .results import COLUMNS, Results, RoundResults

TEMPLATES = Path(__file__).parent.parent / "templates" / "site"
_MOST_ROUNDS_IN_NAV = 6


class NothingToPublish(PhieuError):
    """The plan publishes nothing."""

    exit_code = ExitCode.NOT_FINAL


@dataclass(frozen=True, slots=True)
class Published:
    """Where the site is, and what was left out of it."""

    public: Path
    withheld: tuple[str, ...]
    """Titles of the rounds of which the plan publishes nothing."""
    final: bool
    missing: tuple[str, ...] = ()
    """Units and rounds that the site names as missing."""


def publish(
    workspace: Workspace, plan: Plan, desk: Desk, *, draft: bool = False, expected_figures: Path | None = None
) -> Published:
    """Write the bundle and the project, build the site, and put it in the place of the old one.

    Args:
        workspace: where `results/`, `site/` and `public/` are written.
        plan: says what is published, and in which language.
        desk: the count.
        draft: publish rounds that are not final, every page saying so.
        expected_figures: a table of published totals that the count must equal.

    Raises:
        NotFinal: a round is open, and no draft was asked for.
        GatherError: what units handed in can't be relied on.
        CountedTwice: a round was counted here, and handed in as well.
        ResultsDiffer: the totals are not the published ones.
        BuildFailed: MkDocs could not build the project. The old site still stands.
    """
    chains = gathered.load(workspace.gathered, plan, workspace.practice)
    handed_in = {round_id: chain[-1] for round_id, chain in chains.items()}
    found = results.bundle(desk, plan, workspace.practice, handed_in)
    if not found.rounds and found.missing:
        raise NothingToPublish(
            _("Of the rounds that the plan publishes, none is gathered."),
            hint=_("`phieu gather` says what is missing."),
        )
    if not found.rounds:
        raise NothingToPublish(
            _("The plan publishes no round."), hint=_("Write `publish: full` or `publish: summary` for one.")
        )
    if expected_figures:
        expected.refuse_if_different(found, expected_figures)
    if not draft:
        results.refuse_unless_final(found)
    with words.spoken(plan.language):
        if not found.final:
            # What is open is said in sentences, and the site may speak another language than the user.
            found = results.bundle(desk, plan, workspace.practice, handed_in)
        with building.aside(workspace) as staged:
            write_results(found, staged.results)
            write_project(found, staged.site)
            building.build(staged)
            not_there = [a_round.id for a_round in (*found.withheld, *found.missing)]
            building.swap(staged, workspace, withdrawn=not_there)
    return Published(
        workspace.public,
        tuple(a_round.title for a_round in found.withheld),
        found.final,
        tuple(f"{a_round.unit.name}, {a_round.title}" for a_round in found.missing),
    )


def write_results(found: Results, folder: Path) -> None:
    """Write the bundle: a JSON file a round, and a table where single people are published."""
    folder.mkdir(parents=True, exist_ok=True)
    for a_round in found.rounds:
        (folder / f"{a_round.plan.id}.json").write_text(results.as_json(found, a_round), encoding="utf-8")
        if a_round.full:
            (folder / f"{a_round.plan.id}.csv").write_bytes(results.as_csv(found, a_round))


def write_project(found: Results, folder: Path) -> None:
    """Write the MkDocs project, in the language in force."""
    docs = folder / "docs"
    for path in sorted((TEMPLATES / "docs" / "assets").iterdir()):
        _write(docs / "assets" / path.name, path.read_bytes())
    write_results(found, docs / "data")
    environment = _environment(found)
    for page, text in _texts(environment, found):
        _write(folder / page, text.encode())
    for picture, svg in _charts(found):
        _write(docs / picture, svg.encode())


def _texts(environment: jinja2.Environment, found: Results) -> Iterator[tuple[str, str]]:
    yield "mkdocs.yml", environment.get_template("mkdocs.yml.jinja").render()
    for page in ("index.md", "how-it-was-counted.md"):
        yield f"docs/{page}", environment.get_template(f"docs/{page}.jinja").render()
    for a_round in found.rounds:
        context: dict[str, Any] = {
            "a_round": a_round,
            "rules": a_round.plan.rules,
            "history": history_of(found.plan, a_round.plan),
        }
        yield f"docs/{_page(a_round)}", environment.get_template("docs/round.md.jinja").render(context)
        for style, contest in _people(a_round):
            person = environment.get_template("docs/person.md.jinja")
            path = f"docs/rounds/{a_round.plan.id}/{style.id}/{contest.id}.md"
            elsewhere = places.elsewhere(found, a_round, style, contest)
            yield path, person.render(context, style=style, contest=contest, elsewhere=elsewhere)


def _charts(found: Results) -> Iterator[tuple[str, str]]:
    for a_round in found.rounds:
        folder = f"rounds/{a_round.plan.id}"
        for style in a_round.tally.styles if a_round.full else ():
            for narrow, end in ((False, ".svg"), (True, "-narrow.svg")):
                yield f"{folder}/{style.id}{end}", _style_chart(found, a_round, style, narrow)
                for contest in style.contests:
                    svg = _person_chart(found, a_round, style, contest, narrow)
                    yield f"{folder}/{style.id}/{contest.id}{end}", svg
                    if slope := _slope(found, a_round, style, contest, narrow):
                        yield f"{folder}/{style.id}/{contest.id}-earlier{end}", slope


def _style_chart(found: Results, a_round: RoundResults, style: StyleTally, narrow: bool) -> str:
    subtitle = _("{where}. A full bar is {whole} ({count}).").format(**_whole(a_round, style))
    caption = _caption(found, a_round, style.title, subtitle)
    return style_chart(style, a_round.plan.rules, a_round.whole(style), caption, narrow)


def _person_chart(
    found: Results, a_round: RoundResults, style: StyleTally, contest: ContestTally, narrow: bool
) -> str:
    subtitle = _("{where}. Out of {whole} ({count}).").format(**_whole(a_round, style))
    caption = _caption(found, a_round, contest.name, f"{contest.position}\n{subtitle}")
    return person_chart(style, contest, a_round.plan.rules, a_round.whole(style), caption, narrow)


def _slope(
    found: Results, a_round: RoundResults, style: StyleTally, contest: ContestTally, narrow: bool
) -> str:
    earlier = history_of(found.plan, a_round.plan).get((style.id, contest.id), ())
    if not earlier:
        return ""
    votes = [places.earlier_date(one.vote.date) for one in earlier]
    subtitle = _("Percentages in each vote. {where}.").format(where=a_round.plan.unit.name)
    caption = _caption(found, a_round, contest.name, subtitle)
    months = [*votes, f"{a_round.plan.date:%m/%Y}" if narrow else views.day(a_round.plan.date)]
    return person_slope(contest, earlier, a_round.plan.rules, months, caption, narrow)


def _people(a_round: RoundResults) -> Iterator[tuple[StyleTally, ContestTally]]:
    for style in a_round.tally.styles if a_round.full else ():
        for contest in style.contests:
            yield style, contest


def _whole(a_round: RoundResults, style: StyleTally) -> dict[str, Any]:
    return {
        "where": f"{a_round.plan.unit.name}, {views.day(a_round.plan.date)}",
        "whole": views.whole_in_words(a_round.plan.rules),
        "count": a_round.whole(style),
    }


def _caption(found: Results, a_round: RoundResults, title: str, subtitle: str) -> Caption:
    source = a_round.plan.note or _("Source: count of the paper ballots, {unit}.").format(
        unit=a_round.plan.unit.name
    )
    warnings = [
        *([_("PRACTICE: not a real result")] if found.practice else []),
        *([] if a_round.tally.final else [_("NOT FINAL: the count is not closed")]),
    ]
    return Caption(title, subtitle, source, " · ".join(warnings))


def _environment(found: Results) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=as_text,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(words._, words.ngettext, newstyle=False)  # type: ignore[attr-defined]
    environment.filters |= {view.__name__: view for view in (*views.FILTERS, *places.FILTERS)} | {
        "page": _page
    }
    environment.tests["address"] = lambda text: str(text).startswith(("https://", "http://"))
    shown_in_nav = found.rounds if len(found.rounds) <= _MOST_ROUNDS_IN_NAV else ()
    environment.globals |= {
        "results": found,
        "plan": found.plan,
        "site_name": _site_name(found),
        "copyright": _("Figures from the results bundles that the units handed in")
        if found.gathered
        else _("Figures from the count's journal, {head}").format(head=found.journal_head[:16]),
        "nav_rounds": [
            {"title": _in_nav(found, a_round), "page": _page(a_round)} for a_round in shown_in_nav
        ],
        "columns": _columns(found),
    }
    return environment


def _in_nav(found: Results, a_round: RoundResults) -> str:
    """Return what a round is called in the tabs: rounds of several units are called alike."""
    units = [one.plan.unit.id for one in found.rounds]
    alone = len(units) > 1 and units.count(a_round.plan.unit.id) == 1
    return a_round.plan.unit.name if alone else a_round.plan.title


def _site_name(found: Results) -> str:
    marks = [*([_("PRACTICE")] if found.practice else []), *([] if found.final else [_("NOT FINAL")])]
    return " – ".join([*marks, found.plan.title])


def _columns(found: Results) -> list[tuple[str, str]]:
    options = {option.id: option for a_round in found.rounds for option in a_round.plan.rules.options}
    columns = [(name, _(meaning)) for name, meaning in COLUMNS.items()]
    for option in options.values():
        words_of = spoken(option.label)
        columns.append((f"votes_{option.id}", _("ballots: {option}").format(option=words_of)))
        columns.append((f"percent_{option.id}", _("percentage: {option}").format(option=words_of)))
    return columns


def _page(a_round: RoundResults) -> str:
    return f"rounds/{a_round.plan.id}/index.md"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
