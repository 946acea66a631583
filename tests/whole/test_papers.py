"""From the last ballot to papers fit to sign, and to corrected ones, by the commands a clerk types."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from docx import Document

from phieu.templates.minutes import draw

from .conftest import ROUND, Phieu, Rehearsed

MINUTES = ("bien-ban-kiem-phieu-hdnd", "bien-ban-kiem-phieu-ubnd")


@pytest.fixture(scope="module")
def closed_once(rehearsed_once: Path, phieu: Phieu, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("closed") / "vote"
    shutil.copytree(rehearsed_once, folder)
    vote = Rehearsed(folder, phieu)
    counted(vote)
    closed(vote)
    return folder


@pytest.fixture
def closed_vote(closed_once: Path, phieu: Phieu, tmp_path: Path) -> Rehearsed:
    """A round that was counted and closed; each test works on a copy of its own."""
    folder = tmp_path / "closed"
    shutil.copytree(closed_once, folder)
    return Rehearsed(folder, phieu)


def papers(vote: Rehearsed) -> Path:
    return vote.folder / "practice/results" / ROUND


def counted(vote: Rehearsed) -> None:
    """Read both decks and answer everything."""
    for style in ("hdnd", "ubnd"):
        vote.read(style, 6, vote.pdf(style))
        vote.figures(style)
    vote.answer_all()


def closed(vote: Rehearsed) -> None:
    vote.phieu.done("close", ROUND, "--practice", "--by", "Trần A", "--by", "Lê B", "-w", vote.folder)


def make(vote: Rehearsed, *more: str) -> str:
    return vote.phieu.done("minutes", ROUND, *more, "--practice", "-w", vote.folder)


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_a_round_goes_from_zero_report_to_minutes_to_corrigendum(rehearsed: Rehearsed) -> None:
    phieu, folder = rehearsed.phieu, rehearsed.folder
    phieu.done("zero-report", ROUND, "--practice", "-w", folder)
    zero = hashes(papers(rehearsed))
    assert set(zero) == {"bien-ban-truoc-khi-kiem.docx", "bien-ban-truoc-khi-kiem.pdf"}

    counted(rehearsed)
    early = phieu("minutes", ROUND, "--practice", "-w", folder)
    assert early.exit_code == 30
    assert "phieu close" in early.output

    closed(rehearsed)
    said = make(rehearsed)
    made = hashes(papers(rehearsed))
    assert {f"{name}.{end}" for name in MINUTES for end in ("docx", "pdf")} <= set(made)
    assert {"cong-bo-ket-qua.docx", "cong-bo-ket-qua.pdf", "bang-tong-hop.xlsx"} <= set(made)
    assert "bien-ban-dinh-chinh.docx" not in made
    assert said.count("Made: ") == 7

    # Made once: the second time nothing is made, and what was lost comes back as it was.
    assert "Made: " not in make(rehearsed)
    for name in ("bien-ban-kiem-phieu-hdnd.docx", "bien-ban-kiem-phieu-ubnd.pdf", "bang-tong-hop.xlsx"):
        (papers(rehearsed) / name).unlink()
    assert make(rehearsed).count("Made: ") == 3
    assert hashes(papers(rehearsed)) == made
    phieu.done("verify", "--practice", "-w", folder)

    phieu.done("reopen", ROUND, "--practice", "--reason", "Một số ghi nhầm", "--by", "Trần A", "-w", folder)
    assert hashes(papers(rehearsed)) == zero
    phieu.done("figures", "--practice", ROUND, "hdnd", "--members", 9, "--by", "Trần A", "-w", folder)
    closed(rehearsed)
    make(rehearsed)
    corrigendum = Document(str(papers(rehearsed) / "bien-ban-dinh-chinh.docx"))
    text = "\n".join(paragraph.text for paragraph in corrigendum.paragraphs)
    assert "Một số ghi nhầm" in text
    [changes] = [t for t in corrigendum.tables if t.cell(0, 0).text == "Nội dung"]
    assert [[cell.text for cell in row.cells][1:] for row in changes.rows[1:]] == [["–", "9"]]
    phieu.done("verify", "--practice", "-w", folder)


def test_the_numbers_of_the_minutes_are_those_of_the_tally(closed_vote: Rehearsed) -> None:
    make(closed_vote)
    [a_round] = [one for one in closed_vote.tally()["rounds"] if one["id"] == ROUND]
    for ballot in a_round["ballots"]:
        document = Document(str(papers(closed_vote) / f"bien-ban-kiem-phieu-{ballot['id']}.docx"))
        [table] = [t for t in document.tables if len(t.columns) == 9]
        rows = [[cell.text for cell in row.cells] for row in table.rows[2:]]
        assert len(rows) == len(ballot["contests"])
        for row, contest in zip(rows, ballot["contests"], strict=True):
            assert row[1].startswith(f"{contest['name']}\n")
            assert [int(cell) for cell in row[2:8:2]] == list(contest["votes"].values())
            assert [cell.replace(",", ".").rstrip("%") for cell in row[3:9:2]] == list(
                contest["percent"].values()
            )
            assert int(row[8]) == contest["blank"] + contest["overvoted"] + contest.get("spoiled", 0)


def test_a_paper_that_was_changed_is_named_and_never_written_over(closed_vote: Rehearsed) -> None:
    make(closed_vote, "hdnd")
    changed = papers(closed_vote) / "bien-ban-kiem-phieu-hdnd.docx"
    document = Document(str(changed))
    document.add_paragraph("Ghi thêm")
    document.save(str(changed))
    before = changed.read_bytes()
    for arguments in (("hdnd",), ()):
        refused = closed_vote.phieu("minutes", ROUND, *arguments, "--practice", "-w", closed_vote.folder)
        assert refused.exit_code == 33
        assert changed.name in refused.output
    assert changed.read_bytes() == before


def test_blank_papers_need_no_count_and_are_kept_when_filled_in(rehearsed: Rehearsed) -> None:
    said = make(rehearsed, "--blank")
    made = hashes(papers(rehearsed))
    assert said.count("Made: ") == len(made) == 9
    assert all("de-trong" in name for name in made)
    assert "Made: " not in make(rehearsed, "--blank")
    assert hashes(papers(rehearsed)) == made
    rehearsed.phieu.done("zero-report", ROUND, "--blank", "--practice", "-w", rehearsed.folder)
    assert "bien-ban-truoc-khi-kiem-de-trong.docx" in hashes(papers(rehearsed))
    filled_in = papers(rehearsed) / "cong-bo-ket-qua-de-trong.docx"
    filled_in.write_bytes(b"what a clerk typed")
    refused = rehearsed.phieu("minutes", ROUND, "--blank", "--practice", "-w", rehearsed.folder)
    assert refused.exit_code == 33
    assert filled_in.read_bytes() == b"what a clerk typed"


def test_a_zero_report_comes_too_late_once_a_ballot_was_read(rehearsed: Rehearsed) -> None:
    rehearsed.read("hdnd", 6, rehearsed.pdf("hdnd"))
    late = rehearsed.phieu("zero-report", ROUND, "--practice", "-w", rehearsed.folder)
    assert late.exit_code == 2
    assert "too late" in late.output
    assert not papers(rehearsed).exists()


def test_a_zero_report_tells_the_printed_forms_and_the_head_of_the_journal(rehearsed: Rehearsed) -> None:
    said = rehearsed.phieu.done("verify", "--practice", "-w", rehearsed.folder)
    head = said.strip().rsplit(" ", 1)[1]
    rehearsed.phieu.done("zero-report", ROUND, "--practice", "-w", rehearsed.folder)
    document = Document(str(papers(rehearsed) / "bien-ban-truoc-khi-kiem.docx"))
    index = json.loads((rehearsed.folder / "forms/index.json").read_text(encoding="utf-8"))
    forms = {row.cells[1].text for table in document.tables for row in table.rows if len(row.cells) == 5}
    assert {form for form, entry in index.items() if entry["practice"]} <= forms
    foot = "".join(
        cell.text for table in document.sections[0].footer.tables for row in table.rows for cell in row.cells
    )
    assert head in foot.replace(" ", "")


def test_without_libreoffice_the_papers_are_made_all_the_same(
    closed_vote: Rehearsed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = make(closed_vote, "hdnd")
    assert "LibreOffice is not installed" in said
    assert (papers(closed_vote) / "bien-ban-kiem-phieu-hdnd.pdf").read_bytes().startswith(b"%PDF")
    monkeypatch.undo()
    # The stored one stays, though LibreOffice would make another.
    assert "Made: " not in make(closed_vote, "hdnd")


def test_an_offices_own_template_is_used_as_long_as_it_says_all(closed_vote: Rehearsed) -> None:
    own = closed_vote.folder / "templates/minutes/minutes.docx"
    own.parent.mkdir(parents=True)
    document = Document()
    document.add_paragraph("{{ fingerprint }}")
    document.save(str(own))
    refused = closed_vote.phieu("minutes", ROUND, "hdnd", "--practice", "-w", closed_vote.folder)
    assert refused.exit_code == 25
    assert "machine" in refused.output
    own.write_bytes(draw.draw(Path(draw.__file__).parent / "vi/minutes.html"))
    document = Document(str(own))
    document.paragraphs[0].insert_paragraph_before("Mẫu riêng của {{ unit }}")
    document.save(str(own))
    make(closed_vote, "hdnd")
    text = [p.text for p in Document(str(papers(closed_vote) / "bien-ban-kiem-phieu-hdnd.docx")).paragraphs]
    assert "Mẫu riêng của Hội đồng nhân dân tỉnh Minh Hải" in text
