"""`phieu rehearse`: practice ballots, filled in and scanned, with known answers."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..forms.rehearsal import order
from ..forms.rehearsal.deck import DeckStyle
from ..forms.rehearsal.scanner import Scanner
from ..words import _
from ..workspace import Workspace
from .main import workspace_option


@click.command(
    "rehearse",
    help=_(
        "Fill in practice ballots of ROUND as if by hand, scan them as if by a machine, and write down "
        "what a count of them must come to."
    ),
)
@click.argument("round_id", metavar="ROUND")
@click.argument("style_id", metavar="[STYLE]", required=False)
@click.option(
    "--votes",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=_(
        "CSV of the marks to make: style,ballot,contest,option,mark. Without it, votes are drawn at random."
    ),
)
@click.option(
    "--ballots",
    type=int,
    default=81,
    show_default=True,
    help=_("How many of each style, when drawn at random."),
)
@click.option(
    "--scanner",
    type=click.Choice([str(kind) for kind in Scanner]),
    default=str(Scanner.OFFICE),
    show_default=True,
    help=_("A clean office scanner, or the worse scan of a photocopy."),
)
@click.option("--colour", is_flag=True, help=_("The office scanner scans in colour instead of gray."))
@click.option("--dpi", type=click.IntRange(100, 600), default=200, show_default=True, help=_("Of the scans."))
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=1,
    show_default=True,
    help=_("The same seed gives the same scans."),
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help=_("Where to; by default practice/deck/ROUND in the folder of the vote."),
)
@workspace_option
def rehearse_command(
    round_id: str,
    style_id: str | None,
    votes: Path | None,
    ballots: int,
    scanner: str,
    colour: bool,
    dpi: int,
    seed: int,
    out: Path | None,
    root: Path,
) -> None:
    """Write a deck, and say where it is and how to read it."""
    wanted = order.place(
        Workspace.open(root, practice=True),
        round_id,
        style_id,
        votes=votes,
        ballots=ballots,
        scanner=Scanner(scanner),
        colour=colour,
        dpi=dpi,
        seed=seed,
        out=out,
    )
    with _progress() as bar:
        task = bar.add_task(_("Filling in and scanning"), total=wanted.pages)
        deck = order.carry_out(wanted, on_page=lambda: bar.advance(task))
    for style in deck.styles:
        click.echo(
            _(
                "{style}: {ballots} practice ballots, {pages} pages: {jpegs} and, the same again, {pdf}"
            ).format(
                style=style.style, ballots=style.ballots, pages=style.pages, jpegs=style.jpegs, pdf=style.pdf
            )
        )
        if style.lost:
            click.echo(
                _("  The scanner left nothing to see of {count} marks; the answers say so.").format(
                    count=style.lost
                )
            )
    click.echo(_("The answers are in {truth}.").format(truth=deck.truth))
    click.echo(_("Read them into the practice count with:"))
    for style in deck.styles:
        click.echo("  " + _command(style, root))


def _command(style: DeckStyle, root: Path) -> str:
    """Return the command that reads a style's scans, ready to be copied."""
    place = "" if root == Path() else f" -w {_quoted(root)}"
    return f"phieu read --practice{place} --batch {style.style} --sheets {style.ballots} {_quoted(style.pdf)}"


def _quoted(path: Path) -> str:
    return f'"{path}"' if " " in str(path) else str(path)


def _progress() -> Progress:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
