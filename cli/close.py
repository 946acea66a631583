"""`phieu explain`, `close` and `reopen`: the end of a count, and what may follow it."""

from pathlib import Path

import click

from ..count.bundle_files import bundle_path
from ..count.desk import Desk
from ..count.differences import not_compared
from ..vote.plan import Round
from ..words import _
from ..workspace import Workspace
from .count import say_closed, say_explained, say_if_practice
from .main import practice_option, workspace_option


@click.command(
    "explain", help=_("Explain a difference between figures: ROUND/BALLOT/WHAT. Without one: list.")
)
@click.argument("difference", metavar="[DIFFERENCE]", required=False)
@click.option("--reason", default="", help=_("How it came about; the minutes print it."))
@click.option("--by", default="", help=_("Who explains it: the chair of the counting committee."))
@workspace_option
@practice_option
def explain_command(difference: str | None, reason: str, by: str, root: Path, practice: bool) -> None:
    """Record an explanation, or list what differs."""
    workspace = Workspace.open(root, practice)
    plan = workspace.plan()
    say_if_practice(practice)
    with Desk.open(workspace, plan) as desk:
        if difference is None:
            _list(desk, plan.rounds)
            return
        round_id, _slash, name = difference.partition("/")
        found = desk.explain(round_id, name, reason, by)
    click.echo(found.sentence)
    click.echo(_("Explained by {by}: {explanation}").format(by=found.by, explanation=found.explanation))
    click.echo(_("This holds for these numbers; should one of them change, it has to be explained again."))


@click.command("close", help=_("Close a round: its results are final, and written down with a fingerprint."))
@click.argument("round_id", metavar="ROUND")
@click.option(
    "--by", multiple=True, required=True, help=_("Who closes it; may be given several times, once a person.")
)
@workspace_option
@practice_option
def close_command(round_id: str, by: tuple[str, ...], root: Path, practice: bool) -> None:
    """Close a round; of a closed one, write the bundle again."""
    workspace = Workspace.open(root, practice)
    with Desk.open(workspace, workspace.plan()) as desk:
        before = desk.bundle(round_id)
        bundle = desk.close(round_id, by)
        a_round = desk.round(round_id)
        head = desk.journal_head()
    say_if_practice(practice)
    if before is not None:
        click.echo(_("Round {name} was closed before; nothing was changed.").format(name=round_id))
    say_closed(bundle)
    say_explained(bundle)
    for sentence in not_compared(a_round, {style.id: style.figures for style in bundle.tally.styles}):
        click.echo(sentence)
    click.echo(_("Written: {file}").format(file=bundle_path(workspace.results, round_id)))
    click.echo(_("Head of the journal: {head}").format(head=head))


@click.command("reopen", help=_("Open a closed round again; its results and papers are void."))
@click.argument("round_id", metavar="ROUND")
@click.option("--reason", required=True, help=_("Why; the corrigendum prints it."))
@click.option("--by", required=True, help=_("Who decides."))
@workspace_option
@practice_option
def reopen_command(round_id: str, reason: str, by: str, root: Path, practice: bool) -> None:
    """Reopen a round."""
    workspace = Workspace.open(root, practice)
    with Desk.open(workspace, workspace.plan()) as desk:
        bundle = desk.reopen(round_id, reason, by)
    say_if_practice(practice)
    click.echo(
        _("Round {name} is open again. Void is the fingerprint {fingerprint}").format(
            name=round_id, fingerprint=bundle.fingerprint
        )
    )
    click.echo(
        _("Void files lie in {folder}. Take back the papers that were signed or handed out.").format(
            folder=workspace.results / "void"
        )
    )
    if workspace.public.is_dir():
        click.echo(
            _("The site in {folder} may still show the void results: take it down, or publish anew.").format(
                folder=workspace.public
            )
        )


def _list(desk: Desk, rounds: tuple[Round, ...]) -> None:
    found = [(a_round, one) for a_round in rounds for one in desk.differences(a_round.id)]
    if not found:
        click.echo(_("No figures differ."))
    for a_round, one in found:
        click.echo(f"{a_round.id}/{one.id}")
        click.echo(f"  {one.sentence}")
        if one.settled:
            said = _("Explained by {by}: {explanation}").format(by=one.by, explanation=one.explanation)
        elif one.may_be_explained:
            said = _("Not explained yet; it keeps the round from being closed.")
        else:
            said = _("This can't be explained away; it keeps the round from being closed.")
        click.echo(f"  {said}")
