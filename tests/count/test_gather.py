"""A province takes its units' results back: what is not what it asked for is refused by name."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import phieu
from phieu import words
from phieu.cli.main import main
from phieu.count.bundle import Bundle
from phieu.count.gather import Came, Given, against, sort_in
from phieu.count.gathered import GatherError, Gathering, gather, load, missing
from phieu.errors import ExitCode
from phieu.vote.plan import Plan, Round
from phieu.vote.plan_file import load_plan

from .handed_in import a_bundle, corrected, handed_in

EXAMPLE = Path(phieu.__file__).parent / "examples" / "ca-mau-2023"
ROUND = "hdnd-dam-sen-ky-10"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with words.spoken("en"):
        yield


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan(EXAMPLE / "plan.yaml")


@pytest.fixture
def a_round(plan: Plan) -> Round:
    return plan.round(ROUND)


Take = Callable[..., Gathering]


@pytest.fixture
def take(plan: Plan, tmp_path: Path) -> Take:
    """Gathers into one province's folder."""

    def taken(*sources: Path, practice: bool = False) -> Gathering:
        return gather(tmp_path / "gathered", plan, practice, sources)

    return taken


def files(tmp_path: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((tmp_path / "gathered").glob("*"))}


def came(gathering: Gathering) -> list[Came]:
    return [one.came for one in gathering.taken]


# Against the plan


def test_what_the_plan_asked_for_is_taken_with_its_hash_and_comes_back_as_it_was(
    take: Take, plan: Plan, tmp_path: Path
) -> None:
    bundles = [a_bundle(plan.round(name)) for name in (ROUND, "tinh-uy-2023", "hdnd-tinh-ky-12")]
    for bundle in bundles:
        handed_in(bundle, tmp_path / "from" / bundle.unit / "results")
    gathering = take(tmp_path / "from")
    assert came(gathering) == [Came.NEW] * 3 and not gathering.refused
    chains = load(tmp_path / "gathered", plan, practice=False)
    assert {round_id: chain[-1] for round_id, chain in chains.items()} == {b.round: b for b in bundles}
    assert [a_round.id for a_round in missing(plan, chains)] == [
        a_round.id for a_round in plan.rounds if a_round.id not in chains
    ]


def other_rules(a_round: Round) -> Round:
    percent = a_round.rules.percent
    assert percent is not None
    changed = a_round.rules.model_copy(update={"percent": percent.model_copy(update={"decimals": 1})})
    return replace(a_round, rules=changed)


def other_row(a_round: Round, **change: str) -> Round:
    [style] = a_round.styles
    first, *others = style.contests
    return replace(a_round, styles=(replace(style, contests=(replace(first, **change), *others)),))


def turned(a_round: Round) -> Round:
    [style] = a_round.styles
    return replace(a_round, styles=(replace(style, contests=style.contests[::-1]),))


def shortened(a_round: Round) -> Round:
    [style] = a_round.styles
    return replace(a_round, styles=(replace(style, contests=style.contests[:-1]),))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: replace(r, id="ky-11"), "no round ky-11"),
        (lambda r: replace(r, unit=replace(r.unit, id="hdnd-tinh")), "[hdnd-tinh]"),
        (lambda r: replace(r, unit=replace(r.unit, name="HĐND tỉnh")), "HĐND tỉnh"),
        (lambda r: replace(r, date=date(2023, 12, 13)), "2023-12-13, in the plan 2023-12-12"),
        (lambda r: replace(r, title="Kỳ họp 11"), "Kỳ họp 11"),
        (lambda r: replace(r, place="Nơi khác"), "Nơi khác"),
        (lambda r: replace(r, rules=r.rules.model_copy(update={"id": "own"})), "own 1"),
        (lambda r: replace(r, rules=r.rules.model_copy(update={"version": 9})), "2023-QH15 9"),
        (other_rules, "other rules than the plan's"),
        (lambda r: other_row(r, name="Nguyễn Thanh Sang"), "row 1 is Nguyễn Thanh Sang"),
        (lambda r: other_row(r, position="Phó Chủ tịch"), "row 1 is Nguyễn Thành Sang, Phó Chủ tịch"),
        (lambda r: other_row(r, id="nguyen-thanh-sang-2"), "nguyen-thanh-sang-2"),
        (turned, "row 3 is Nguyễn Thành Sang"),
        (shortened, "row 3 is nobody"),
        (lambda r: replace(r, styles=(replace(r.styles[0], title="Phiếu khác"),)), "Phiếu khác"),
        (lambda r: replace(r, styles=(replace(r.styles[0], id="rieng"),)), "rieng, in the plan chung"),
    ],
)
def test_what_the_plan_did_not_ask_for_is_refused_by_name(
    take: Take, a_round: Round, tmp_path: Path, change: Callable[[Round], Round], said: str
) -> None:
    gathering = take(handed_in(a_bundle(change(a_round)), tmp_path / "from"))
    assert not gathering.taken
    [refused] = gathering.refused
    assert said in refused.why
    assert refused.file.endswith(".bundle.json")
    assert gathering.exit_code is ExitCode.RESULTS_DIFFER
    assert not (tmp_path / "gathered").exists()


