"""A province's plan handed out to its units."""

import shutil
from pathlib import Path

import pytest

from phieu.cli.main import main
from phieu.errors import WorkspaceError
from phieu.vote.plan import Plan
from phieu.vote.plan_file import load_plan
from phieu.vote.split import split

EXAMPLE = Path(__file__).parents[2] / "examples" / "ca-mau-2023"


@pytest.fixture(scope="module")
def whole() -> Plan:
    return load_plan(EXAMPLE / "plan.yaml")


def test_each_unit_gets_its_own_rounds_and_ballots_unchanged(whole: Plan, tmp_path: Path) -> None:
    parts = split(EXAMPLE, whole, tmp_path / "out")
    assert [part.unit for part in parts] == list(dict.fromkeys(r.unit.id for r in whole.rounds))
    given = [load_plan(part.folder / "plan.yaml") for part in parts]
    assert [a_round for plan in given for a_round in plan.rounds] == sorted(
        whole.rounds, key=lambda a_round: [part.unit for part in parts].index(a_round.unit.id)
    )
    assert sorted((p.name, p.round, p.exempt) for plan in given for p in plan.exempt) == sorted(
        (p.name, p.round, p.exempt) for p in whole.exempt
    )
    assert sum(part.people for part in parts) == 31


def test_a_unit_learns_nothing_of_the_others(whole: Plan, tmp_path: Path) -> None:
    parts = {part.unit: part.folder for part in split(EXAMPLE, whole, tmp_path / "out")}
    folder = parts["huyen-uy-dam-sen"]
    assert [unit.id for unit in load_plan(folder / "plan.yaml").units] == [
        "tinh-minh-hai",
        "huyen-dam-sen",
        "huyen-uy-dam-sen",
    ]
    text = "".join(path.read_text("utf-8") for path in folder.iterdir())
    assert "Cao Thị Hồng Gấm" in text
    for other in ("Sở Y tế", "Tô Thị Bích Ngân", "Sông Đốc"):
        assert other not in text


def test_an_offices_own_rules_go_along(tmp_path: Path) -> None:
    vote = Path(shutil.copytree(EXAMPLE, tmp_path / "vote"))
    (vote / "rulesets").mkdir()
    (vote / "rulesets" / "own.yaml").write_text("id: own\nversion: 1\nbased_on: 96-QD-TW\n", "utf-8")
    plan = (vote / "plan.yaml").read_text("utf-8")
    (vote / "plan.yaml").write_text(plan.replace("rules: 96-QD-TW", "rules: own"), "utf-8")
    parts = split(vote, load_plan(vote / "plan.yaml"), tmp_path / "out")
    assert all(load_plan(part.folder / "plan.yaml").rounds for part in parts)


def test_nothing_is_written_over(whole: Plan, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "kept.txt").write_text("giữ", "utf-8")
    with pytest.raises(WorkspaceError):
        split(EXAMPLE, whole, tmp_path / "out")


def test_the_command_names_each_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["split", str(tmp_path / "out"), "-w", str(EXAMPLE)], standalone_mode=False)
    told = capsys.readouterr().out
    assert f"{tmp_path / 'out' / 'so-y-te'}: Sở Y tế" in told
    assert len(told.splitlines()) == 8
