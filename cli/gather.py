"""`phieu gather`: a province takes its units' results back."""

from collections.abc import Mapping
from pathlib import Path

import click
from rich.text import Text

from ..count.bundle import Bundle
from ..count.gather import Came, Taken
from ..count.gathered import Gathering, gather, load, missing
from ..vote.plan import Plan
from ..words import N_, _, ngettext
from ..workspace import Workspace
from .count import console, plain_table, say_explained, say_if_practice
from .main import practice_option, workspace_option

_CAME = {
    Came.NEW: N_("taken"),
    Came.CORRECTION: N_("taken: it corrects the result gathered before ({why})"),
    Came.AGAIN: N_("gathered before, nothing changed"),
    Came.OLDER: N_("kept: the result gathered corrects it"),
    Came.REFUSED: N_("REFUSED: {why}"),
}


@click.command(
    "gather",
    help=_(
        "Take the units' results back (FILE.bundle.json with its .sha256, or folders of them), hold each "
        "against the plan, and say what is missing. Without files, only say what is missing."
    ),
)
@click.argument(
    "sources",
    nargs=-1,
    metavar=_("[FILE_OR_FOLDER]..."),
    type=click.Path(exists=True, path_type=Path),
)
@workspace_option
@practice_option
@click.pass_context
def gather_command(ctx: click.Context, sources: tuple[Path, ...], root: Path, practice: bool) -> None:
    """Gather results, and print what is there and what is missing."""
    workspace = Workspace.open(root, practice)
    plan = workspace.plan()
    gathering = gather(workspace.gathered, plan, practice, sources)
    say_if_practice(practice)
    _print_gathering(gathering)
    _print_state(plan, load(workspace.gathered, plan, practice))
    if gathering.exit_code:
        click.echo(
            _(
                "Nothing was taken of the files that were refused, and what was gathered before is kept. Ask "
                "the unit which result holds: it corrects one with `phieu reopen` and `phieu close`."
            )
        )
    ctx.exit(int(gathering.exit_code))


def _print_gathering(gathering: Gathering) -> None:
    out = console()
    for one in gathering.taken:
        out.print(Text(f"{_where(one)}: {_(_CAME[one.came]).format(why=one.why)}"), soft_wrap=True)
        if one.came in (Came.NEW, Came.CORRECTION):
            say_explained(one.given.bundle)
    for refused in gathering.refused:
        out.print(Text(f"{refused.file}: {_(_CAME[Came.REFUSED]).format(why=refused.why)}"), soft_wrap=True)


def _where(one: Taken) -> str:
    return f"{one.given.file} ({one.given.bundle.unit_name}, {one.given.bundle.title})"


def _print_state(plan: Plan, chains: Mapping[str, tuple[Bundle, ...]]) -> None:
    """Print the units in their tree, and of each round whether its result is there."""
    out = console()
    table = plain_table(_("Unit"), _("Round"), _("Result"), _("Fingerprint"))
    for depth, unit in plan.tree():
        rounds = [a_round for a_round in plan.rounds if a_round.unit.id == unit.id]
        name = "  " * depth + unit.name
        if not rounds:
            table.add_row(Text(name), "", "", "")
        for a_round in rounds:
            chain = chains.get(a_round.id, ())
            fingerprint = chain[-1].fingerprint[:19] if chain else ""
            table.add_row(Text(name), Text(a_round.id), Text(_state(chain)), fingerprint)
            name = ""
    out.print(table)
    absent = missing(plan, chains)
    out.print(
        _("Gathered: {there} of {all} rounds.").format(
            there=len(plan.rounds) - len(absent), all=len(plan.rounds)
        )
    )
    if absent:
        names = "; ".join(dict.fromkeys(a_round.unit.name for a_round in absent))
        out.print(Text(_("Still missing: {units}.").format(units=names)), soft_wrap=True)
    else:
        out.print(_("Nothing is missing."))
    if chains:
        out.print(_("`phieu publish` makes one site of them."))


def _state(chain: tuple[Bundle, ...]) -> str:
    if not chain:
        return _("missing")
    corrected = len(chain) - 1
    if not corrected and not chain[-1].corrects:
        return _("there")
    return ngettext("there, corrected {n} time", "there, corrected {n} times", max(corrected, 1)).format(
        n=max(corrected, 1)
    )
