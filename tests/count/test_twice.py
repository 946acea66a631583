"""A sheet that was scanned twice, from the scan to the tally: found, shown, decided, undone."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from pdf2image import convert_from_bytes
from sqlalchemy import text

from phieu.cli.main import main
from phieu.count import journal, review
from phieu.count.batches import BatchState
from phieu.count.desk import Desk
from phieu.count.question import DIFFERENT, SAME, Question, QuestionKind
from phieu.count.verify import verify
from phieu.forms.form import FrozenForm
from phieu.forms.frame import ballot_pdf
from phieu.forms.run import frozen_form
from phieu.vote.plan import BallotStyle
from phieu.workspace import Workspace

Image = NDArray[np.uint8]
ROUND, PERSON = "ky-hop-12", "Lê Văn Tám"
NAMES = (
    *("Trần Thị Mai Hương", "Lê Quang Định", "Phạm Ngọc Thủy", "Nguyễn Hữu Tường", "Đỗ Thị Kim Ánh"),
    *("Võ Minh Đăng", "Huỳnh Bảo Châu", "Bùi Gia Nghĩa", "Hoàng Văn Khiêm", "Đặng Thùy Dương"),
    *("Lý Thanh Tùng", "Ngô Bích Vân", "Dương Quốc Thái", "Phan Thị Lệ Hằng"),
)
ROWS = len(NAMES)
SHEETS, AGAIN = 5, 2
"""Different sheets, and which of them was scanned a second time, among those of the second batch."""
UNMARKED = "bui-gia-nghia"
"""A row that sheet `AGAIN` leaves unmarked, so that it is asked about."""


@pytest.fixture(scope="session")
def scanned_twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five sheets in a batch, then one more together with a second scan of the third. Never written to."""
    root = tmp_path_factory.mktemp("twice") / "vote"
    root.mkdir()
    people = [f"{n},{name},Giám đốc Sở,,,," for n, name in enumerate(NAMES, start=1)]
    (root / "people.csv").write_text(
        "\n".join(["number,name,position,unit,round,block,notes", *people]) + "\n", encoding="utf-8"
    )
    (root / "plan.yaml").write_text(PLAN, encoding="utf-8")
    workspace = Workspace.open(root)
    plan = workspace.plan()
    a_round = plan.round(ROUND)
    frozen = frozen_form(workspace, a_round, a_round.styles[0], practice=False)
    first, second = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    for sheet in range(SHEETS):
        cv2.imwrite(str(first / f"{sheet}.png"), filled_in(frozen, sheet))
    cv2.imwrite(str(second / "1.png"), filled_in(frozen, SHEETS))
    cv2.imwrite(str(second / "2.png"), askew(filled_in(frozen, AGAIN)))
    with Desk.open(workspace, plan) as desk:
        report = desk.take_in("first", SHEETS, [first], workers=1)
        assert report.state is BatchState.TAKEN and len(report.sentences) == 1
        report = desk.take_in("second", 2, [second], workers=1)
        assert "1 cặp phiếu" in report.sentences[1] or "1 pair of ballots" in report.sentences[1]
    return root


PLAN = f"""\
title: Lấy phiếu tín nhiệm năm 2026
people: people.csv
units:
  - id: hdnd
    name: Hội đồng nhân dân tỉnh Minh Hải
rounds:
  - id: {ROUND}
    title: Lấy phiếu tín nhiệm tại kỳ họp thứ 12
    unit: hdnd
    date: 2026-12-07
    place: Minh Hải
    head: state
    rules: NQ-96-2023-QH15
    ballots:
      - id: all
        title: Phiếu tín nhiệm
        seal: false
"""


def filled_in(frozen: FrozenForm, sheet: int) -> Image:
    """A ballot with a cross in the first box of each row, no two crosses alike."""
    rng = np.random.default_rng(sheet)
    page = np.array(convert_from_bytes(ballot_pdf(frozen), dpi=200, grayscale=True)[0])
    for field in frozen.form.fields:
        if field.option != "high" or (sheet == AGAIN and field.contest == UNMARKED):
            continue
        x, y, w, h = field.box_mm
        ends = np.array([(0.2, 0.2), (0.8, 0.8), (0.8, 0.2), (0.2, 0.8)]) + rng.normal(0, 0.07, (4, 2))
        px = np.rint((np.array([x, y]) + ends * (w, h)) * 200 / 25.4 * 16).astype(int)
        for start, end in ((px[0], px[1]), (px[2], px[3])):
            cv2.line(page, start.tolist(), end.tolist(), 50.0, 4, cv2.LINE_AA, 4)
    return page


def askew(image: Image) -> Image:
    height, width = image.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 1.3, 1)
    return np.asarray(
        cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_CONSTANT, borderValue=(255,)),
        np.uint8,
    )


@pytest.fixture
def vote(scanned_twice: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(scanned_twice, tmp_path / "vote"))


@pytest.fixture
def desk(vote: Path) -> Iterator[Desk]:
    workspace = Workspace.open(vote)
    with Desk.open(workspace, workspace.plan()) as desk:
        desk.set_figures(ROUND, "all", PERSON, issued=SHEETS + 1, collected=SHEETS + 1)
        yield desk


def the_pair(desk: Desk) -> Question:
    (found,) = [one for one in review.questions(desk) if one.kind is QuestionKind.TWICE]
    return found


def rows_asked(desk: Desk) -> list[Question]:
    return [one for one in review.questions(desk) if one.kind is QuestionKind.ROW]


def ballots_read(desk: Desk) -> int:
    return desk.tally(ROUND).styles[0].read


