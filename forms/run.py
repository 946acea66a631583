"""Frozen forms of a workspace, and print runs made from them.

A ballot style's form is composed and frozen when it is first asked for and kept in `forms/`;
`forms/index.json` says which form belongs to which ballot style and who stands in its rows, with a hash of
what it was laid out from. From then on the same form is used: were the plan changed in between, ballots
already printed would not be read any more, so that is an error until somebody says that no printed ballot
will be used.
"""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from ..errors import ExitCode, PhieuError
from ..vote.plan import BallotStyle, Plan, Round
from ..words import _
from ..workspace import Workspace
from .compose import compose, source
from .fillable import freeze
from .form import FormError, FrozenForm
from .frame import ballots_pdf
from .runsheet import run_sheet

MAX_COPIES = 100_000
"""More is a slip of the finger: a run of so many pages is printed in parts."""


class UnknownName(PhieuError):
    """A round or ballot style that is not in the plan."""

    exit_code = ExitCode.USAGE


class CopiesError(PhieuError):
    """A number of ballots that can't be printed."""

    exit_code = ExitCode.USAGE


PrintedRow = tuple[str, int, str, str]
"""A row as it was printed: the contest's id, its number, name and position."""


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """Which ballot style a frozen form belongs to."""

    round: str
    style: str
    practice: bool
    sha256: str
    source: str
    """SHA-256 of the HTML it was laid out from."""
    rows: tuple[PrintedRow, ...]
    """Who stands in its rows, from the top."""


@dataclass(frozen=True, slots=True)
class PrintRun:
    """Ballots made ready for a printer."""

    name: str
    round: str
    style: str
    practice: bool
    copies: int
    form: str
    sha256: str
    pages: int
    """Sides of one ballot that are printed on."""
    pdf: Path
    sheet: Path


_Named = TypeVar("_Named", Round, BallotStyle)


def named_round(plan: Plan, round_id: str) -> Round:
    """Return the round with this id.

    Raises:
        UnknownName: with the rounds there are.
    """
    return _named(
        plan.rounds, round_id, lambda names: _("The plan's rounds are: {names}.").format(names=names)
    )


def named_style(a_round: Round, style_id: str) -> BallotStyle:
    """Return the ballot style of a round with this id.

    Raises:
        UnknownName: with the ballot styles the round has.
    """
    return _named(
        a_round.styles,
        style_id,
        lambda names: _("The ballot styles of round {round} are: {names}.").format(
            round=a_round.id, names=names
        ),
    )


def _named(known: tuple[_Named, ...], wanted: str, sentence: Callable[[str], str]) -> _Named:
    for one in known:
        if one.id == wanted:
            return one
    raise UnknownName(
        _("There is no “{name}” in the plan.").format(name=wanted),
        hint=sentence(", ".join(one.id for one in known)),
    )


def printed_rows(style: BallotStyle) -> tuple[PrintedRow, ...]:
    """Return who stands in the rows of a ballot style, as its form is printed with."""
    return tuple((one.id, one.number, one.name, one.position) for one in style.contests)


