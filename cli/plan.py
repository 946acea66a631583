"""`phieu new`, `phieu check` and `phieu split`: workspaces and their plans."""

from collections.abc import Iterable
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..vote.basis import CheckedAgainst, spoken
from ..vote.breaches import cited
from ..vote.history import history_of
from ..vote.people import Person
from ..vote.plan import BallotStyle, Head, Plan, Publication, Round
from ..vote.rules import note_on_checking
from ..vote.split import split
from ..vote.starter import write_workspace
from ..words import N_, _, ngettext
from ..workspace import Workspace
from .main import workspace_option

_HEADS = {Head.STATE: N_("state document"), Head.PARTY: N_("Party document")}
_PUBLICATIONS = {
    Publication.FULL: N_("in full"),
    Publication.SUMMARY: N_("a summary"),
    Publication.NONE: N_("not published"),
}
_PIPED_WIDTH = 200
"""Of a table that goes to a file or another program, in characters: nothing is cut or wrapped."""


@click.command("new", help=_("Write a new workspace: a commented plan and a sample list of people."))
@click.argument("folder", metavar=_("FOLDER"), type=click.Path(path_type=Path))
def new_command(folder: Path) -> None:
    """Write a new workspace."""
    plan = write_workspace(folder)
    click.echo(_("{file} is written, with a sample list of people beside it.").format(file=plan))
    click.echo(_("Change both, then run: phieu check --workspace {folder}").format(folder=folder))


@click.command(
    "check", help=_("Print what would be voted on and by whom, or every problem of the plan at once.")
)
@workspace_option
def check_command(root: Path) -> None:
    """Print the plan, or its problems."""
    plan = Workspace.open(root).plan()
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    _say(console, plan.title, style="bold")
    for a_round in plan.rounds:
        _print_round(console, a_round)
    if plan.exempt:
        _print_exempt(console, plan)
    if plan.history:
        _print_history(console, plan)
    console.print()
    _say(console, _counts(plan))


@click.command("split", help=_("Write each unit's own workspace, with its rounds and its people only."))
@click.argument("folder", metavar=_("FOLDER"), type=click.Path(path_type=Path))
@workspace_option
def split_command(folder: Path, root: Path) -> None:
    """Hand a vote out to its units."""
    workspace = Workspace.open(root)
    for part in split(workspace.root, workspace.plan(), folder):
        click.echo(
            _("{folder}: {name}; rounds: {rounds}; people on the list: {people}").format(
                folder=part.folder, name=part.name, rounds=part.rounds, people=part.people
            )
        )


def _print_round(console: Console, a_round: Round) -> None:
    console.print()
    _say(console, f"{a_round.title} [{a_round.id}]", style="bold")
    unchecked = note_on_checking(a_round.rules)
    rules = f"{spoken(a_round.rules.title)} [{a_round.rules.id}]" + (f" ({unchecked})" if unchecked else "")
    _print_pairs(
        console,
        [
            (_("Voted by"), a_round.unit.name),
            (_("Date and place"), f"{a_round.date:%d/%m/%Y}, {a_round.place}"),
            (_("Heading"), _(_HEADS[a_round.head])),
            (_("Rules"), rules),
            (_("Published"), _(_PUBLICATIONS[a_round.publish])),
            (_("Note"), a_round.note),
            (_("Source"), a_round.source),
        ],
    )
    for style in a_round.styles:
        _print_style(console, style)


def _print_style(console: Console, style: BallotStyle) -> None:
    console.print()
    people = ngettext("{count} person", "{count} people", len(style.contests)).format(
        count=len(style.contests)
    )
    paper = style.paper + (f", {style.colour}" if style.colour else "")
    seal = _("with seal") if style.seal else _("without seal")
    _say(console, _("  Ballot {id}: {title}").format(id=style.id, title=style.title))
    _say(console, f"  ({people}; {paper}; {seal})")
    _print_table(console, ((str(c.number), c.name, c.position) for c in style.contests))


def _print_exempt(console: Console, plan: Plan) -> None:
    console.print()
    _say(console, _("Not voted on:"), style="bold")
    _print_table(console, ((p.name, p.position, p.unit, p.exempt, _exempt_by(plan, p)) for p in plan.exempt))


def _exempt_by(plan: Plan, person: Person) -> str:
    found = plan.exemption(person)
    if found is None:
        return _("no rule set of this plan names this reason")
    rules, exemption = found
    note = "" if exemption.basis.checked_against is CheckedAgainst.SIGNED else f" ({note_on_checking(rules)})"
    return cited(rules, exemption.basis) + note


def _print_history(console: Console, plan: Plan) -> None:
    console.print()
    _say(console, _("Earlier votes:"), style="bold")
    beside = [one for a_round in plan.rounds for found in history_of(plan, a_round).values() for one in found]
    for vote in plan.history:
        matched = sum(one.vote is vote for one in beside)
        told = _("{file}: {title} ({date}); people in it: {all}, of them voted on now: {matched}").format(
            file=vote.file, title=vote.title, date=vote.date, all=len(vote.rows), matched=matched
        )
        _say(console, f"  {told}")


def _counts(plan: Plan) -> str:
    people = sum(len(style.contests) for a_round in plan.rounds for style in a_round.styles)
    rounds = ngettext("{count} round", "{count} rounds", len(plan.rounds)).format(count=len(plan.rounds))
    named = ngettext("{count} person", "{count} people", people).format(count=people)
    return _("The plan can be used: {rounds}, {people} on ballots, {exempt} not voted on.").format(
        rounds=rounds, people=named, exempt=len(plan.exempt)
    )


def _print_pairs(console: Console, pairs: Iterable[tuple[str, str]]) -> None:
    _print_table(console, ((f"{name}:", value) for name, value in pairs if value))


def _print_table(console: Console, rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for number, row in enumerate(rows):
        if not number:
            table.add_column(width=2)
            for _cell in row:
                table.add_column(overflow="fold")
        table.add_row("", *(Text(cell) for cell in row))
    console.print(table)


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style=style), soft_wrap=True)
