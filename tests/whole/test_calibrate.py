"""`phieu calibrate`: a deck from the office's scanner, what becomes of it, and what a count makes of that."""

import csv
import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import Result

from phieu.count import record
from phieu.count.desk import Desk
from phieu.count.reading_settings import load
from phieu.errors import ExitCode
from phieu.ocr.zone import UnclearZone
from phieu.workspace import Workspace

from .conftest import ROUND, Phieu


@pytest.fixture(scope="session")
def deck_once(
    phieu: Phieu, write_small_vote: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = write_small_vote(tmp_path_factory.mktemp("calibrated") / "vote")
    phieu.done("rehearse", ROUND, "ubnd", "--ballots", 18, "--seed", 3, "-w", folder)
    return folder


class Vote:
    """A vote's folder with a deck of 18 practice ballots of four rows."""

    def __init__(self, folder: Path, phieu: Phieu) -> None:
        self.folder = folder
        self.deck = folder / "practice/deck" / ROUND
        self.truth = self.deck / "truth.json"
        self.pdf = self.deck / "ubnd/scan.pdf"
        self.jpegs = self.deck / "ubnd/jpeg"
        self.settings = folder / "settings/reading.json"
        self.phieu = phieu

    def calibrate(self, *arguments: object) -> Result:
        return self.phieu("calibrate", *arguments, "-w", self.folder)

    def changed(self, change: Callable[[np.ndarray], np.ndarray]) -> None:
        for path in self.jpegs.glob("*.jpg"):
            image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            assert image is not None
            cv2.imwrite(str(path), change(image), [cv2.IMWRITE_JPEG_QUALITY, 90])

    def frozen(self, practice: bool) -> dict[str, object]:
        workspace = Workspace.open(self.folder, practice)
        with Desk.open(workspace, workspace.plan()) as desk, desk.store.reading() as connection:
            return record.settings(connection) or {}


@pytest.fixture
def vote(deck_once: Path, phieu: Phieu, tmp_path: Path) -> Vote:
    return Vote(Path(shutil.copytree(deck_once, tmp_path / "vote")), phieu)


def votes_file(vote: Vote, path: Path, wrong: bool = False) -> Path:
    """What staff would write down of the deck, ballot after ballot as they lie in the scanner."""
    pages = json.loads(vote.truth.read_text(encoding="utf-8"))["pages"]
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["style", "ballot", "contest", "option", "mark"])
        for number, page in enumerate((p for p in pages if p["source"].endswith(".pdf")), start=1):
            marks = [f for f in page["fields"] if f["mark"]]
            for field in marks:
                rows.writerow(["ubnd", number, field["contest"], field["option"], field["mark"]])
            if wrong and number == 1:
                empty = next(f for f in page["fields"] if not f["mark"])
                rows.writerow(["ubnd", number, empty["contest"], empty["option"], "cross"])
            if not marks:
                rows.writerow(["ubnd", number, "", "", ""])
    return path


def test_a_good_deck_is_reported_written_down_and_taken_over_by_the_next_count(vote: Vote) -> None:
    result = vote.calibrate(vote.pdf, "--truth", vote.truth)
    assert result.exit_code == 0, result.output
    for said in (
        "18 pages: read 18; 200 dpi",
        "Weakest mark",
        "Palest ink",
        "Empty boxes",
        str(vote.settings),
    ):
        assert said in result.output
    told = json.loads(vote.settings.read_text(encoding="utf-8"))
    assert told["evidence"]["answers_known"] is True
    assert told["evidence"]["marks"] >= 60
    zone = load(vote.settings)
    assert zone == UnclearZone(**told["zone"]) != UnclearZone()
    vote.phieu.done("read", "--practice", "--batch", "a", "--sheets", 18, vote.pdf, "-w", vote.folder)
    assert vote.frozen(practice=True)["zone"] == told["zone"]


@pytest.mark.parametrize("known", ["truth of the pictures", "votes file", "nothing"])
def test_the_truth_may_be_the_decks_own_a_votes_file_or_none(vote: Vote, tmp_path: Path, known: str) -> None:
    if known == "truth of the pictures":
        result = vote.calibrate(vote.jpegs, "--truth", vote.truth)
    elif known == "votes file":
        # Given twice, as a PDF and as the same images again, each page is taken once.
        result = vote.calibrate(vote.pdf, vote.pdf, "--truth", votes_file(vote, tmp_path / "votes.csv"))
    else:
        result = vote.calibrate(vote.pdf)
    assert result.exit_code == 0, result.output
    told = json.loads(vote.settings.read_text(encoding="utf-8"))["evidence"]
    assert told["answers_known"] is (known != "nothing")
    assert told["pages"] == 18


def test_answers_that_the_scans_contradict_are_named_by_file_and_row(vote: Vote, tmp_path: Path) -> None:
    result = vote.calibrate(vote.pdf, "--truth", votes_file(vote, tmp_path / "votes.csv", wrong=True))
    assert result.exit_code == ExitCode.BAD_SCANNER
    assert "Not seen:" in result.output and "scan.pdf, page 1," in result.output
    assert not vote.settings.exists()


