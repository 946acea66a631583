"""Paper out: the proof sheet, print runs, batch separators."""

from pathlib import Path

import click

from ..forms import run
from ..forms.proof import preview
from ..forms.separator import write_separator
from ..vote.plan import BallotStyle, Round
from ..words import _
from ..workspace import Workspace
from .main import practice_option, workspace_option


@click.command(
    "preview", help=_("Write the proof sheet of a round: each ballot as a picture, each box labelled.")
)
@click.argument("round_id", metavar="ROUND")
@click.argument("style_id", metavar="[STYLE]", required=False)
@workspace_option
@practice_option
def preview_command(round_id: str, style_id: str | None, root: Path, practice: bool) -> None:
    """Write the proof sheet of a round."""
    workspace = Workspace.open(root, practice)
    a_round, styles = _named(workspace, round_id, style_id)
    for path in preview(workspace, a_round, styles, practice):
        click.echo(path)


@click.command("print", help=_("Write a print run: the ballots as one PDF, and the sheet that goes with it."))
@click.argument("round_id", metavar="ROUND")
@click.argument("style_id", metavar="[STYLE]", required=False)
@click.option("--copies", "-n", type=int, required=True, help=_("How many ballots of each style."))
@click.option(
    "--refreeze",
    is_flag=True,
    help=_("Start a new form where the plan has changed; ballots printed before are refused."),
)
@workspace_option
@practice_option
def print_command(
    round_id: str, style_id: str | None, copies: int, refreeze: bool, root: Path, practice: bool
) -> None:
    """Write a print run."""
    workspace = Workspace.open(root, practice)
    a_round, styles = _named(workspace, round_id, style_id)
    for made in run.print_runs(workspace, a_round, styles, copies, practice, refreeze):
        click.echo(
            _("{run}: {copies} ballots of form {form}.").format(
                run=made.name, copies=made.copies, form=made.form
            )
        )
        click.echo(f"  {made.pdf}\n  {made.sheet}")


@click.command(
    "separator", help=_("Write the sheet that goes on top of a batch of ballots when they are scanned.")
)
@click.argument("name", metavar="NAME")
@click.option("--sheets", type=int, required=True, help=_("How many sheets the batch has, counted by hand."))
@workspace_option
@practice_option
def separator_command(name: str, sheets: int, root: Path, practice: bool) -> None:
    """Write a batch separator."""
    click.echo(write_separator(Workspace.open(root, practice), name, sheets))


def _named(
    workspace: Workspace, round_id: str, style_id: str | None
) -> tuple[Round, tuple[BallotStyle, ...]]:
    a_round = run.named_round(workspace.plan(), round_id)
    return a_round, a_round.styles if style_id is None else (run.named_style(a_round, style_id),)
