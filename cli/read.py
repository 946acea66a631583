"""`phieu read` and `phieu inspect`: paper comes in."""

from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from ..count.batches import BatchReport
from ..count.desk import Desk
from ..words import _
from ..workspace import Workspace
from .count import OUTCOMES, console, plain_table, say_if_practice
from .main import practice_option, workspace_option


@click.command(
    "read", help=_("Read a batch of scanned ballots (PDF, TIFF, JPEG, PNG, folders) into the count.")
)
@click.argument("paths", nargs=-1, required=True, metavar=_("FILE..."), type=click.Path(path_type=Path))
@click.option("--batch", required=True, help=_("The batch's name, as hall-1."))
@click.option("--sheets", required=True, type=int, help=_("How many sheets people counted in it beforehand."))
@click.option("--workers", type=click.IntRange(min=1), help=_("Processes that read; one a core by default."))
@workspace_option
@practice_option
@click.pass_context
def read_command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    batch: str,
    sheets: int,
    workers: int | None,
    root: Path,
    practice: bool,
) -> None:
    """Read a batch of scanned ballots into the count."""
    workspace = Workspace.open(root, practice)
    with Desk.open(workspace, workspace.plan()) as desk, _progress() as bar:
        task = bar.add_task(_("Reading"), total=None)
        report = desk.take_in(
            batch,
            sheets,
            paths,
            workers,
            on_page=lambda: bar.advance(task),
            on_start=lambda pages: bar.update(task, total=pages),
        )
    say_if_practice(practice)
    print_report(report)
    ctx.exit(int(report.exit_code))


def print_report(report: BatchReport) -> None:
    """Print what became of a batch's pages; `phieu demo` does it too."""
    out = console()
    for line in report.lines:
        out.print(
            Text(
                _("{file}, page {page}: {sentence}").format(
                    file=line.source, page=line.index + 1, sentence=line.sentence
                )
            )
        )
    headings = (_("Batch"), _("Declared"), _("Sheets"), _("Pages given"))
    table = plain_table(*headings, *(_(word) for word in OUTCOMES.values()))
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row(
        Text(report.batch),
        str(report.declared),
        str(report.sheets),
        f"{report.given} =",
        *(str(report.pages[outcome]) for outcome in OUTCOMES),
    )
    out.print(table)
    for sentence in report.sentences:
        out.print(Text(sentence))


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console(), transient=True
    )