def test_the_pair_is_asked_about_and_the_round_is_not_final_while_it_is(desk: Desk) -> None:
    question = the_pair(desk)
    assert question.answers == (SAME, DIFFERENT) and question.open
    assert (question.round, question.style) == (ROUND, "all")
    for one in rows_asked(desk):
        review.decide(desk, one.id, "high", PERSON)
    assert ballots_read(desk) == SHEETS + 2
    assert desk.tally(ROUND).open[0] == "1 question waits for an answer."


def test_one_of_two_scans_of_a_sheet_does_not_count_and_asks_nothing(desk: Desk) -> None:
    # Both scans are asked about in the row that has no mark.
    assert len(rows_asked(desk)) == 2
    review.decide(desk, the_pair(desk).id, SAME, PERSON)
    (asked,) = rows_asked(desk)
    # The lesser key counts, whichever came first.
    pair = next(entry.data["pairs"][0] for entry in entries(desk) if entry.act is journal.Act.TWICE)
    assert pair["one"] < pair["other"]
    review.decide(desk, asked.id, "high", PERSON)
    tally = desk.tally(ROUND)
    assert (tally.styles[0].read, tally.final) == (SHEETS + 1, True)
    assert all(one.votes["high"] == SHEETS + 1 for one in tally.styles[0].contests)
    assert verify(desk) == []


def test_two_different_sheets_both_count_and_then_more_were_read_than_collected(desk: Desk) -> None:
    review.decide(desk, the_pair(desk).id, DIFFERENT, PERSON)
    assert ballots_read(desk) == SHEETS + 2
    assert any("6 were collected, but 7 were read" in reason for reason in desk.tally(ROUND).open)


def test_an_answer_about_a_pair_is_taken_back_by_a_further_entry(desk: Desk) -> None:
    question = the_pair(desk)
    review.decide(desk, question.id, SAME, PERSON)
    before = len(entries(desk))
    review.undo(desk, question.id, "Hồ Thị Chín")
    assert the_pair(desk).open and ballots_read(desk) == SHEETS + 2
    assert len(entries(desk)) == before + 1 and verify(desk) == []


def test_when_a_batch_is_withdrawn_its_pairs_are_no_longer_asked_about(desk: Desk) -> None:
    review.decide(desk, the_pair(desk).id, SAME, PERSON)
    desk.withdraw("first", "scanned anew", PERSON)
    assert [one for one in review.questions(desk) if one.kind is QuestionKind.TWICE] == []
    assert ballots_read(desk) == 2
    assert verify(desk) == []


def test_both_pictures_stand_side_by_side(desk: Desk) -> None:
    pictures = review.picture(desk, the_pair(desk).id)
    for png in (pictures.crop_png, pictures.page_png):
        image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
        left, right = image[:, : image.shape[1] // 2 - 25], image[:, image.shape[1] // 2 + 25 :]
        assert left.shape == right.shape
    rows = cv2.imdecode(np.frombuffer(pictures.crop_png, np.uint8), cv2.IMREAD_GRAYSCALE)
    half = (rows.shape[1] - 40) // 2
    # Both are straightened, so one lies on the other, however the sheet was fed.
    apart = np.abs(cv2.blur(rows[:, :half], (5, 5)).astype(int) - cv2.blur(rows[:, -half:], (5, 5)))
    assert np.mean(apart > 90) < 0.005


def test_a_pair_whose_scan_is_gone_says_where_the_paper_is(desk: Desk) -> None:
    shutil.rmtree(desk.workspace.scans / "second")
    with pytest.raises(review.NoPicture):
        review.picture(desk, the_pair(desk).id)


def test_the_terminal_lists_and_decides_pairs_without_leading_back_to_a_scan(vote: Path) -> None:
    run = CliRunner()
    listed = run.invoke(main, ["review", "--list", "--json", "-w", str(vote)])
    assert listed.exit_code == 0, listed.output
    (pair,) = [one for one in json.loads(listed.output) if one["kind"] == "twice"]
    assert not {"page_key", "other_key", "source", "index"} & set(pair)
    decided = run.invoke(main, ["decide", pair["id"], "same", "--by", PERSON, "-w", str(vote)])
    assert decided.exit_code == 0, decided.output
    listed = run.invoke(main, ["review", "--list", "-w", str(vote)])
    assert f"{ROWS - 1}/{ROWS - 1}" in listed.output


def test_pairs_can_not_be_taken_out_of_the_record_unseen(desk: Desk) -> None:
    with desk.store.writing() as connection:
        connection.execute(text('DELETE FROM journal WHERE entry LIKE \'%"act":"twice"%\''))
    assert verify(desk)


def test_the_statistics_say_how_many_ballots_can_not_be_told(desk: Desk) -> None:
    assert desk.statistics(ROUND).untold == {"all": 0}
    assert desk.statistics(ROUND).questions[QuestionKind.TWICE].asked == 1


def test_answers_that_contradict_each_other_keep_the_round_open(desk: Desk, vote: Path) -> None:
    style = desk.round(ROUND).styles[0]
    third(desk, style)
    pairs = [one for one in review.questions(desk) if one.kind is QuestionKind.TWICE]
    assert len(pairs) == 3
    for one, answer in zip(pairs, (SAME, SAME, DIFFERENT), strict=True):
        review.decide(desk, one.id, answer, PERSON)
    assert ballots_read(desk) == SHEETS + 1
    assert any("different sheets by another" in reason for reason in desk.tally(ROUND).open)


def third(desk: Desk, style: BallotStyle) -> None:
    """Scan the sheet a third time."""
    (frozen,) = desk.frozen()
    folder = desk.workspace.root / "third"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), askew(askew(filled_in(frozen, AGAIN))))
    desk.take_in("third", 1, [folder], workers=1)


def entries(desk: Desk) -> list[journal.Entry]:
    with desk.store.reading() as connection:
        return list(journal.entries(connection))
