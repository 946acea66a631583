"""What ballots were printed for can't be changed behind the count's back: list, forms, rules."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from phieu.count.desk import Desk
from phieu.count.pairing import Scan
from phieu.count.printing import PlanChanged
from phieu.count.verify import verify
from phieu.forms.form import Form
from phieu.forms.run import frozen_form
from phieu.ocr.reading import FieldReading, Outcome, PageReading, State
from phieu.vote import rules
from phieu.workspace import Workspace

FIRST, SECOND = "nguyen-van-an", "nguyen-van-an-2"
HEADER = "number,name,position,unit,round,block,notes,exempt\n"
AN = "Nguyễn Văn An,Chủ tịch Hội đồng nhân dân"
AN_TOO = "Nguyễn Văn Ân,Phó Chủ tịch Hội đồng nhân dân"
ROUNDS = ("lan-1", "lan-2")


def people(*names: str) -> str:
    return HEADER + "".join(
        f"{number},{name},,{a_round},HĐND,,\n"
        for a_round in ROUNDS
        for number, name in enumerate(names, start=1)
    )


@pytest.fixture(scope="module")
def namesakes(write_small_vote: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small vote in two rounds on two people whose names differ in a mark. To be copied only."""
    folder = write_small_vote(tmp_path_factory.mktemp("namesakes") / "vote")
    plan = folder / "plan.yaml"
    council_only = plan.read_text(encoding="utf-8").split("      - id: ubnd")[0]
    before, told = council_only.split("rounds:\n")
    rounds = "".join(told.replace("ky-hop-12", one).replace("kỳ họp thứ 12", one) for one in ROUNDS)
    plan.write_text(f"{before}rounds:\n{rounds}", encoding="utf-8")
    (folder / "people.csv").write_text(people(AN, AN_TOO), encoding="utf-8")
    workspace = Workspace.open(folder)
    for a_round in workspace.plan().rounds:
        frozen_form(workspace, a_round, a_round.styles[0], practice=False)
    return folder