def test_rehearsals_and_real_results_never_meet(take: Take, a_round: Round, tmp_path: Path) -> None:
    rehearsed = handed_in(a_bundle(a_round, practice=True), tmp_path / "rehearsed")
    real = handed_in(a_bundle(a_round), tmp_path / "real")
    assert [one.why for one in take(rehearsed).refused] == ["It is a rehearsal, not a real result."]
    assert [one.why for one in take(real, practice=True).refused] == ["It is a real result, not a rehearsal."]
    assert not (tmp_path / "gathered").exists()


def test_a_workspace_handed_over_whole_gives_its_real_results_only(
    take: Take, a_round: Round, tmp_path: Path
) -> None:
    handed_in(a_bundle(a_round, 5, practice=True), tmp_path / "unit" / "practice" / "results")
    handed_in(a_bundle(a_round), tmp_path / "unit" / "results")
    gathering = take(tmp_path / "unit")
    assert came(gathering) == [Came.NEW] and gathering.exit_code is ExitCode.OK


# The file itself


def test_a_bundle_without_its_hash_or_with_another_is_refused(
    take: Take, a_round: Round, tmp_path: Path
) -> None:
    path = handed_in(a_bundle(a_round), tmp_path / "from")
    beside = path.with_name(f"{path.name}.sha256")
    for content in (f"{'0' * 64}  {path.name}\n", "", "nothing", "0" * 100_000):
        beside.write_text(content, "utf-8")
        assert "SHA-256" in take(path).refused[0].why
    beside.unlink()
    assert "hash is not beside it" in take(path).refused[0].why
    assert not (tmp_path / "gathered").exists()


def test_a_hash_that_sha256sum_wrote_elsewhere_is_good(take: Take, a_round: Round, tmp_path: Path) -> None:
    bundle = a_bundle(a_round)
    path = handed_in(bundle, tmp_path / "from")
    beside = path.with_name(f"{path.name}.sha256")
    beside.write_bytes(f"{bundle.sha256} *C:\\results\\{path.name}\r\n".encode())
    assert came(take(path)) == [Came.NEW]


def test_changed_votes_are_refused_even_with_a_fitting_hash(
    take: Take, a_round: Round, tmp_path: Path
) -> None:
    path = handed_in(a_bundle(a_round), tmp_path / "from")
    data = json.loads(path.read_bytes())
    data["tally"]["styles"][0]["contests"][0]["votes"]["low"] += 1
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
    path.write_text(text, "utf-8")
    path.with_name(f"{path.name}.sha256").write_text(hashlib.sha256(text.encode()).hexdigest(), "utf-8")
    gathering = take(path)
    assert "do not add up" in gathering.refused[0].why
    assert gathering.exit_code is ExitCode.BROKEN_RECORD


