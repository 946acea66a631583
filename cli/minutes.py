"""`phieu minutes` and `phieu zero-report`: the papers that the committee signs and reads out."""

from pathlib import Path

import click

from ..count.desk import Desk
from ..site.papers import making
from ..site.papers.storing import Report
from ..words import _
from ..workspace import Workspace
from .count import say_if_practice
from .main import practice_option, workspace_option


@click.command(
    "minutes",
    help=_(
        "Make the papers of a closed round, as Word and PDF files: the minutes of each ballot, the "
        "announcement, the summary table, and a corrigendum where the round was reopened. With STYLE, the "
        "minutes of that ballot only."
    ),
)
@click.argument("round_id", metavar="ROUND")
@click.argument("style_id", metavar="[STYLE]", required=False)
@click.option(
    "--blank", is_flag=True, help=_("Without any number, to be finished by hand; the round may be open.")
)
@workspace_option
@practice_option
def minutes_command(round_id: str, style_id: str | None, blank: bool, root: Path, practice: bool) -> None:
    """Make the minutes and what goes with them."""
    workspace = Workspace.open(root, practice)
    with Desk.open(workspace, workspace.plan()) as desk:
        report = making.minutes(desk, round_id, style_id, blank)
    _say(report, practice)


@click.command(
    "zero-report",
    help=_("Make the report, to be signed before the first ballot, that the machine holds none yet."),
)
@click.argument("round_id", metavar="ROUND")
@click.option("--blank", is_flag=True, help=_("Without any number, to be finished by hand."))
@workspace_option
@practice_option
def zero_report_command(round_id: str, blank: bool, root: Path, practice: bool) -> None:
    """Make the report before the count."""
    workspace = Workspace.open(root, practice)
    with Desk.open(workspace, workspace.plan()) as desk:
        report = making.zero_report(desk, round_id, blank)
    _say(report, practice)


def _say(report: Report, practice: bool) -> None:
    say_if_practice(practice)
    for paper in report.papers:
        line = _("Made: {file}") if paper.new else _("Made before, unchanged: {file}")
        click.echo(line.format(file=paper.path))
    for remark in report.remarks:
        click.echo(remark)