@pytest.fixture
def counted(namesakes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with one ballot of the first round counted, two of the second."""
    monkeypatch.delenv("PHIEU_DATABASE", raising=False)
    folder = Path(shutil.copytree(namesakes, tmp_path / "vote"))
    with opened(folder) as desk:
        forms = {one.round.id: one.form for one in desk.printed().values()}
        desk.commit_batch("b1", 1, [ballot(forms["lan-1"], "a", {FIRST: "high", SECOND: "low"})], {})
        second = [ballot(forms["lan-2"], name, {FIRST: "low", SECOND: "low"}) for name in "bc"]
        desk.commit_batch("b2", 2, second, {})
        assert desk.tally("lan-1").styles[0].read == 1
        assert verify(desk) == []
    return folder


def opened(folder: Path) -> Desk:
    workspace = Workspace.open(folder)
    return Desk.open(workspace, workspace.plan())


def ballot(form: Form, name: str, marks: dict[str, str]) -> Scan:
    fields = tuple(
        FieldReading(one.contest, one.option, State.MARKED, 0.3, "strong")
        if marks[one.contest] == one.option
        else FieldReading(one.contest, one.option, State.EMPTY, 0.0, "clean")
        for one in form.fields
    )
    sha256 = f"{ord(name):064x}"
    return Scan(
        PageReading("scan.pdf", 0, sha256, Outcome.READ, form=form.id, page=1, fields=fields), "scan.pdf"
    )


def change_index(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "forms" / "index.json"
    index = json.loads(path.read_text(encoding="utf-8"))
    change(index)
    path.write_text(json.dumps(index), encoding="utf-8")


@pytest.mark.parametrize(
    "names",
    [
        (AN_TOO, AN),
        (AN, AN_TOO.replace("Phó Chủ tịch", "Trưởng Ban")),
        (AN.replace("Văn An", "Văn Án"), AN_TOO),
    ],
)
def test_votes_are_never_told_of_other_people_than_the_ballots_named(
    counted: Path, names: tuple[str, str]
) -> None:
    (counted / "people.csv").write_text(people(*names), encoding="utf-8")
    with opened(counted) as desk:
        with pytest.raises(PlanChanged, match="in another order"):
            desk.tally("lan-1")
        (problem,) = verify(desk)
        assert "in another order" in problem
    (counted / "people.csv").write_text(people(AN, AN_TOO), encoding="utf-8")
    with opened(counted) as desk:
        first, second = desk.tally("lan-1").styles[0].contests
        assert (first.name, first.votes["high"], second.votes["low"]) == ("Nguyễn Văn An", 1, 1)
        assert verify(desk) == []


def test_a_list_and_an_index_changed_together_are_held_against_the_journal(counted: Path) -> None:
    def rename(index: dict[str, Any]) -> None:
        for entry in index.values():
            (one, _n, *first), (other, _m, *second) = entry["rows"]
            entry["rows"] = [[one, 1, *second], [other, 2, *first]]

    change_index(counted, rename)
    (counted / "people.csv").write_text(people(AN_TOO, AN), encoding="utf-8")
    with opened(counted) as desk:
        with pytest.raises(PlanChanged, match="not what the journal recorded"):
            desk.tally("lan-1")
        assert len(verify(desk)) == 2


def test_the_ballots_of_one_round_are_never_told_as_those_of_another(counted: Path) -> None:
    def exchange(index: dict[str, Any]) -> None:
        one, other = index.values()
        one["round"], other["round"] = other["round"], one["round"]

    change_index(counted, exchange)
    with opened(counted) as desk:
        for a_round in ROUNDS:
            with pytest.raises(PlanChanged, match="is now said to be of"):
                desk.tally(a_round)
        form = next(iter(desk.printed().values())).form
        with pytest.raises(PlanChanged, match="is now said to be of"):
            desk.commit_batch("b3", 1, [ballot(form, "d", {FIRST: "low", SECOND: "low"})], {})
        assert [one.name for one in desk.batches()] == ["b1", "b2"]
        assert len(verify(desk)) == 2
    change_index(counted, exchange)
    with opened(counted) as desk:
        assert [desk.tally(a_round).styles[0].read for a_round in ROUNDS] == [1, 2]
        assert verify(desk) == []


def test_a_rule_set_exchanged_after_reading_is_refused(counted: Path) -> None:
    plan = counted / "plan.yaml"
    before = plan.read_text(encoding="utf-8")
    plan.write_text(before.replace("NQ-96-2023-QH15", "96-QD-TW"), encoding="utf-8")
    with opened(counted) as desk:
        with pytest.raises(PlanChanged, match="The rules of lan-1"):
            desk.tally("lan-1")
        assert [problem for problem in verify(desk) if "rules" in problem]
    plan.write_text(before, encoding="utf-8")
    with opened(counted) as desk:
        assert desk.tally("lan-1").styles[0].read == 1


def test_a_single_changed_rule_of_an_offices_own_set_is_refused(namesakes: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(namesakes, tmp_path / "vote"))
    (folder / "rulesets").mkdir()
    own = folder / "rulesets" / "own.yaml"
    shipped = (Path(rules.__file__).parent / "rulesets" / "NQ-96-2023-QH15.yaml").read_text(encoding="utf-8")
    own.write_text(shipped.replace("id: NQ-96-2023-QH15", "id: own", 1), encoding="utf-8")
    plan = folder / "plan.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("NQ-96-2023-QH15", "own"), encoding="utf-8")
    with opened(folder) as desk:
        form = next(iter(desk.printed().values())).form
        desk.commit_batch("b1", 1, [ballot(form, "a", {FIRST: "high", SECOND: "low"})], {})
        assert desk.tally("lan-1").styles[0].read == 1
    text = own.read_text(encoding="utf-8")
    assert "decimals: 2" in text
    own.write_text(text.replace("decimals: 2", "decimals: 1"), encoding="utf-8")
    with opened(folder) as desk, pytest.raises(PlanChanged, match="The rules of lan-1"):
        desk.tally("lan-1")
