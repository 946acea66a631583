"""What bad input gets: one clear sentence, an exit code of its kind, and everything else is still read."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
import pytest
import zxingcpp
from numpy.typing import NDArray

from phieu.errors import ExitCode
from phieu.forms.form import FrozenForm

Picture = NDArray[np.uint8]
FIRST = "number,name,position,unit,round,block,notes,exempt\n"


def edited(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


# The plan and the people


def test_an_unknown_rule_set_is_named_with_its_line_and_the_known_ones(small_vote: Path, phieu: Any) -> None:
    edited(small_vote / "plan.yaml", "rules: NQ-96-2023-QH15", "rules: NQ-69-2023-QH15")
    result = phieu("check", "-w", small_vote)
    assert result.exit_code == ExitCode.BAD_PLAN
    assert re.search(r"plan\.yaml, line 13: .*NQ-69-2023-QH15", result.output)
    assert "NQ-96-2023-QH15" in result.output
    assert "96-QD-TW" in result.output


def test_a_doubled_person_is_named_with_both_lines(small_vote: Path, phieu: Any) -> None:
    with (small_vote / "people.csv").open("a", encoding="utf-8") as file:
        file.write("4,Lê Quang Định,Phó Chủ tịch Hội đồng nhân dân,,,HĐND,,\n")
    result = phieu("check", "-w", small_vote)
    assert result.exit_code == ExitCode.BAD_PEOPLE
    assert "people.csv, line 10: Lê Quang Định" in result.output
    assert "line 3" in result.output


def test_an_empty_round_is_refused(small_vote: Path, phieu: Any) -> None:
    (small_vote / "people.csv").write_text(FIRST, encoding="utf-8")
    result = phieu("check", "-w", small_vote)
    assert result.exit_code in (ExitCode.BAD_PLAN, ExitCode.BAD_PEOPLE)
    assert "hdnd" in result.output


@pytest.mark.parametrize("copies", ["0", "-5"])
def test_ballots_that_cannot_be_printed_are_not_printed(small_vote: Path, phieu: Any, copies: str) -> None:
    result = phieu("print", "ky-hop-12", "hdnd", "-n", copies, "-w", small_vote)
    assert result.exit_code == ExitCode.USAGE
    assert copies in result.output
    assert not list(small_vote.glob("print/*.pdf"))


def test_a_missing_column_is_named(small_vote: Path, phieu: Any) -> None:
    edited(small_vote / "people.csv", "name,", "nickname,")
    result = phieu("check", "-w", small_vote)
    assert result.exit_code == ExitCode.BAD_PEOPLE
    assert "name" in result.output
    assert "people.csv" in result.output


def test_html_in_a_name_is_text_on_ballot_and_site(small_vote: Path, phieu: Any) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    edited(small_vote / "people.csv", "Lê Quang Định", hostile)
    phieu.done("print", "ky-hop-12", "-n", 1, "-w", small_vote)
    [printed] = small_vote.glob("print/*hdnd-001.pdf")
    text = subprocess.run(["pdftotext", "-layout", printed, "-"], capture_output=True, text=True, check=True)
    assert "<img src=x" in text.stdout
    phieu.done("publish", "--draft", "-w", small_vote)
    pages = [page.read_text(encoding="utf-8") for page in (small_vote / "public").rglob("*.html")]
    assert any(hostile in unescape(page) for page in pages)
    assert not any(hostile in page for page in pages)


# Scans


def cat() -> Picture:
    """A soft picture with nothing of ours on it."""
    noise = np.random.default_rng(3).integers(0, 255, (40, 30, 3), dtype=np.uint8)
    return cv2.resize(noise, (1200, 1600), interpolation=cv2.INTER_CUBIC)


def paper() -> Picture:
    noise = np.random.default_rng(4).normal(242, 2, (2339, 1654))
    return np.clip(noise, 0, 255).astype(np.uint8)


def other_code(page: Path, form: Path, change: Any) -> Picture:
    """A scan of a ballot whose QR code says something else."""
    image = cv2.imread(str(page), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    [found] = [code for code in zxingcpp.read_barcodes(image) if code.format == zxingcpp.BarcodeFormat.QRCode]
    corners = [
        found.position.top_left,
        found.position.top_right,
        found.position.bottom_right,
        found.position.bottom_left,
    ]
    xs, ys = [corner.x for corner in corners], [corner.y for corner in corners]
    made = np.array(
        zxingcpp.create_barcode(change(found.text), zxingcpp.BarcodeFormat.QRCode, ec_level="H").to_image(
            scale=8
        )
    )
    left, top, right, bottom = min(xs) - 12, min(ys) - 12, max(xs) + 12, max(ys) + 12
    image[top:bottom, left:right] = cv2.resize(
        made, (right - left, bottom - top), interpolation=cv2.INTER_AREA
    )
    return image


def one_character_off(text: str) -> str:
    return text[:5] + ("A" if text[5] != "A" else "B") + text[6:]


def write(path: Path, picture: Picture) -> Path:
    assert cv2.imwrite(str(path), picture)
    return path


def bad_scan(kind: str, rehearsed: Any, folder: Path) -> Path:
    """Write one bad file of a kind, and return its path."""
    good = rehearsed.jpegs("hdnd")[0]
    folder.mkdir(exist_ok=True)
    match kind:
        case "cat":
            return write(folder / "cat.jpg", cat())
        case "empty":
            (folder / "empty.pdf").write_bytes(b"")
            return folder / "empty.pdf"
        case "text":
            (folder / "text.pdf").write_text("This is no PDF.\n" * 40, encoding="utf-8")
            return folder / "text.pdf"
        case "truncated":
            (folder / "truncated.jpg").write_bytes(good.read_bytes()[:60_000])
            return folder / "truncated.jpg"
        case "encrypted":
            with pikepdf.open(rehearsed.pdf("hdnd")) as pdf:
                pdf.save(folder / "encrypted.pdf", encryption=pikepdf.Encryption(owner="o", user="u"))
            return folder / "encrypted.pdf"
        case "blank":
            return write(folder / "blank.png", paper())
        case "changed code":
            picture = other_code(good, rehearsed.form("hdnd"), one_character_off)
            return write(folder / "changed.jpg", picture)
        case _:
            raise ValueError(kind)


KINDS = {
    "cat": ("review", ExitCode.REVIEW),
    "empty": ("unreadable", ExitCode.UNREADABLE),
    "text": ("unreadable", ExitCode.UNREADABLE),
    "truncated": ("unreadable", ExitCode.UNREADABLE),
    "encrypted": ("unreadable", ExitCode.UNREADABLE),
    "blank": ("blank", ExitCode.BLANK_PAGE),
    "changed code": ("not_ours", ExitCode.NOT_OURS),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_scan_has_its_own_outcome_sentence_and_exit_code(
    kind: str, rehearsed: Any, phieu: Any, tmp_path: Path
) -> None:
    outcome, code = KINDS[kind]
    scan = bad_scan(kind, rehearsed, tmp_path / "bad")
    good = rehearsed.jpegs("hdnd")[1]
    result = phieu("inspect", scan, good, "--form", rehearsed.form("hdnd"), "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["outcome"] for line in lines] == [outcome, "read"]
    assert result.exit_code == code
    in_words = phieu("inspect", scan, good, "--form", rehearsed.form("hdnd"))
    assert scan.name in in_words.output
    assert in_words.exit_code == code


def test_everything_else_is_still_read_and_the_gravest_code_wins(rehearsed: Any, tmp_path: Path) -> None:
    bad = [bad_scan(kind, rehearsed, tmp_path / "bad") for kind in KINDS]
    result = rehearsed.read("mixed", 7, rehearsed.pdf("hdnd"), *bad)
    # Six ballots and the picture for review are the seven sheets that were declared.
    assert result.exit_code == ExitCode.NOT_OURS, result.output
    for scan in bad:
        assert scan.name in result.output
    rehearsed.figures("hdnd", 6)
    [hdnd, _ubnd] = rehearsed.tally()["rounds"][0]["ballots"]
    assert hdnd["read"] == 6


def test_a_batch_of_other_size_than_declared_is_staged(rehearsed: Any) -> None:
    result = rehearsed.read("one-short", 7, rehearsed.pdf("hdnd"))
    assert result.exit_code == ExitCode.STAGED
    assert "6" in result.output
    assert "7" in result.output
    [hdnd, _ubnd] = rehearsed.tally()["rounds"][0]["ballots"]
    assert hdnd["read"] == 0


def test_a_practice_ballot_is_refused_by_the_real_count(rehearsed: Any, phieu: Any) -> None:
    phieu.done("print", "ky-hop-12", "-n", 1, "-w", rehearsed.folder)
    result = rehearsed.read("real", 6, rehearsed.pdf("hdnd"), practice=False)
    assert result.exit_code >= ExitCode.NOT_OURS
    assert "practice" in result.output.lower()
    counted = json.loads(phieu.done("tally", "--json", "-w", rehearsed.folder))
    assert [style["read"] for style in counted["rounds"][0]["ballots"]] == [0, 0]


def test_a_ballot_of_another_vote_is_not_ours(
    rehearsed: Any, phieu: Any, small_vote: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(small_vote, other)
    edited(other / "plan.yaml", "place: Minh Hải", "place: Bạc Liêu")
    phieu.done("rehearse", "ky-hop-12", "hdnd", "--ballots", 1, "-w", other)
    stranger = next((other / "practice/deck").rglob("*.jpg"))
    result = rehearsed.read("mixed", 6, rehearsed.pdf("hdnd"), stranger)
    assert result.exit_code == ExitCode.NOT_OURS
    assert stranger.name in result.output


@pytest.mark.parametrize("half", ["json", "pdf"])
def test_a_form_whose_hash_is_wrong_is_never_used(half: str, rehearsed: Any, phieu: Any) -> None:
    form = rehearsed.form("hdnd")
    if half == "json":
        edited(form, '"practice": true', '"practice": false')
    else:
        form.with_suffix(".pdf").write_bytes(form.with_suffix(".pdf").read_bytes() + b"\n")
    result = phieu("inspect", rehearsed.jpegs("hdnd")[0], "--form", form)
    assert result.exit_code == ExitCode.BAD_FORM
    assert form.name in result.output
    assert rehearsed.read("hdnd", 6, rehearsed.pdf("hdnd")).exit_code == ExitCode.BAD_FORM
    assert FrozenForm.load(rehearsed.form("ubnd")).form.practice