def test_of_several_files_the_bad_ones_are_named_and_the_good_ones_taken(
    take: Take, plan: Plan, a_round: Round, tmp_path: Path
) -> None:
    good = handed_in(a_bundle(plan.round("so-y-te-2023")), tmp_path / "a")
    bad = handed_in(a_bundle(a_round), tmp_path / "b")
    bad.write_bytes(b"{}")
    gathering = take(good, bad)
    assert came(gathering) == [Came.NEW]
    assert [one.file for one in gathering.refused] == [str(bad)]
    assert sorted(load(tmp_path / "gathered", plan, practice=False)) == ["so-y-te-2023"]


def test_a_folder_without_results_says_so(take: Take, tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    with pytest.raises(GatherError, match="no results bundle"):
        take(tmp_path / "from")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes in folders")
def test_a_pipe_that_never_ends_is_not_waited_for(take: Take, a_round: Round, tmp_path: Path) -> None:
    path = handed_in(a_bundle(a_round), tmp_path / "from")
    beside = path.with_name(f"{path.name}.sha256")
    beside.unlink()
    os.mkfifo(beside)
    assert "no ordinary file" in take(path).refused[0].why
    path.unlink()
    os.mkfifo(path)
    assert "no ordinary file" in take(path).refused[0].why
    with pytest.raises(GatherError, match="no results bundle"):
        take(tmp_path / "from")


# Twice


def test_the_same_result_twice_is_said_and_harmless(take: Take, a_round: Round, tmp_path: Path) -> None:
    path = handed_in(a_bundle(a_round), tmp_path / "from")
    copy = handed_in(a_bundle(a_round), tmp_path / "copy")
    assert came(take(path, copy)) == [Came.NEW, Came.AGAIN]
    before = files(tmp_path)
    gathering = take(path)
    assert came(gathering) == [Came.AGAIN] and gathering.exit_code is ExitCode.OK
    assert files(tmp_path) == before


def test_two_results_of_a_round_contradict_and_neither_is_taken(
    take: Take, plan: Plan, a_round: Round, tmp_path: Path
) -> None:
    first = handed_in(a_bundle(a_round, 1), tmp_path / "one")
    second = handed_in(a_bundle(a_round, 2), tmp_path / "two")
    gathering = take(first, second)
    assert came(gathering) == [Came.REFUSED] * 2 and gathering.exit_code is ExitCode.RESULTS_DIFFER
    assert not load(tmp_path / "gathered", plan, practice=False)
    assert came(take(first)) == [Came.NEW]
    before = files(tmp_path)
    refused = take(second)
    assert came(refused) == [Came.REFUSED]
    assert a_bundle(a_round, 1).fingerprint[:19] in refused.taken[0].why
    assert files(tmp_path) == before


def test_a_correction_takes_the_place_of_what_it_corrects_which_is_kept(
    take: Take, plan: Plan, a_round: Round, tmp_path: Path
) -> None:
    first = a_bundle(a_round)
    then = corrected(first, a_round)
    take(handed_in(first, tmp_path / "one"))
    gathering = take(handed_in(then, tmp_path / "two"))
    assert came(gathering) == [Came.CORRECTION]
    assert gathering.taken[0].why == "Đếm thiếu một phiếu"
    assert load(tmp_path / "gathered", plan, practice=False)[ROUND] == (first, then)
    assert came(take(tmp_path / "one")) == [Came.AGAIN]
    assert load(tmp_path / "gathered", plan, practice=False)[ROUND][-1] == then


def test_two_corrections_of_one_result_contradict_each_other(
    take: Take, plan: Plan, a_round: Round, tmp_path: Path
) -> None:
    first = a_bundle(a_round)
    take(handed_in(first, tmp_path / "one"))
    second = handed_in(corrected(first, a_round, 2), tmp_path / "two")
    third = handed_in(corrected(first, a_round, 3), tmp_path / "three")
    assert came(take(second, third)) == [Came.REFUSED] * 2
    assert load(tmp_path / "gathered", plan, practice=False)[ROUND] == (first,)


def test_a_correction_of_a_result_that_never_came_stands_alone_and_does_not_replace_another(
    take: Take, a_round: Round, tmp_path: Path
) -> None:
    first = a_bundle(a_round)
    second = corrected(first, a_round)
    third = corrected(second, a_round, 3)
    take(handed_in(first, tmp_path / "one"))
    assert came(take(handed_in(third, tmp_path / "three"))) == [Came.REFUSED]
    shutil.rmtree(tmp_path / "gathered")
    assert came(take(tmp_path / "three")) == [Came.NEW]
    assert came(take(tmp_path / "one")) == [Came.REFUSED]
    assert came(take(tmp_path / "one", handed_in(second, tmp_path / "two"))) == [Came.OLDER] * 2


@cache
def four_results() -> list[Bundle]:
    a_round = load_plan(EXAMPLE / "plan.yaml").round(ROUND)
    history = [a_bundle(a_round)]
    for seed in range(2, 5):
        history.append(corrected(history[-1], a_round, seed))
    return history


@settings(deadline=None)
@given(order=st.permutations(range(5)), calls=st.lists(st.integers(0, 4), max_size=3))
def test_in_whatever_order_corrections_come_the_last_one_is_in_force(
    order: list[int], calls: list[int]
) -> None:
    history = four_results()
    given_ = [Given(f"{n}", bundle, bundle.sha256) for n, bundle in enumerate([*history, history[1]])]
    chain: tuple[Bundle, ...] = ()
    ordered = [given_[n] for n in order]
    # However they are parted into calls, whatever was refused in one can be given again in the last.
    cuts = sorted(calls)
    for start, end in zip([0, *cuts], [*cuts, 5], strict=True):
        chain, _taken = sort_in(chain, ordered[start:end])
    chain, taken = sort_in(chain, ordered)
    assert chain == tuple(history)
    assert {one.came for one in taken} <= {Came.AGAIN, Came.CORRECTION, Came.OLDER, Came.NEW}


# What was gathered is held against the plan each time


def test_what_was_gathered_and_then_changed_is_told_by_name(
    take: Take, plan: Plan, a_round: Round, tmp_path: Path
) -> None:
    take(handed_in(a_bundle(a_round), tmp_path / "from"))
    [stored] = (tmp_path / "gathered").glob("*.json")
    other = corrected(a_bundle(a_round), a_round)
    stored.write_bytes(other.to_bytes())
    with pytest.raises(GatherError, match=ROUND):
        load(tmp_path / "gathered", plan, practice=False)
    stored.with_name(f"{stored.name}.sha256").write_text(f"{other.sha256}\n", "utf-8")
    with pytest.raises(GatherError, match="name is not that of its contents"):
        load(tmp_path / "gathered", plan, practice=False)


def test_a_plan_that_was_changed_after_gathering_is_told(
    take: Take, plan: Plan, a_round: Round, tmp_path: Path
) -> None:
    take(handed_in(a_bundle(a_round), tmp_path / "from"))
    moved = [replace(r, date=date(2023, 12, 19)) if r.id == ROUND else r for r in plan.rounds]
    with pytest.raises(GatherError, match="2023-12-12, in the plan 2023-12-19"):
        load(tmp_path / "gathered", replace(plan, rounds=tuple(moved)), practice=False)


def test_the_command_tells_what_a_unit_explained_and_what_is_missing(
    a_round: Round, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vote = Path(shutil.copytree(EXAMPLE, tmp_path / "vote"))
    path = handed_in(a_bundle(a_round, collected=10), tmp_path / "from")
    assert main(["--lang", "en", "gather", str(path), "-w", str(vote)], standalone_mode=False) == 0
    told = capsys.readouterr().out
    assert f"{ROUND}.bundle.json (Hội đồng nhân dân huyện Đầm Sen, {a_round.title}): taken" in told
    assert "Explained by Trần A: Một phiếu rách" in told
    assert "Gathered: 1 of 8 rounds." in told and "Still missing: Hội đồng nhân dân tỉnh Minh Hải;" in told


def test_every_round_of_the_example_can_be_gathered(plan: Plan) -> None:
    assert [against(plan, a_bundle(a_round), practice=False) for a_round in plan.rounds] == [()] * 8