def forms_index(workspace: Workspace) -> dict[str, IndexEntry]:
    """Return which form belongs to which ballot style, real and practice ones alike.

    Raises:
        FormError: the index can't be read.
    """
    path = workspace.forms / "index.json"
    if not path.exists():
        return {}
    try:
        return {form: _entry(**told) for form, told in json.loads(path.read_text("utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError, LookupError) as error:
        raise FormError(
            _("{file}, which says what form belongs to what ballot, can't be read.").format(file=path),
            hint=_("Put it back as it was when the ballots were printed."),
        ) from error


def _entry(rows: list[tuple[str, int, str, str]], **told: Any) -> IndexEntry:
    return IndexEntry(**told, rows=tuple((row[0], row[1], row[2], row[3]) for row in rows))


def frozen_forms(workspace: Workspace, practice: bool | None = None) -> dict[str, FrozenForm]:
    """Return the frozen forms of the workspace by id, checked; of one kind only, where `practice` says which.

    Raises:
        FormError: a form is missing, or was changed after it was frozen.
    """
    return {
        form: _loaded(workspace, form, entry)
        for form, entry in forms_index(workspace).items()
        if practice is None or entry.practice == practice
    }


def frozen_form(
    workspace: Workspace, a_round: Round, style: BallotStyle, practice: bool, refreeze: bool = False
) -> FrozenForm:
    """Return the frozen form of a ballot style: made when it is first asked for, reused from then on.

    Args:
        workspace: where forms are kept.
        a_round: a round of the workspace's plan.
        style: one of its ballot styles.
        practice: whether the practice form is meant, which says so in print.
        refreeze: start a new form where the plan has changed; ballots printed before are then refused.

    Raises:
        FormError: the plan has changed since the form was frozen, or a file was; the ballot can't be set;
            or it would look like another round's.
    """
    plan = workspace.plan()
    laid_out_from = hashlib.sha256(source(plan, a_round, style, practice).encode()).hexdigest()
    index = forms_index(workspace)
    for form, entry in index.items():
        if (entry.round, entry.style, entry.practice) != (a_round.id, style.id, practice):
            continue
        if entry.source == laid_out_from:
            return _loaded(workspace, form, entry)
        if not refreeze:
            raise FormError(
                _(
                    "The plan or the template of ballot style {style} has changed since its form {form} "
                    "was frozen."
                ).format(style=style.id, form=form),
                hint=_(
                    "Undo the change; or, if no ballot printed so far will be used, start a new form with "
                    "`phieu print {command} -n NUMBER --refreeze`. Ballots of the old form are then refused."
                ).format(command=f"{a_round.id} {style.id}" + (" --practice" if practice else "")),
            )
        _refuse_if_read(workspace, practice)
        index.pop(form)
        break
    frozen = freeze(compose(plan, a_round, style, practice), practice)
    same = index.get(frozen.form.id)
    if same is not None:
        raise FormError(
            _("Ballots {one} and {other} would look the same, and nobody could tell them apart.").format(
                one=f"{same.round} {same.style}", other=f"{a_round.id} {style.id}"
            ),
            hint=_("Give the two rounds, or their ballots, different titles or dates in plan.yaml."),
        )
    index[frozen.form.id] = IndexEntry(
        a_round.id, style.id, practice, frozen.form.sha256, laid_out_from, printed_rows(style)
    )
    frozen.save(workspace.forms)
    entries = {form: asdict(entry) for form, entry in sorted(index.items())}
    _write_whole(workspace.forms / "index.json", json.dumps(entries, ensure_ascii=False, indent=1) + "\n")
    return frozen


def _refuse_if_read(workspace: Workspace, practice: bool) -> None:
    """Refuse to retire a form once batches were read: the count could no longer say whose its ballots are."""
    scans = replace(workspace, practice=practice).scans
    if scans.is_dir() and any(entry.is_dir() for entry in scans.iterdir()):
        raise FormError(
            _("No new form can be started: batches were already read in this count ({folder}).").format(
                folder=scans
            ),
            hint=_(
                "Undo the change to the plan. For another vote make a new workspace; for another rehearsal "
                "move the folder `practice` away first."
            ),
        )


def print_run(
    workspace: Workspace,
    a_round: Round,
    style: BallotStyle,
    copies: int,
    practice: bool,
    refreeze: bool = False,
) -> PrintRun:
    """Write `print/RUN.pdf` with the ballots, its run sheet, and `RUN.json`.

    Raises:
        CopiesError: fewer than one ballot, or more than a run can hold.
        FormError: as `frozen_form`.
    """
    check_copies(copies)
    frozen = frozen_form(workspace, a_round, style, practice, refreeze)
    folder = replace(workspace, practice=practice).print
    folder.mkdir(parents=True, exist_ok=True)
    name = _next_name(folder, f"{a_round.id}-{style.id}")
    run = PrintRun(
        name=name,
        round=a_round.id,
        style=style.id,
        practice=practice,
        copies=copies,
        form=frozen.form.id,
        sha256=frozen.form.sha256,
        pages=frozen.form.pages,
        pdf=folder / f"{name}.pdf",
        sheet=folder / f"{name}-sheet.pdf",
    )
    run.pdf.write_bytes(ballots_pdf(frozen, copies))
    run.sheet.write_bytes(run_sheet(frozen, a_round, style, name, copies))
    record = {**asdict(run), "pdf": run.pdf.name, "sheet": run.sheet.name}
    _write_whole(folder / f"{name}.json", json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    return run


def print_runs(
    workspace: Workspace,
    a_round: Round,
    styles: Sequence[BallotStyle],
    copies: int,
    practice: bool,
    refreeze: bool = False,
) -> list[PrintRun]:
    """Write a print run of each ballot style; every form is frozen before the first run is written.

    Raises:
        CopiesError: as `print_run`.
        FormError: as `frozen_form`.
    """
    check_copies(copies)
    for style in styles:
        frozen_form(workspace, a_round, style, practice, refreeze)
    return [print_run(workspace, a_round, style, copies, practice) for style in styles]


def check_copies(copies: int) -> None:
    """Refuse a number of ballots that can't be printed.

    Raises:
        CopiesError: it is less than one, or more than a run can hold.
    """
    if copies < 1:
        raise CopiesError(
            _("{copies} ballots can't be printed.").format(copies=copies),
            hint=_("Say how many, at least 1, as in `-n 81`."),
        )
    if copies > MAX_COPIES:
        raise CopiesError(
            _("{copies} ballots are more than one print run can hold ({most}).").format(
                copies=copies, most=MAX_COPIES
            ),
            hint=_("Print them in several runs."),
        )


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that it is never seen half written."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _loaded(workspace: Workspace, form: str, entry: IndexEntry) -> FrozenForm:
    path = workspace.forms / f"{form}.json"
    frozen = FrozenForm.load(path)
    if (frozen.form.id, frozen.form.sha256, frozen.form.practice) != (form, entry.sha256, entry.practice):
        raise FormError(
            _("{file} is not the form that belongs to ballot style {style}.").format(
                file=path, style=entry.style
            ),
            hint=_("Put back the form as it was when the ballots were printed."),
        )
    return frozen


def _next_name(folder: Path, stem: str) -> str:
    taken = [
        int(m[1])
        for path in folder.iterdir()
        if (m := re.fullmatch(rf"{re.escape(stem)}-(\d{{3,}})\.json", path.name))
    ]
    return f"{stem}-{max(taken, default=0) + 1:03}"
