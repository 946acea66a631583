"""`phieu demo`: the whole way once, on an example whose published results are known.

Every stage is called as its own command calls it; what is new here is the order, the clock, and the two
comparisons at the end: with the answers of the rehearsal, field by field, and with the published totals.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ..count import review
from ..count.desk import Desk
from ..count.question import Question, QuestionKind
from ..count.verify import verify
from ..count.web.shown import shown
from ..errors import ExitCode, PhieuError, WorkspaceError
from ..forms.proof import preview
from ..forms.rehearsal import order
from ..forms.rehearsal.answers import known_answers, known_pages, known_votes
from ..forms.rehearsal.deck import Deck
from ..forms.rehearsal.scanner import Scanner
from ..forms.run import print_run
from ..site.pages import publish
from ..site.papers import making
from ..vote.plan import Round
from ..words import _
from ..workspace import Workspace
from .count import print_round
from .read import print_report

EXAMPLE = Path(__file__).parents[1] / "examples" / "tp-hcm-2023"
COLLECTED = 81
CLERK = "Ban kiểm phiếu (diễn lại)"


class DemoFailed(PhieuError):
    """The count did not come to what is known of these ballots."""

    exit_code = ExitCode.RESULTS_DIFFER


@click.command(
    "demo",
    help=_(
        "Run the whole way once in FOLDER: 162 practice ballots of the example of Ho Chi Minh City 2023 are "
        "printed, filled in, scanned, read, questioned, counted, closed and published."
    ),
)
@click.argument(
    "folder", required=False, default="phieu-demo", type=click.Path(file_okay=False, path_type=Path)
)
@click.option(
    "--scanner",
    type=click.Choice([str(kind) for kind in Scanner]),
    default=str(Scanner.OFFICE),
    show_default=True,
    help=_("A clean office scanner, or the worse scan of a photocopy."),
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help=_("Other seed, other hands and scans."),
)
def demo_command(folder: Path, scanner: str, seed: int) -> None:
    """Run all stages, one after the other, and say what came of each."""
    began = time.monotonic()
    workspace = _fresh_copy(folder)
    plan = workspace.plan()
    [a_round] = plan.rounds
    with _stage(_("Printing")):
        _print(workspace, a_round)
    with _stage(_("Filling in and scanning")):
        deck = _rehearse(workspace, a_round, scanner, seed)
    with Desk.open(workspace, plan) as desk:
        with _stage(_("Reading")):
            _read(desk, deck, a_round)
        with _stage(_("Asking people")):
            _answer(desk, deck)
        with _stage(_("Counting")):
            _count(desk, a_round)
        with _stage(_("Closing")):
            _close(desk, a_round)
        with _stage(_("Publishing")):
            published = publish(workspace, plan, desk, expected_figures=workspace.root / "published.csv")
    click.echo(_("All counts equal the published ones. It took {seconds} s.").format(seconds=_since(began)))
    click.echo(_("The site is ready: {page}").format(page=published.public / "index.html"))


def _fresh_copy(folder: Path) -> Workspace:
    """Copy the example into an empty folder, or over an earlier demo; anything else is left alone."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "draw.py").is_file() or not (folder / "published.csv").is_file():
            raise WorkspaceError(
                _("{folder} holds other things than an earlier demo.").format(folder=folder),
                hint=_("Name a new folder: `phieu demo FOLDER`."),
            )
        shutil.rmtree(folder)
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    return Workspace.open(folder, practice=True)


def _print(workspace: Workspace, a_round: Round) -> None:
    for style in a_round.styles:
        run = print_run(workspace, a_round, style, COLLECTED, practice=True)
        click.echo(
            _("  {style}: {copies} practice ballots, form {form}: {file}").format(
                style=style.id, copies=run.copies, form=run.form, file=run.pdf
            )
        )
    proof = preview(workspace, a_round, a_round.styles, practice=True)[0]
    click.echo(_("  Proof sheet: {file}").format(file=proof))


