"""Publishing: the bundle and the site."""

from pathlib import Path

import click

from ..count.desk import Desk
from ..site.pages import publish
from ..vote.plan import Publication
from ..words import _
from ..workspace import Workspace
from .count import say_closed, say_explained
from .main import practice_option, workspace_option


@click.command("publish", help=_("Write the results and the site, and build it."))
@workspace_option
@practice_option
@click.option("--draft", is_flag=True, help=_("Also what is not final; every page says so."))
@click.option(
    "--expect",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=_("A table of published totals; where the count differs, nothing is published."),
)
def publish_command(root: Path, practice: bool, draft: bool, expect: Path | None) -> None:
    """Publish what was counted."""
    workspace = Workspace.open(root, practice)
    plan = workspace.plan()
    with Desk.open(workspace, plan) as desk:
        published = publish(workspace, plan, desk, draft=draft, expected_figures=expect)
        closed = [(one, desk.bundle(one.id)) for one in plan.rounds if one.publish is not Publication.NONE]
    for title in published.withheld:
        click.echo(_("Left out, because the plan publishes nothing of it: {round}").format(round=title))
    for where in published.missing:
        click.echo(_("Named on the site as missing: {round}").format(round=where))
    for a_round, bundle in closed:
        if bundle is not None:
            say_closed(bundle)
            say_explained(bundle)
        elif not workspace.gathered.is_dir():
            click.echo(
                _("Round {name} was not closed: its results may still change.").format(name=a_round.id)
            )
    if not published.final:
        click.echo(_("This is a draft: every page says that it is not final."))
    click.echo(_("The site is ready: {page}").format(page=published.public / "index.html"))
