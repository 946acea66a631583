"""From scans to the count: a deck with known answers, kept files, frozen settings, and kill -9."""

import hashlib
import json
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy import select, text

from phieu.count import journal, record, review, store
from phieu.count.batches import BatchState
from phieu.count.desk import Desk
from phieu.count.intake import OtherVersion
from phieu.count.kept import KeptFiles
from phieu.count.verify import verify
from phieu.errors import ExitCode
from phieu.forms.rehearsal import order
from phieu.forms.rehearsal.scanner import Scanner
from phieu.ocr import scans
from phieu.ocr.page import ReaderSettings
from phieu.ocr.reading import Outcome
from phieu.ocr.scans import PageRef, Unopenable
from phieu.workspace import Workspace

ROUND = "ky-hop-12"
SHEETS = 5


@pytest.fixture(scope="session")
def rehearsed_vote(printed_vote: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a practice deck of five ballots of one style. To be copied, never written to."""
    folder = Path(shutil.copytree(printed_vote, tmp_path_factory.mktemp("rehearsed") / "vote"))
    workspace = Workspace.open(folder, practice=True)
    asked = order.place(workspace, ROUND, "hdnd", votes=None, ballots=SHEETS, scanner=Scanner.OFFICE, seed=3)
    order.carry_out(asked, workers=1)
    return folder


@pytest.fixture
def vote(rehearsed_vote: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(rehearsed_vote, tmp_path / "vote"))


def opened(vote: Path) -> Desk:
    workspace = Workspace.open(vote, practice=True)
    return Desk.open(workspace, workspace.plan())


def deck(vote: Path) -> Path:
    return vote / "practice" / "deck" / ROUND / "hdnd"


def test_a_practice_deck_is_counted_as_its_votes_say(vote: Path) -> None:
    truth = json.loads((deck(vote).parent / "truth.json").read_text(encoding="utf-8"))
    marked: dict[str, dict[str, int]] = {}
    for page in truth["pages"]:
        if page["source"].endswith(".jpg"):
            for field in page["fields"]:
                by_option = marked.setdefault(field["contest"], {})
                by_option[field["option"]] = by_option.get(field["option"], 0) + (field["mark"] is not None)
    with opened(vote) as desk:
        report = desk.take_in("hdnd-1", SHEETS, [deck(vote) / "jpeg"])
        assert (report.state, report.pages[Outcome.READ]) == (BatchState.TAKEN, SHEETS)
        assert report.exit_code is ExitCode.OK
        for contest in desk.tally(ROUND).styles[0].contests:
            for option, count in contest.votes.items():
                assert count <= marked[contest.id][option] <= count + contest.undecided
        assert verify(desk) == []


def test_the_same_sheets_as_pdf_and_as_images_are_the_same_sheets(vote: Path) -> None:
    with opened(vote) as desk:
        desk.take_in("hdnd-1", SHEETS, [deck(vote) / "jpeg"])
        tally, kept = desk.tally(ROUND), sorted(desk.workspace.scans.rglob("*"))
        report = desk.take_in("hdnd-2", SHEETS, [deck(vote) / "scan.pdf"])
        assert report.state is None and report.pages[Outcome.DUPLICATE] == SHEETS
        assert desk.tally(ROUND) == tally
        assert sorted(desk.workspace.scans.rglob("*")) == kept


def test_the_table_of_pages_does_not_know_the_order_of_the_sheets(vote: Path) -> None:
    jpegs = sorted((deck(vote) / "jpeg").iterdir())
    with opened(vote) as desk:
        desk.take_in("a", SHEETS, jpegs)
        desk.withdraw("a", "once more", "Lê Văn Tám")
        desk.take_in("b", SHEETS, jpegs[::-1])
        with desk.store.reading() as connection:
            keys = list(connection.scalars(select(store.pages.c.key).order_by(text("rowid"))))
    assert keys[:SHEETS] == keys[SHEETS:] == sorted(keys[:SHEETS])


def test_neither_names_nor_times_of_files_are_in_the_journal_or_beside_the_copies(
    vote: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for n, page in enumerate(sorted((deck(vote) / "jpeg").iterdir())):
        shutil.copy(page, folder / f"IMG_20261207_0915{n:02}.jpg")
    with opened(vote) as desk:
        desk.take_in("hdnd-1", SHEETS, [folder])
        with desk.store.reading() as connection:
            entries = list(connection.scalars(select(store.journal.c.entry)))
            (batch,) = [one.data for one in journal.entries(connection) if one.act is journal.Act.BATCH]
        assert not any("IMG_" in entry for entry in entries)
        assert batch["files"] == sorted(batch["files"]) and len(batch["files"]) == SHEETS
        kept = list((desk.workspace.scans / "hdnd-1").iterdir())
        assert {path.stem for path in kept} == set(batch["files"])
        assert len({path.stat().st_mtime for path in kept}) == 1
        assert verify(desk) == []


def test_pages_are_those_of_the_copies_and_bear_the_names_given(vote: Path, tmp_path: Path) -> None:
    kept = KeptFiles(tmp_path / "kept")
    pages = list(kept.pages([deck(vote) / "scan.pdf", tmp_path / "nowhere.pdf", deck(vote) / "jpeg"]))
    assert [type(ref) for ref, _name, _path in pages].count(Unopenable) == 1
    assert len(pages) == 2 * SHEETS + 1
    for ref, name, path in pages:
        assert Path(ref.source).name == path.name
        if isinstance(ref, PageRef):
            assert ref.path == tmp_path / "kept" / name
            assert ref.path.read_bytes() == path.read_bytes()


def test_files_are_kept_under_names_that_can_do_no_harm(vote: Path, tmp_path: Path) -> None:
    odd = tmp_path / "Hộp số 1 <b>;rm -rf"
    odd.mkdir()
    source = next((deck(vote) / "jpeg").iterdir())
    (odd / "Phiếu đỏ & $(x).JPG").write_bytes(source.read_bytes())
    with opened(vote) as desk:
        report = desk.take_in("hdnd-1", 1, [odd])
        assert report.state is BatchState.TAKEN
        (kept,) = (desk.workspace.scans / "hdnd-1").iterdir()
        assert kept.name == hashlib.sha256(source.read_bytes()).hexdigest() + ".jpg"
        assert kept.read_bytes() == source.read_bytes()
        (reading,) = desk.readings()
        assert reading.source.endswith("Phiếu đỏ & $(x).JPG")


def test_a_zip_of_scans_is_kept_as_it_is_and_counted_like_the_folder(vote: Path, tmp_path: Path) -> None:
    path = tmp_path / "Hộp 1.ZIP"
    with zipfile.ZipFile(path, "w") as out:
        for n, page in enumerate(sorted((deck(vote) / "jpeg").iterdir())):
            out.write(page, f"../IMG_{n}.jpg")
    with opened(vote) as desk:
        report = desk.take_in("hdnd-1", SHEETS, [path])
        assert (report.state, report.pages[Outcome.READ]) == (BatchState.TAKEN, SHEETS)
        (kept,) = (desk.workspace.scans / "hdnd-1").iterdir()
        assert kept.name == hashlib.sha256(path.read_bytes()).hexdigest() + ".zip"
        assert kept.read_bytes() == path.read_bytes()
        assert sorted(Path(one.source).name for one in desk.readings()) == [
            f"IMG_{n}.jpg" for n in range(SHEETS)
        ]
        for question in review.questions(desk):
            assert review.picture(desk, question.id).page_png
        reading, place = desk.page_and_file(desk.readings()[0].sha256)
        assert place is not None
        assert scans.load(PageRef(reading.source, place, reading.index)).sha256 == reading.sha256
        again = desk.take_in("hdnd-2", SHEETS, [deck(vote) / "scan.pdf"])
        assert again.pages[Outcome.DUPLICATE] == SHEETS
        assert verify(desk) == []
        kept.write_bytes(kept.read_bytes() + b" ")
        assert any("changed after it was read" in problem for problem in verify(desk))


def test_settings_are_journalled_before_the_first_page_and_kept_ever_after(vote: Path) -> None:
    strict = ReaderSettings(practice=True, residual_limit_mm=-1.0)
    with opened(vote) as desk:
        with desk.store.writing() as connection:
            record.note_settings(connection, strict.to_json())
        report = desk.take_in("hdnd-1", SHEETS, [deck(vote) / "jpeg"])
        assert report.pages[Outcome.REVIEW] == SHEETS
        with desk.store.reading() as connection:
            acts = [entry.act for entry in journal.entries(connection)]
        assert acts[0] is journal.Act.SETTINGS and acts.count(journal.Act.SETTINGS) == 1
        assert acts.index(journal.Act.FORM) < acts.index(journal.Act.BATCH)


def test_settings_of_another_version_are_a_sentence_and_nothing_is_read(vote: Path) -> None:
    with opened(vote) as desk:
        with desk.store.writing() as connection:
            record.note_settings(connection, {"practice": True, "whatever": "unknown"})
        with pytest.raises(OtherVersion):
            desk.take_in("hdnd-1", SHEETS, [deck(vote) / "jpeg"])
        assert desk.batches() == ()


def test_a_practice_ballot_is_refused_in_the_real_count(vote: Path) -> None:
    workspace = Workspace.open(vote)
    with Desk.open(workspace, workspace.plan()) as desk:
        report = desk.take_in("hdnd-1", SHEETS, [deck(vote) / "jpeg"])
        assert report.pages[Outcome.NOT_OURS] == SHEETS
        assert report.state is BatchState.STAGED
        assert "a practice ballot in the real count" in report.lines[0].sentence


def test_a_file_that_is_not_there_is_one_line_and_the_rest_is_read(vote: Path, tmp_path: Path) -> None:
    with opened(vote) as desk:
        report = desk.take_in("hdnd-1", SHEETS, [tmp_path / "nowhere.pdf", deck(vote) / "scan.pdf"])
        assert (report.pages[Outcome.UNREADABLE], report.pages[Outcome.READ]) == (1, SHEETS)
        assert report.state is BatchState.TAKEN
        assert report.exit_code is ExitCode.UNREADABLE


READ_AND_WAIT = """
import sys
import zipfile
from pathlib import Path
from phieu.count.desk import Desk
from phieu.workspace import Workspace

workspace = Workspace.open(Path(sys.argv[1]), practice=True)
with Desk.open(workspace, workspace.plan()) as desk:
    desk.take_in("hdnd-1", int(sys.argv[2]), [Path(sys.argv[3])], 1, lambda: print("page", flush=True))
"""


@pytest.mark.parametrize("pages", [0, 2, SHEETS])
def test_a_read_killed_in_the_middle_and_run_again_gives_the_same_tally(
    vote: Path, rehearsed_vote: Path, tmp_path: Path, pages: int
) -> None:
    command = [sys.executable, "-c", READ_AND_WAIT, str(vote), str(SHEETS), str(deck(vote) / "jpeg")]
    folder = vote / "practice" / "scans" / "hdnd-1"
    folder.mkdir(parents=True)
    (folder / "1.part").write_bytes(b"a copy that was killed half way")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _page in range(pages):
            assert process.stdout.readline() == "page\n"
        process.send_signal(signal.SIGKILL)
    undisturbed = Path(shutil.copytree(rehearsed_vote, tmp_path / "undisturbed"))
    with opened(undisturbed) as measure:
        measure.take_in("hdnd-1", SHEETS, [deck(undisturbed) / "jpeg"])
        with opened(vote) as desk:
            if not desk.batches():
                desk.take_in("hdnd-1", SHEETS, [deck(vote) / "jpeg"])
            assert desk.tally(ROUND) == measure.tally(ROUND)
            assert [one.id for one in review.questions(desk)] == [one.id for one in review.questions(measure)]
            assert verify(desk) == []
            assert not list(desk.workspace.scans.rglob("*.part"))


def test_the_picture_of_a_question_is_its_row_and_the_whole_page(vote: Path, tmp_path: Path) -> None:
    votes = tmp_path / "votes.csv"
    rows = [("tran-thi-mai-huong", "high"), ("pham-ngoc-thuy", "low")]
    lines = [
        "style,ballot,contest,option,mark",
        *(f"hdnd,1,{contest},{option},cross" for contest, option in rows),
    ]
    votes.write_text("\n".join(lines) + "\n", encoding="utf-8")
    workspace = Workspace.open(vote, practice=True)
    asked = order.place(
        workspace,
        ROUND,
        "hdnd",
        votes=votes,
        ballots=1,
        scanner=Scanner.OFFICE,
        seed=3,
        out=tmp_path / "deck",
    )
    order.carry_out(asked, workers=1)
    with opened(vote) as desk:
        desk.take_in("hdnd-1", 1, [tmp_path / "deck" / "hdnd" / "scan.pdf"])
        (question,) = [one for one in review.questions(desk) if one.contest == "le-quang-dinh"]
        assert question.machine == "blank"
        box, picture = review.shown_box(desk, question), review.picture(desk, question.id)
        row, page = (
            cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
            for png in (picture.crop_png, picture.page_png)
        )
        assert box is not None and row is not None and page is not None
        assert row.shape[1] / row.shape[0] == pytest.approx(box.w / box.h, rel=0.03)
        assert page.shape[0] > 2000 > 600 > row.shape[0]
        for file in (desk.workspace.scans / "hdnd-1").iterdir():
            file.unlink()
        with pytest.raises(review.NoPicture):
            review.picture(desk, question.id)


def test_a_stack_scanned_on_both_sides_has_blank_backs_and_nothing_is_wrong(
    vote: Path, tmp_path: Path
) -> None:
    both_sides = tmp_path / "both sides"
    both_sides.mkdir()
    shade = np.random.default_rng(1)
    for n, page in enumerate(sorted((deck(vote) / "jpeg").iterdir())):
        front = cv2.imread(str(page), cv2.IMREAD_GRAYSCALE)
        assert front is not None
        back = shade.normal(248, 2, front.shape).clip(0, 255).astype(np.uint8)
        shutil.copy(page, both_sides / f"{2 * n}.jpg")
        assert cv2.imwrite(str(both_sides / f"{2 * n + 1}.png"), back)
    with opened(vote) as desk:
        report = desk.take_in("hdnd-1", SHEETS, [both_sides])
        assert (report.pages[Outcome.READ], report.pages[Outcome.BLANK]) == (SHEETS, SHEETS)
        assert (report.state, report.lines) == (BatchState.TAKEN, ())
        assert report.exit_code is ExitCode.OK


def test_two_sided_ballots_are_paired_from_scans_and_a_turned_sheet_stages_them(
    vote: Path, tmp_path: Path
) -> None:
    many = "".join(f"{n},Trần Văn {'ABCDEFGH'[n % 8]}{n},Giám đốc,,,HĐND,,\n" for n in range(1, 46))
    people = vote / "people.csv"
    people.write_text(people.read_text(encoding="utf-8").splitlines()[0] + "\n" + many, encoding="utf-8")
    plan = vote / "plan.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").split("      - id: ubnd")[0], encoding="utf-8")
    shutil.rmtree(vote / "forms")
    workspace = Workspace.open(vote, practice=True)
    asked = order.place(
        workspace, ROUND, "hdnd", votes=None, ballots=3, scanner=Scanner.OFFICE, seed=3, out=tmp_path / "deck"
    )
    assert asked.pages == 6
    order.carry_out(asked, workers=1)
    sides = sorted((tmp_path / "deck" / "hdnd" / "jpeg").iterdir())
    with opened(vote) as desk:
        turned = [sides[0], sides[1], sides[3], sides[2], sides[4], sides[5]]
        report = desk.take_in("hdnd-1", 3, turned)
        assert (report.state, report.sheets) == (BatchState.STAGED, 3)
        assert "not a front and its back in the same order" in report.sentences[0]
        report = desk.take_in("hdnd-1", 3, [tmp_path / "deck" / "hdnd" / "scan.pdf"])
        assert (report.state, report.sheets) == (BatchState.TAKEN, 3)
        style = desk.tally(ROUND).styles[0]
        assert style.read == 3 and len(style.contests) == 45
        for row in style.contests:
            assert sum(row.votes.values()) + row.undecided == 3
        assert verify(desk) == []
