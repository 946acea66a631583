"""Sheets whose seal was not seen, and writing outside the boxes: asked about, answered, counted."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pdf2image import convert_from_bytes

from phieu.count import review, statistics
from phieu.count.ballots import CountedPage
from phieu.count.counted import Counted, count
from phieu.count.desk import Desk
from phieu.count.pairing import Scan
from phieu.count.question import Question, QuestionKind
from phieu.count.verify import verify
from phieu.count.web.shown import shown
from phieu.forms import frame
from phieu.forms.form import Box, FrozenForm
from phieu.forms.run import frozen_form
from phieu.ocr.reading import Outcome, Stray
from phieu.workspace import Workspace

ROUND = "ky-hop-12"
STYLE = ROUND, "hdnd"
SOMEBODY = "Lê Văn Tám"


@pytest.fixture
def sealed_desk(write_small_vote: Callable[[Path], Path], tmp_path: Path) -> Iterator[Desk]:
    """A count of ballots that must bear the seal."""
    folder = write_small_vote(tmp_path / "sealed")
    plan = folder / "plan.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("seal: false", "seal: true"), encoding="utf-8")
    workspace = Workspace.open(folder)
    for style in workspace.plan().round(ROUND).styles:
        frozen_form(workspace, workspace.plan().round(ROUND), style, practice=False)
    with Desk.open(workspace, workspace.plan()) as desk:
        yield desk


def seen_on(desk: Desk, scan: Scan, **seen: Any) -> Scan:
    """Return a page of the first style's form on which the reader saw this as well."""
    form = next(id_ for id_, one in desk.printed().items() if one.style.id == "hdnd")
    return replace(scan, reading=replace(scan.reading, form=form, **seen))


def counted(desk: Desk) -> Counted:
    with desk.store.reading() as connection:
        return desk.counted(connection)


def only(desk: Desk) -> Question:
    (question,) = review.questions(desk)
    return question


@pytest.mark.parametrize(("seal", "note"), [("absent", "seal_absent"), ("unsure", "seal_unsure")])
def test_a_sheet_whose_seal_was_not_seen_is_asked_about(
    sealed_desk: Desk, fake_page: Any, seal: str, note: str
) -> None:
    pages = [
        seen_on(sealed_desk, fake_page("p0"), seal="present"),
        seen_on(sealed_desk, fake_page("p1"), seal=seal),
    ]
    sealed_desk.commit_batch("b1", 2, pages, {})
    question = only(sealed_desk)
    rules = sealed_desk.plan.round(ROUND).rules
    assert (question.kind, question.contest, question.machine) == (QuestionKind.SHEET, None, "undecided")
    assert question.answers == tuple(rule.answer for rule in rules.sheet)
    assert note in question.notes
    assert sealed_desk.tally(ROUND).styles[0].undecided == 1
    for rule in rules.sheet:
        review.decide(sealed_desk, question.id, rule.answer, SOMEBODY)
        style = sealed_desk.tally(ROUND).styles[0]
        assert (style.invalid, style.undecided) == (int(rule.spoils == "ballot"), 0)
    assert verify(sealed_desk) == []


def test_without_colour_nobody_is_asked_and_it_is_said_once(sealed_desk: Desk, fake_page: Any) -> None:
    pages = [seen_on(sealed_desk, fake_page(f"p{n}")) for n in range(3)]
    report = sealed_desk.commit_batch("b1", 3, pages, {})
    assert [s for s in report.sentences if "seal" in s] == [
        "The seal was not checked: these scans have no colour."
    ]
    assert review.questions(sealed_desk) == ()
    a_round = sealed_desk.plan.round(ROUND)
    told = statistics.of_round(a_round, counted(sealed_desk), (), sealed_desk.printed())
    assert told.unsealed["hdnd"] == 3


def test_one_gray_page_among_coloured_ones_is_asked_about(sealed_desk: Desk, fake_page: Any) -> None:
    pages = [seen_on(sealed_desk, fake_page("p0"), seal="present"), seen_on(sealed_desk, fake_page("p1"))]
    report = sealed_desk.commit_batch("b1", 2, pages, {})
    assert not [s for s in report.sentences if "seal" in s]
    assert "seal_unseen" in only(sealed_desk).notes
    assert counted(sealed_desk).unsealed[STYLE] == 0


def test_a_page_that_people_placed_is_asked_about_its_seal_where_others_show_theirs(
    sealed_desk: Desk, fake_page: Any
) -> None:
    torn = fake_page("torn", outcome=Outcome.REVIEW)
    sealed_desk.commit_batch("b1", 2, [seen_on(sealed_desk, fake_page("p0"), seal="present"), torn], {})
    review.decide(sealed_desk, only(sealed_desk).id, f"{ROUND}.hdnd.1", SOMEBODY)
    assert QuestionKind.SHEET in {one.kind for one in review.questions(sealed_desk)}


