"""The questions for people, and their answers: the one way for the browser, the terminal and the demo.

Decisions are appended, never overwritten; taking one back is a further entry. What the machine said stays
beside what people said. No image is ever edited.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from ..forms.form import Box, Field, Zone
from ..ocr import overlay, scans
from ..ocr.pixels import Pixels
from ..ocr.reading import PageReading
from ..ocr.scans import PageRef
from ..words import _
from . import beside, record, rounds
from .answer import AnsweredMeanwhile, AnswerError, signed
from .desk import Desk
from .question import Question, QuestionKind

_BESIDE_MM = 12.0
_ABOVE_MM = 9.0
"""Shown around a row: its number, and what stands above and below it."""
_ELSEWHERE_MM = 20.0
"""Shown around writing that lies in no row, and..."""
_SEAL_MM = 15.0
"""...around the seal's zone, since a seal is pressed by hand."""


@dataclass(frozen=True, slots=True)
class ReviewPicture:
    """What people look at."""

    crop_png: bytes
    """The row with its neighbours, straightened; the whole page where its place is not trusted. Of two
    ballots, the rows of both, side by side."""
    page_png: bytes
    """The whole page as scanned; of two ballots, all their pages."""


class NoPicture(AnswerError):
    """The scan of this page can't be shown; the paper has to be fetched."""


def questions(desk: Desk) -> tuple[Question, ...]:
    """Return every question of the count, open or answered, in the order of their ids."""
    with desk.store.reading() as connection:
        return _detailed(connection, desk.counted(connection).questions)


def decide(desk: Desk, question_id: str, answer: str, by: str, *, seen: str | None = None) -> Question:
    """Answer a question, or answer it anew.

    Args:
        desk: the count.
        question_id: which question.
        answer: one of `Question.answers`.
        by: who decides.
        seen: `Question.decision` as it was when the question was shown; None: whatever stands now.

    Raises:
        AnswerError: no such question or answer, or no name.
        AnsweredMeanwhile: somebody else decided since `seen`.
        RoundClosed: it is about a ballot of a closed round.
    """
    by = signed(by)
    with desk.store.writing() as connection:
        question = _named(desk.counted(connection).questions, question_id)
        _unchanged_since(question, seen)
        if answer not in question.answers:
            raise AnswerError(
                _("{answer} is no answer to question {id}.").format(answer=repr(answer), id=question_id),
                hint=_("Possible answers: {answers}").format(answers=", ".join(question.answers)),
            )
        _refuse_if_closed(connection, desk, question, answer)
        decision = record.append_decision(connection, question.id, answer, question.machine, by)
        (question,) = _detailed(connection, [question])
    return replace(question, answer=answer, by=by, decision=decision)


def undo(desk: Desk, question_id: str, by: str, *, seen: str | None = None) -> Question:
    """Take the answer to a question back: it is open again.

    Raises:
        AnswerError: no such question, no answer to take back, or no name.
        AnsweredMeanwhile: somebody else decided since `seen`.
        RoundClosed: it is about a ballot of a closed round.
    """
    by = signed(by)
    with desk.store.writing() as connection:
        question = _named(desk.counted(connection).questions, question_id)
        _unchanged_since(question, seen)
        if question.open:
            raise AnswerError(
                _("Question {id} is open: there is no answer to take back.").format(id=question_id)
            )
        _refuse_if_closed(connection, desk, question, None)
        record.append_decision(connection, question.id, None, question.machine, by)
        (question,) = _detailed(connection, [question])
    return replace(question, answer=None, by=None, decision="")


