"""The proof sheet: each page of a round's ballots as a picture, each field labelled with what it counts for.

It is made from the form itself, not from the plan: what it shows in a place is what the reader will count
there.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import pdf2image
from pdf2image.exceptions import PDFInfoNotInstalledError

from ..errors import MissingProgram
from ..vote.basis import spoken
from ..vote.plan import BallotStyle, Plan, Round
from ..words import _
from ..workspace import Workspace
from .compose import compose, lay_out, render
from .fillable import freeze
from .form import Box, Field, FrozenForm
from .pictures import Picture, set_in

# Colours that stay apart for colour-blind people (Okabe and Ito); each bears its number, for gray printers.
_COLOURS = ("#0072b2", "#e69f00", "#cc3377", "#009e73", "#56b4e9", "#d55e00")
_PICTURE_MM = (126.0, 166.0)
_PICTURE_DPI = 110


@dataclass(frozen=True, slots=True)
class _Mark:
    """One field on the picture."""

    box: Box
    number: int
    colour: str


@dataclass(frozen=True, slots=True)
class _Label:
    """What the fields of one contest on one page count for, beside the picture."""

    y: float
    name: str
    options: tuple[tuple[int, str, str], ...]
    """Number, colour and words of each."""


@dataclass(frozen=True, slots=True)
class _Page:
    """One page of one ballot style, as the template shows it."""

    style: BallotStyle
    picture: str
    number: int
    pages: int
    size: tuple[float, float]
    marks: tuple[_Mark, ...]
    labels: tuple[_Label, ...]
    zones: tuple[Box, ...]
    seal: Box | None
    code: Box


def preview(
    workspace: Workspace, a_round: Round, styles: tuple[BallotStyle, ...], practice: bool
) -> list[Path]:
    """Write the proof sheet of a round as `print/preview-ROUND.pdf` and as pictures; return the files.

    Nothing is frozen: the plan may still change.

    Raises:
        FormError: a ballot can't be set.
        MissingProgram: poppler, which makes the pictures, is not installed.
    """
    plan = workspace.plan()
    folder = replace(workspace, practice=practice).print
    sheet = proof_sheet(plan, a_round, styles, practice)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"preview-{a_round.id}.pdf"
    path.write_bytes(sheet)
    for old in folder.glob(f"{path.stem}-[0-9]*.png"):
        old.unlink()
    try:
        pictures = pdf2image.convert_from_bytes(sheet, _PICTURE_DPI)
    except PDFInfoNotInstalledError as error:
        raise MissingProgram(
            _("The layout engine can't show pages as pictures: poppler is missing."),
            hint=_("Install it (`apt install poppler-utils`); `phieu doctor` says what else is missing."),
        ) from error
    files = [path]
    for number, picture in enumerate(pictures, start=1):
        files.append(folder / f"{path.stem}-{number}.png")
        picture.save(files[-1])
    return files


def proof_sheet(plan: Plan, a_round: Round, styles: tuple[BallotStyle, ...], practice: bool) -> bytes:
    """Return the proof sheet of some ballot styles of a round as a PDF, in the language in force."""
    pages: list[_Page] = []
    pictures: dict[str, Picture] = {}
    for style in styles:
        frozen = freeze(compose(plan, a_round, style, practice), practice)
        for number in range(1, frozen.form.pages + 1):
            pages.append(_page(frozen, a_round, style, number, f"{style.id}-{number}"))
            # Without its code, so that a proof sheet among the scans is never taken for a ballot.
            pictures[pages[-1].picture] = Picture(frozen.blank_pdf, number)
    sheet: bytes = lay_out(render("proof-sheet.html", plan=plan, round=a_round, pages=pages)).write_pdf()
    return set_in(sheet, pictures)


def _page(frozen: FrozenForm, a_round: Round, style: BallotStyle, number: int, picture: str) -> _Page:
    form = frozen.form
    scale = min(_PICTURE_MM[0] / form.paper_mm[0], _PICTURE_MM[1] / form.paper_mm[1])
    words_of = {option.id: spoken(option.label) for option in a_round.rules.options}
    number_of = {option: n for n, option in enumerate(words_of, start=1)}
    names = {contest.id: f"{contest.number}. {contest.name}" for contest in style.contests}
    rows: dict[str, list[Field]] = {}
    for field in form.fields:
        if field.page == number:
            rows.setdefault(field.contest, []).append(field)
    return _Page(
        style=style,
        picture=picture,
        number=number,
        pages=form.pages,
        size=(form.paper_mm[0] * scale, form.paper_mm[1] * scale),
        marks=tuple(
            _Mark(_scaled(f.box_mm, scale), number_of[f.option], _colour(number_of[f.option]))
            for fields in rows.values()
            for f in fields
        ),
        labels=tuple(
            _Label(
                y=scale * sum(f.box_mm.y + f.box_mm.h / 2 for f in fields) / len(fields),
                name=names[contest],
                options=tuple(
                    (number_of[f.option], _colour(number_of[f.option]), words_of[f.option]) for f in fields
                ),
            )
            for contest, fields in rows.items()
        ),
        zones=tuple(_scaled(zone.box_mm, scale) for zone in form.zones if zone.page == number),
        seal=_scaled(form.frame.seal, scale) if style.seal and number == 1 else None,
        code=_scaled(form.frame.code, scale),
    )


def _colour(number: int) -> str:
    return _COLOURS[(number - 1) % len(_COLOURS)]


def _scaled(box: Box, scale: float) -> Box:
    return Box(*(round(side * scale, 3) for side in box))
