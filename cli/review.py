"""`phieu review` and `phieu decide`: the questions for people, in the browser or in the terminal."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from ..count import review
from ..count.desk import Desk
from ..count.question import Question
from ..count.web.serve import open_in_browser, served, still_open
from ..count.web.shown import Shown, shown
from ..words import _, ngettext
from ..workspace import Workspace
from .main import practice_option, workspace_option


@click.command("review", help=_("Answer the questions that the machine leaves to people, in the browser."))
@workspace_option
@practice_option
@click.option("--list", "listed", is_flag=True, help=_("Print the questions instead."))
@click.option("--json", "as_json", is_flag=True, help=_("Print them as JSON (with --list)."))
@click.option("--port", type=click.IntRange(1024, 65535), help=_("Where to listen; a free port by default."))
@click.option("--no-browser", is_flag=True, help=_("Only print the address."))
@click.option("--by", default="", help=_("Who decides; otherwise the page asks."))
def review_command(
    root: Path, practice: bool, listed: bool, as_json: bool, port: int | None, no_browser: bool, by: str
) -> None:
    """Open the question list in the browser, or print it."""
    workspace = Workspace.open(root, practice)
    if listed or as_json:
        _print_questions(workspace, as_json)
        return
    _say_practice(practice)
    with served(workspace, port=port, by=by) as desk_in_browser:
        click.echo(_("The questions are at {address}").format(address=desk_in_browser.address))
        click.echo(_("Only this machine can open them. Ctrl-C ends; every decision is kept."))
        if not no_browser and not open_in_browser(desk_in_browser):
            click.echo(_("No browser could be opened: copy the address into one."))
        desk_in_browser.run()
    open_count, count = still_open(workspace)
    click.echo(
        _("{answered} of {count} questions are answered.").format(answered=count - open_count, count=count)
    )


@click.command("decide", help=_("Answer a question from the terminal: ID ANSWER, or several such pairs."))
@click.argument("pairs", nargs=-1, required=True, metavar="ID ANSWER...")
@click.option(
    "--undo", is_flag=True, help=_("Take back the decisions on these questions: only their IDs follow.")
)
@click.option("--by", required=True, help=_("Who decides."))
@workspace_option
@practice_option
def decide_command(pairs: tuple[str, ...], undo: bool, by: str, root: Path, practice: bool) -> None:
    """Record decisions, or take them back."""
    if not undo and len(pairs) % 2:
        raise click.UsageError(_("Give an answer after each question's ID."))
    workspace = Workspace.open(root, practice)
    plan = workspace.plan()
    _say_practice(practice)
    with Desk.open(workspace, plan) as desk:
        if undo:
            for question_id in pairs:
                one = shown(review.undo(desk, question_id, by), plan)
                click.echo(_("{id} {name}: taken back, open again.").format(id=one.id, name=one.name))
            return
        for question_id, answer in zip(pairs[::2], pairs[1::2], strict=True):
            one = shown(review.decide(desk, question_id, answer, by), plan)
            click.echo(
                _("{id} {name}: {answer} ({by})").format(
                    id=one.id, name=one.name, answer=one.answer_words, by=one.by
                )
            )


def _print_questions(workspace: Workspace, as_json: bool) -> None:
    plan = workspace.plan()
    with Desk.open(workspace, plan) as desk:
        questions = review.questions(desk)
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in questions], ensure_ascii=False, indent=1))
        return
    _say_practice(workspace.practice)
    for one in questions:
        click.echo(_in_lines(shown(one, plan)))
    open_count = sum(one.open for one in questions)
    click.echo(
        ngettext("{count} question, {open} open.", "{count} questions, {open} open.", len(questions)).format(
            count=len(questions), open=open_count
        )
    )


def _say_practice(practice: bool) -> None:
    if practice:
        click.echo(_("PRACTICE: a rehearsal, never counted as real."))


def _as_json(question: Question) -> dict[str, object]:
    """Return a question without anything that leads back to its scan."""
    data = asdict(question)
    for name in ("page_key", "other_key", "source", "index", "decision"):
        data.pop(name)
    return data


def _in_lines(one: Shown) -> str:
    lines = [f"{one.id}  {one.asked}", f"    {one.ballot}"]
    if one.name:
        lines.append(f"    {one.number or ''} {one.name}, {one.position}")
    lines += [f"    {note}" for note in one.notes]
    lines += [f"    {seen.label}: {seen.state_words} ({seen.why})" for seen in one.seen]
    lines.append("    " + _("the machine alone: {answer}").format(answer=one.machine))
    lines.append(
        "    " + _("answers: {answers}").format(answers=", ".join(f"{a.id} ({a.label})" for a in one.answers))
    )
    if one.answered:
        lines.append("    " + _("answered: {answer}, by {by}").format(answer=one.answer_words, by=one.by))
    else:
        lines.append("    " + _("open"))
    return "\n".join(lines)
