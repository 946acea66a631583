"""A province's vote from its plan to one site: handed out, counted in three of its units, taken back."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import phieu as package

EXAMPLE = Path(package.__file__).parent / "examples" / "ca-mau-2023"
BALLOTS = 3
COUNTED = ("hdnd-tinh", "so-y-te", "hdnd-dam-sen")
BY = ("--by", "Trần A", "--by", "Lê B")


@pytest.fixture
def province(tmp_path: Path) -> Path:
    folder = tmp_path / "vote"
    shutil.copytree(EXAMPLE, folder)
    return folder


def counted(phieu: Any, province: Path, *units: str) -> Path:
    """Hand the vote out, and have some of the units print, rehearse, count and close; return their folder."""
    folder = province.parent / "units"
    phieu.done("split", folder, "-w", province)
    for unit in units:
        count(phieu, folder / unit)
    return folder


def count(phieu: Any, workspace: Path) -> None:
    """Rehearse the unit's round: ballots filled in by hand and scanned, as simulated; then close it."""
    listed = json.loads(phieu.done("tally", "--json", "-w", workspace))
    [a_round] = listed["rounds"]
    phieu.done("print", a_round["id"], "-n", BALLOTS, "--practice", "-w", workspace)
    phieu.done("rehearse", a_round["id"], "--ballots", BALLOTS, "--seed", 3, "-w", workspace)
    for style in (ballot["id"] for ballot in a_round["ballots"]):
        scan = workspace / "practice/deck" / a_round["id"] / style / "scan.pdf"
        phieu.done("read", "--practice", "--batch", style, "--sheets", BALLOTS, scan, "-w", workspace)
        told = ("--members", BALLOTS, "--summoned", BALLOTS, "--present", BALLOTS, "--printed", BALLOTS)
        told += ("--issued", BALLOTS, "--exchanged", 0, "--unused", 0, "--collected", BALLOTS)
        phieu.done("figures", "--practice", a_round["id"], style, *told, *BY[:2], "-w", workspace)
    for question in json.loads(phieu.done("review", "--practice", "--list", "--json", "-w", workspace)):
        answer = question["answers"][0]
        phieu.done("decide", "--practice", question["id"], answer, *BY[:2], "-w", workspace)
    phieu.done("close", "--practice", a_round["id"], *BY, "-w", workspace)


def test_a_provinces_vote_ends_in_one_site_that_names_what_is_missing(province: Path, phieu: Any) -> None:
    checked = phieu.done("check", "-w", province)
    assert "8 rounds" in checked and "26 people on ballots" in checked
    units = counted(phieu, province, *COUNTED)

    told = phieu.done("gather", "--practice", *(units / unit for unit in COUNTED), "-w", province)
    assert told.count(": taken") == 3
    assert "Gathered: 3 of 8 rounds." in told
    assert "Still missing: Tỉnh ủy Minh Hải; Ban Dân vận Tỉnh ủy; Huyện ủy Đầm Sen;" in told
    assert "nothing changed" in phieu.done("gather", "--practice", units / "so-y-te", "-w", province)

    bundle = next((units / "so-y-te/practice/results").glob("*.bundle.json"))
    refused = phieu("gather", bundle, "-w", province)
    assert refused.exit_code == 31
    assert f"{bundle}: REFUSED: It is a rehearsal" in refused.output
    assert "Gathered: 0 of 8 rounds." in refused.output

    published = phieu.done("publish", "--practice", "-w", province)
    assert "missing: Huyện ủy Đầm Sen" in published
    home = (province / "practice/public/index.html").read_text("utf-8")
    assert "DIỄN TẬP" in home
    for missing in ("Huyện ủy Đầm Sen", "Hội đồng nhân dân thành phố Sông Đốc"):
        assert missing in home
    for unit in COUNTED:
        [bundle] = (units / unit / "practice/results").glob("*.bundle.json")
        data = json.loads(bundle.read_bytes())
        site = json.loads((province / f"practice/results/{data['round']}.json").read_bytes())
        assert [(one["id"], one["votes"]) for b in site["rounds"][0]["ballots"] for one in b["contests"]] == [
            (one["id"], one["votes"]) for style in data["tally"]["styles"] for one in style["contests"]
        ]


def test_a_unit_that_opened_its_round_again_corrects_what_it_handed_in(province: Path, phieu: Any) -> None:
    unit = counted(phieu, province, "so-y-te") / "so-y-te"
    phieu.done("gather", "--practice", unit, "-w", province)
    phieu.done("reopen", "--practice", "so-y-te-2023", "--reason", "Ghi nhầm số có mặt", *BY[:2], "-w", unit)
    phieu.done(
        "figures", "--practice", "so-y-te-2023", "lanh-dao", "--members", BALLOTS + 1, *BY[:2], "-w", unit
    )
    phieu.done("close", "--practice", "so-y-te-2023", *BY, "-w", unit)
    told = phieu.done("gather", "--practice", unit, "-w", province)
    assert "it corrects the result gathered before (Ghi nhầm số có mặt)" in told
    assert "there, corrected 1 time" in told


def test_without_files_it_says_what_is_missing_and_a_path_that_is_not_there_is_said(
    province: Path, phieu: Any
) -> None:
    told = phieu.done("gather", "-w", province)
    assert "Gathered: 0 of 8 rounds." in told
    empty = phieu("gather", province / "rulesets-not-there", "-w", province)
    assert empty.exit_code == 2
