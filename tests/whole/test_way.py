"""The whole way on a small vote, and what must not change what is counted."""

import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import pikepdf
import pytest


@pytest.mark.smoke
def test_from_a_plan_to_a_published_site(rehearsed: Any, phieu: Any) -> None:
    for style in ("hdnd", "ubnd"):
        assert rehearsed.read(style, 6, rehearsed.pdf(style)).exit_code == 0
        rehearsed.figures(style)
    rehearsed.answer_all()
    [counted] = rehearsed.tally()["rounds"]
    assert counted["final"]
    truth = json.loads((rehearsed.folder / "practice/deck/ky-hop-12/truth.json").read_text(encoding="utf-8"))
    for style in counted["ballots"]:
        assert (style["read"], style["issued"], style["collected"]) == (6, 6, 6)
        for contest in style["contests"]:
            assert sum(contest["votes"].values()) + contest["blank"] + contest["overvoted"] == 6
    assert truth["styles"]["hdnd"]["ballots"] == 6
    phieu.done("verify", "--practice", "-w", rehearsed.folder)
    phieu.done("publish", "--practice", "-w", rehearsed.folder)
    home = (rehearsed.folder / "practice/public/index.html").read_text(encoding="utf-8")
    assert "Lấy phiếu tín nhiệm" in home


def counted_before_answers(rehearsed: Any) -> Any:
    return rehearsed.tally()["rounds"][0]["ballots"]


@pytest.fixture
def as_given(rehearsed: Any, tmp_path: Path) -> Any:
    """What the deck comes to when it is read as it lies: the measure for every other way of reading it."""
    other = tmp_path / "measure"
    shutil.copytree(rehearsed.folder, other)
    measure = type(rehearsed)(other, rehearsed.phieu)
    assert measure.read("hdnd", 6, measure.pdf("hdnd")).exit_code == 0
    return counted_before_answers(measure)


def test_the_order_of_the_sources_changes_nothing(rehearsed: Any, as_given: Any) -> None:
    rehearsed.read("hdnd", 6, *reversed(rehearsed.jpegs("hdnd")))
    assert counted_before_answers(rehearsed) == as_given


def test_the_split_into_batches_changes_nothing(rehearsed: Any, as_given: Any) -> None:
    jpegs = rehearsed.jpegs("hdnd")
    for number, (start, end) in enumerate(pairwise((0, 1, 4, 6))):
        assert rehearsed.read(f"hdnd-{number}", end - start, *jpegs[start:end]).exit_code == 0
    assert counted_before_answers(rehearsed) == as_given


def test_reading_twice_changes_nothing(rehearsed: Any, as_given: Any) -> None:
    rehearsed.read("hdnd", 6, rehearsed.pdf("hdnd"))
    rehearsed.read("hdnd", 6, rehearsed.pdf("hdnd"))
    rehearsed.read("again", 6, rehearsed.pdf("hdnd"))
    rehearsed.read("as-pictures", 6, *rehearsed.jpegs("hdnd"))
    assert counted_before_answers(rehearsed) == as_given


def test_upside_down_pages_change_nothing(rehearsed: Any, as_given: Any, tmp_path: Path) -> None:
    turned = tmp_path / "turned"
    turned.mkdir()
    for page in rehearsed.jpegs("hdnd"):
        image = cv2.imread(str(page), cv2.IMREAD_GRAYSCALE)
        assert image is not None
        cv2.imwrite(str(turned / f"{page.stem}.png"), cv2.rotate(image, cv2.ROTATE_180))
    rehearsed.read("hdnd", 6, turned)
    assert counted_before_answers(rehearsed) == as_given


def test_pages_turned_within_the_pdf_change_nothing(rehearsed: Any, as_given: Any, tmp_path: Path) -> None:
    turned = tmp_path / "turned.pdf"
    with pikepdf.open(rehearsed.pdf("hdnd")) as pdf:
        for page in pdf.pages:
            page.rotate(90, relative=True)
        pdf.save(turned)
    rehearsed.read("hdnd", 6, turned)
    assert counted_before_answers(rehearsed) == as_given


def test_the_totals_add_up_to_the_pages_given(rehearsed: Any, tmp_path: Path) -> None:
    jpegs = rehearsed.jpegs("hdnd")
    (tmp_path / "empty.jpg").write_bytes(b"")
    pages = [*jpegs, *jpegs[:2], tmp_path / "empty.jpg"]
    result = rehearsed.phieu(
        "inspect", *pages, rehearsed.pdf("ubnd"), "--form", rehearsed.form("hdnd"), "--json"
    )
    outcomes = [json.loads(line)["outcome"] for line in result.stdout.splitlines()]
    assert len(outcomes) == 6 + 2 + 1 + 6
    assert outcomes.count("read") == 6
    assert outcomes.count("duplicate") == 2
    assert outcomes.count("unreadable") == 1
    assert outcomes.count("not_ours") == 6