def picture(desk: Desk, question_id: str) -> ReviewPicture:
    """Return the pictures of what is asked, from the scan as it came in.

    Raises:
        AnswerError: no such question.
        NoPicture: the scan is no longer where the desk put it.
    """
    with desk.store.reading() as connection:
        question = _named(desk.counted(connection).questions, question_id)
        twin = question.kind is QuestionKind.TWICE
        both = [record.sides(connection, key) for key in (question.page_key, question.other_key) if twin]
    if twin:
        form = desk.printed()[str(question.form)].form
        sheets = [[_scan(desk, key) for key in sides] for sides in both]
        rows = [[beside.rows(form, *side) for side in sheet] for sheet in sheets]
        whole = [[image for _reading, image in sheet] for sheet in sheets]
        return ReviewPicture(_png(beside.joined(rows)), _png(beside.joined(whole)))
    reading, image = _scan(desk, question.page_key)
    box = shown_box(desk, question)
    if box is None or reading.place is None:
        return ReviewPicture(_png(image), _png(image))
    return ReviewPicture(_png(overlay.crop(image, reading, [box], 0.0)), _png(image))


def _scan(desk: Desk, page_key: str) -> tuple[PageReading, Pixels]:
    """Return a page's reading and its image as it came in."""
    reading, path = desk.page_and_file(page_key)
    if path is None or not scans.exists(path):
        raise NoPicture(
            _("The scan of this page is no longer in {folder}.").format(folder=desk.workspace.scans),
            hint=_("Put it back, or fetch the paper: {file}, page {page}.").format(
                file=reading.source, page=reading.index + 1
            ),
        )
    try:
        return reading, scans.load(PageRef(reading.source, path, reading.index)).image
    except scans.ScanError as error:
        raise NoPicture(_("The scan of this page can't be opened any more.")) from error


def shown_box(desk: Desk, question: Question) -> Box | None:
    """Return the part of the form that `crop_png` shows, in mm: a row and what is around it; None: all."""
    if question.form is None:
        return None
    form = desk.printed()[question.form].form
    if question.kind is QuestionKind.SHEET:
        return _around([form.frame.seal], form.paper_mm, _SEAL_MM, _SEAL_MM)
    if question.kind is QuestionKind.STRAY and question.contest is None:
        reading, _path = desk.page_and_file(question.page_key)
        return _around(
            [stray.box_mm for stray in reading.stray if stray.contest is None],
            form.paper_mm,
            _ELSEWHERE_MM,
            _ELSEWHERE_MM,
        )
    # Where the page was not trusted, a crop might show another row than the one that is asked about.
    if question.kind is QuestionKind.PAGE or not question.seen:
        return None
    here: tuple[Field | Zone, ...] = (*form.fields, *form.zones)
    row = [one.box_mm for one in here if one.contest == question.contest and one.page == question.page]
    return _around(row, form.paper_mm, _BESIDE_MM, _ABOVE_MM)


def _around(boxes: list[Box], paper_mm: tuple[float, float], beside_mm: float, above_mm: float) -> Box | None:
    if not boxes:
        return None
    left = max(0.0, min(box.x for box in boxes) - beside_mm)
    top = max(0.0, min(box.y for box in boxes) - above_mm)
    right = min(paper_mm[0], max(box.x + box.w for box in boxes) + beside_mm)
    bottom = min(paper_mm[1], max(box.y + box.h for box in boxes) + above_mm)
    return Box(left, top, right - left, bottom - top)


def _named(known: list[Question], question_id: str) -> Question:
    for question in known:
        if question.id == question_id:
            return question
    raise AnswerError(
        _("There is no question {id}.").format(id=question_id),
        hint=_("`phieu review --list` lists them; a question goes when its batch is withdrawn."),
    )


def _detailed(connection: Connection, asked: Sequence[Question]) -> tuple[Question, ...]:
    readings = record.readings_of(connection, (one.page_key for one in asked))
    return tuple(one.with_details(readings[one.page_key]) for one in asked)


def _refuse_if_closed(connection: Connection, desk: Desk, question: Question, answer: str | None) -> None:
    rounds.refuse_if_closed(connection, rounds.touched(connection, question, answer, desk.printed()))


def _unchanged_since(question: Question, seen: str | None) -> None:
    if seen is not None and seen != question.decision:
        raise AnsweredMeanwhile(
            _("Somebody else decided question {id} meanwhile; your answer was not taken.").format(
                id=question.id
            ),
            hint=_("Look at the question again."),
        )


def _png(image: NDArray[np.uint8]) -> bytes:
    _done, data = cv2.imencode(".png", image)
    return data.tobytes()