def test_a_sheet_too_few_is_no_deck_of_a_votes_file(vote: Vote, tmp_path: Path) -> None:
    pages = sorted(vote.jpegs.glob("*.jpg"))
    result = vote.calibrate(*pages[1:], "--truth", votes_file(vote, tmp_path / "votes.csv"))
    assert result.exit_code == ExitCode.BAD_VOTES
    assert "18 ballots" in result.output and "17 scans" in result.output


def pale(image: np.ndarray) -> np.ndarray:
    return np.asarray(255 - (255 - image.astype(np.float32)) * 0.3, np.uint8)


def hard_black_and_white(image: np.ndarray) -> np.ndarray:
    return np.asarray(np.where(image > 75, 255, 0), np.uint8)


@pytest.mark.parametrize("change", [pale, hard_black_and_white])
def test_a_scanner_that_can_not_separate_them_is_refused_with_what_to_do(
    vote: Vote, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    vote.changed(change)
    result = vote.calibrate(vote.jpegs, "--truth", vote.truth)
    assert result.exit_code == ExitCode.BAD_SCANNER
    for said in ("gray instead of black and white", "dpi", "contrast", "Nothing was written"):
        assert said in result.output
    assert not vote.settings.exists()


def test_a_count_that_has_begun_keeps_its_settings(vote: Vote) -> None:
    # Whatever the first batch holds: settings are frozen before its first page.
    vote.phieu("read", "--batch", "a", "--sheets", 1, vote.jpegs / "ubnd-0001.jpg", "-w", vote.folder)
    before = vote.frozen(practice=False)
    assert before["zone"] == {"mark_mm2": 0.0, "empty_mm2": None}
    result = vote.calibrate(vote.pdf)
    assert result.exit_code == ExitCode.BAD_WORKSPACE
    assert "The real count has begun" in result.output
    assert not vote.settings.exists()
    # Nor does a file that is put there by hand change it.
    vote.settings.parent.mkdir()
    vote.settings.write_text("not even JSON", encoding="utf-8")
    read = vote.phieu("read", "--batch", "b", "--sheets", 1, vote.jpegs / "ubnd-0002.jpg", "-w", vote.folder)
    assert read.exit_code == ExitCode.NOT_OURS or "NOT in the count" in read.output
    assert vote.frozen(practice=False) == before


GOOD = {
    "version": 1,
    "made": "2026-12-01",
    "zone": {"mark_mm2": 1.0, "empty_mm2": None},
    "evidence": {
        **{"pages": 1, "dpi": 200, "answers_known": True, "marks": 60, "empty_boxes": 60},
        **{"weakest_mark_mm2": 2.0, "strongest_empty_mm2": 0.1, "faintest_darkness": 0.5},
    },
}


def with_zone(**zone: object) -> str:
    return json.dumps({**GOOD, "zone": zone})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        json.dumps({**GOOD, "version": 2}),
        json.dumps({**GOOD, "marks": {"strong": 0.9}}),
        with_zone(mark_mm2=1.0),
        with_zone(mark_mm2=-1.0, empty_mm2=None),
        with_zone(mark_mm2=1e9, empty_mm2=None),
        with_zone(mark_mm2="1", empty_mm2=None),
        with_zone(mark_mm2=1.0, empty_mm2=None, strong=0.5),
        '{"zone": {"mark_mm2": NaN, "empty_mm2": null}}',
        "[" * 100_000,
        " " * 100_000,
    ],
)
def test_settings_that_were_tampered_with_keep_a_count_from_beginning(vote: Vote, text: str) -> None:
    vote.settings.parent.mkdir()
    vote.settings.write_text(text, encoding="utf-8")
    page = vote.jpegs / "ubnd-0001.jpg"
    result = vote.phieu("read", "--practice", "--batch", "a", "--sheets", 1, page, "-w", vote.folder)
    assert result.exit_code == ExitCode.BAD_WORKSPACE
    assert "phieu calibrate" in result.output
    assert vote.frozen(practice=True) == {}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"pages": 7}', '{"pages": [{"source": "a\\u0000b", "index": 0, "fields": []}]}',
     '{"pages": [{"source": "a", "index": -1, "fields": []}]}', '{"pages": []}', "[" * 100_000],
)  # fmt: skip
def test_a_truth_that_is_none_ends_in_a_sentence(vote: Vote, tmp_path: Path, text: str) -> None:
    truth = tmp_path / "truth.json"
    truth.write_text(text, encoding="utf-8")
    result = vote.calibrate(vote.jpegs / "ubnd-0001.jpg", "--truth", truth)
    assert result.exit_code == ExitCode.BAD_VOTES


def test_what_is_no_deck_ends_in_a_sentence(vote: Vote, tmp_path: Path) -> None:
    golden = Path(__file__).parent.parent / "golden"
    result = vote.calibrate(golden / "crosses.jpg", golden / "ticks.jpg")
    assert result.exit_code == ExitCode.USAGE
    assert "too small" in result.output and "another vote" in result.output
    assert Counter(vote.folder.glob("settings/*")) == {}