def _rehearse(workspace: Workspace, a_round: Round, scanner: str, seed: int) -> Deck:
    wanted = order.place(
        workspace,
        a_round.id,
        None,
        votes=workspace.root / "votes.csv",
        ballots=COLLECTED,
        scanner=Scanner(scanner),
        seed=seed,
    )
    deck = order.carry_out(wanted)
    for style in deck.styles:
        click.echo(
            _("  {style}: {pages} pages: {file}").format(style=style.style, pages=style.pages, file=style.pdf)
        )
    return deck


def _read(desk: Desk, deck: Deck, a_round: Round) -> None:
    for style in deck.styles:
        print_report(desk.take_in(style.style, style.ballots, [style.pdf]))
        desk.set_figures(a_round.id, style.style, CLERK, issued=style.ballots, collected=style.ballots)
    known = known_pages(deck.truth)
    wrong = [
        (page, field)
        for reading in desk.readings()
        for page in [known[Path(reading.source), reading.index]]
        for field in page.wrong({(field.contest, field.option): str(field.state) for field in reading.fields})
    ]
    for page, (contest, option) in wrong:
        click.echo(f"  ! {page.style} {page.ballot} {contest} {option}")
    click.echo(_("  Fields read wrong without a question: {count}.").format(count=len(wrong)))
    if wrong:
        raise DemoFailed(_("Something was read wrong, and nobody would have been asked."))


def _answer(desk: Desk, deck: Deck) -> None:
    """Answer about the planted rows as answers.csv says, about any other as the ballot's votes say."""
    planted = known_answers(desk.workspace.root / "answers.csv")
    votes = known_votes(desk.workspace.root / "votes.csv")
    known = known_pages(deck.truth)
    unasked, others = set(planted), 0
    for question in review.questions(desk):
        page = known[Path(question.source), question.index]
        row = (page.style, page.ballot, question.contest or "")
        if question.kind is QuestionKind.ROW:
            answer, by = planted.get(row) or (votes[row], CLERK)
        else:
            answer, by = question.answers[0], CLERK
        others += row not in planted
        unasked.discard(row)
        _decide(desk, question, answer, by)
    click.echo(
        _("  Asked about {planted} of the {all} planted rows, and about {others} others.").format(
            planted=len(planted) - len(unasked), all=len(planted), others=others
        )
    )
    if unasked:
        raise DemoFailed(_("A row that only a person can decide was not asked about."))


def _decide(desk: Desk, question: Question, answer: str, by: str) -> None:
    done = shown(review.decide(desk, question.id, answer, by), desk.plan)
    click.echo(
        _("  {id}  {name}: {seen}. {by}: {answer}").format(
            id=done.id,
            name=done.name,
            seen="; ".join(f"{seen.label} {seen.state_words} ({seen.why})" for seen in done.seen),
            by=done.by,
            answer=done.answer_words,
        )
    )


def _count(desk: Desk, a_round: Round) -> None:
    print_round(a_round, desk.tally(a_round.id))
    problems = verify(desk)
    for problem in problems:
        click.echo(f"  {problem}")
    if problems:
        raise DemoFailed(_("The record does not hold together."))
    click.echo(_("  The record holds together; its head is {head}.").format(head=desk.journal_head()))


def _close(desk: Desk, a_round: Round) -> None:
    bundle = desk.close(a_round.id, (CLERK,))
    click.echo(_("  Fingerprint: {fingerprint}").format(fingerprint=bundle.fingerprint))
    report = making.minutes(desk, a_round.id, None, blank=False)
    for paper in report.papers:
        click.echo(_("  To sign or read out: {file}").format(file=paper.path))


@contextmanager
def _stage(title: str) -> Iterator[None]:
    began = time.monotonic()
    click.secho(title, bold=True)
    yield
    click.echo(_("  {seconds} s").format(seconds=_since(began)))


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f}"