@pytest.mark.parametrize("seal", [None, "present", "absent", "unsure"])
def test_no_seal_is_asked_for_where_the_plan_wants_none(desk: Desk, fake_page: Any, seal: str | None) -> None:
    report = desk.commit_batch("b1", 1, [seen_on(desk, fake_page("p0"), seal=seal)], {})
    assert review.questions(desk) == ()
    assert not [s for s in report.sentences if "seal" in s]
    assert counted(desk).unsealed[STYLE] == 0


def test_writing_outside_the_boxes_is_one_question_a_page(desk: Desk, fake_page: Any) -> None:
    notes = (Stray(None, Box(20, 260, 30, 8), 0.1), Stray(None, Box(120, 40, 30, 8), 0.1))
    desk.commit_batch("b1", 1, [seen_on(desk, fake_page("p0"), stray=notes)], {})
    question = only(desk)
    rules = desk.plan.round(ROUND).rules
    assert (question.kind, question.contest, question.seen) == (QuestionKind.STRAY, None, ())
    assert question.answers == tuple(rule.answer for rule in rules.stray if rule.spoils != "row")
    assert shown(question, desk.plan).asked == "What does the writing outside the boxes mean?"
    box = review.shown_box(desk, question)
    assert box is not None and box.x <= 20 and box.y <= 40 and box.x + box.w >= 150 and box.y + box.h >= 268
    for rule in rules.stray:
        if rule.spoils != "row":
            review.decide(desk, question.id, rule.answer, SOMEBODY)
            assert desk.tally(ROUND).styles[0].invalid == int(rule.spoils == "ballot")
    assert verify(desk) == []


def test_a_struck_name_and_a_note_on_one_page_are_two_questions(desk: Desk, fake_page: Any) -> None:
    page = seen_on(desk, fake_page("p0", stray=["le-quang-dinh"]))
    note = Stray(None, Box(20, 260, 30, 8), 0.1)
    page = replace(page, reading=replace(page.reading, stray=(*page.reading.stray, note)))
    desk.commit_batch("b1", 1, [page], {})
    asked = review.questions(desk)
    assert {(one.kind, one.contest) for one in asked} == {
        (QuestionKind.STRAY, "le-quang-dinh"),
        (QuestionKind.STRAY, None),
    }
    assert len({one.id for one in asked}) == 2


def test_what_is_asked_of_a_sheet_does_not_depend_on_the_order_of_pages(
    sealed_desk: Desk, fake_page: Any
) -> None:
    pages = [
        CountedPage(f"k{n}", f"b{n}", seen_on(sealed_desk, fake_page(f"p{n}"), seal=seal).reading)
        for n, seal in enumerate((None, "present", "absent", None))
    ]
    printed = sealed_desk.printed()
    there, back = count(pages, printed, {}), count(pages[::-1], printed, {})
    assert there.questions == back.questions
    assert len(there.questions) == 3


def test_people_see_the_writing_and_the_place_of_the_seal(sealed_desk: Desk, tmp_path: Path) -> None:
    form = next(id_ for id_, one in sealed_desk.printed().items() if one.style.id == "hdnd")
    scan = coloured_scan(sealed_desk, form)
    path = tmp_path / "scan.png"
    cv2.imwrite(str(path), scan)
    sealed_desk.take_in("b1", 1, [path])
    by_kind = {(one.kind, one.contest): one for one in review.questions(sealed_desk)}
    note, seal = by_kind[QuestionKind.STRAY, None], by_kind[QuestionKind.SHEET, None]
    for question in (note, seal):
        crop = cv2.imdecode(np.frombuffer(review.picture(sealed_desk, question.id).crop_png, np.uint8), 1)
        box = review.shown_box(sealed_desk, question)
        assert box is not None
        assert abs(crop.shape[1] / crop.shape[0] - box.w / box.h) < 0.05
        assert crop.shape[0] < scan.shape[0] / 2


def coloured_scan(desk: Desk, form_id: str) -> np.ndarray:
    """Return a marked page with a note at its foot and no seal, as a scanner with colour gives it."""
    frozen = FrozenForm.load(desk.workspace.root / "forms" / f"{form_id}.json")
    (whole,) = convert_from_bytes(frame.ballot_pdf(frozen), dpi=200)
    scan = np.asarray(whole, np.uint8)[..., ::-1].copy()
    scale = 200 / 25.4
    for field in frozen.form.fields:
        if field.option == "high":
            x, y, w, h = (v * scale for v in field.box_mm)
            for (x0, y0), (x1, y1) in (((0.2, 0.2), (0.8, 0.8)), ((0.8, 0.2), (0.2, 0.8))):
                start, end = (int(x + w * x0), int(y + h * y0)), (int(x + w * x1), int(y + h * y1))
                cv2.line(scan, start, end, (120, 60, 40), 4, cv2.LINE_AA)
    wave = np.linspace(0, 40, 300)
    way = np.column_stack((28 + wave, 262 + 3 * np.sin(wave * 1.3))) * scale
    cv2.polylines(scan, [way.round().astype(np.int32)], False, (120, 60, 40), 4, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(scan, (0, 0), 0.7) * (0.94, 0.98, 0.96), np.uint8)
