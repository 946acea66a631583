import unicodedata
from datetime import date
from pathlib import Path

import pytest

from phieu.errors import ExitCode
from phieu.vote.plan import Head, Publication
from phieu.vote.plan_file import PlanError, load_plan
from phieu.words import spoken as speaking


@pytest.fixture(autouse=True)
def in_english():  # type: ignore[no-untyped-def]
    with speaking("en"):
        yield


def refusal(vote: Path) -> PlanError:
    with pytest.raises(PlanError) as caught:
        load_plan(vote / "plan.yaml")
    return caught.value


def change(vote: Path, before: str, after: str, file: str = "plan.yaml") -> None:
    path = vote / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_a_plan_becomes_rounds_with_ballots_and_rows(small_vote: Path) -> None:
    plan = load_plan(small_vote / "plan.yaml")
    assert plan.language == "vi"
    a_round = plan.round("ky-hop-12")
    assert a_round.date == date(2026, 12, 7)
    assert a_round.unit.name == "Hội đồng nhân dân tỉnh Minh Hải"
    assert (a_round.head, a_round.publish) == (Head.STATE, Publication.FULL)
    assert [len(style.contests) for style in a_round.styles] == [3, 4]
    first = a_round.style("ubnd").contests[0]
    assert (first.id, first.number, first.name) == ("nguyen-huu-tuong", 1, "Nguyễn Hữu Tường")
    assert [(person.name, person.exempt) for person in plan.exempt] == [
        ("Bùi Gia Nghĩa", "có thông báo nghỉ hưu")
    ]


def test_party_rounds_are_not_published_unless_the_plan_says_so(small_vote: Path) -> None:
    change(small_vote, "head: state", "head: party")
    assert load_plan(small_vote / "plan.yaml").rounds[0].publish is Publication.NONE
    change(small_vote, "head: party", "head: party\n    publish: summary")
    assert load_plan(small_vote / "plan.yaml").rounds[0].publish is Publication.SUMMARY


@pytest.mark.parametrize(
    ("before", "after", "line", "what", "instead"),
    [
        ("NQ-96-2023-QH15", "NQ-69", 13, "no rule set `NQ-69`", "96-QD-TW, NQ-35-2012-QH13"),
        ("NQ-96-2023-QH15", "../../../etc/passwd", 13, "no rule set", "Known rule sets"),
        ("place:", "palce:", 11, "Unknown key `palce`", "Did you mean `place`?"),
        ("2026-12-07", "7/12/2026", 10, "`date` can't be `7/12/2026`", "2026-12-07"),
        ("2026-12-07", "2026-02-30", 10, "`date` can't be `2026-02-30`", "2026-12-07"),
        ("head: state", "head: stat", 12, "`head` is `stat`", "state, party"),
        ("unit: hdnd", "unit: hdn", 9, "no unit `hdn`", "Did you mean `hdnd`?"),
        ("block: HĐND", "block: HDND", 15, "Ballot `hdnd` of round `ky-hop-12` is empty", "HDND"),
        ("block: UBND", "block: HĐND", 19, "Block `HĐND` stands on two ballots", "on ballot `hdnd` already"),
        ("block: HĐND\n", "paper: B4\n        block: HĐND\n", 17, "`paper` is `B4`", "A4, A5, A3"),
        ("seal: false", "seal: perhaps", 18, "`seal` can't be `perhaps`", "true or false"),
        ("id: ubnd", "id: hdnd", 19, "The id `hdnd` is used twice", "hdnd-2"),
        ("id: ubnd", "id: Ủy ban", 19, "is no id", "uy-ban"),
        ("id: ubnd", "id: con", 19, "Windows", ""),
        ("id: ky-hop-12", "id: void", 7, "A round can't be called `void`", ""),
        ("people: people.csv", "people: ../people.csv", 2, "lies outside", "people: people.xlsx"),
        ("people: people.csv", "people: /etc/passwd", 2, "lies outside", "people: people.xlsx"),
        ("people: people.csv", "people: C:\\people.csv", 2, "lies outside", "people: people.xlsx"),
        ("people: people.csv", "people: peple.csv", 2, "is not there", "Did you mean `people.csv`?"),
        ("people: people.csv", "", 1, "`people` is missing", "people: people.xlsx"),
        ("title: Lấy phiếu tín nhiệm năm 2026", "title:", 1, "`title` is empty", "title: Lấy phiếu"),
        ("title: Lấy phiếu tín nhiệm năm 2026", 'title: ""', 1, "`title` is empty", "title: Lấy phiếu"),
        ("title: Lấy phiếu tín nhiệm năm 2026", "title: [a]", 1, "`title` must be text", "title: Lấy phiếu"),
        ("title: Lấy phiếu tín nhiệm năm 2026", 'title: "a\\u202Eb"', 1, "can't be printed", ""),
        ("head: state", "head: state\n    source: javascript:alert(1)", 13, "must be an address", ""),
        ("units:\n", "units:\n  - id: tinh\n    name: T\n    parent: tinh\n", 6, "above itself", "parent"),
    ],
)
def test_a_wrong_line_is_named_with_what_to_write_instead(
    small_vote: Path, before: str, after: str, line: int, what: str, instead: str
) -> None:
    change(small_vote, before, after)
    error = refusal(small_vote)
    told = next(problem for problem in error.problems if what in problem.what)
    assert (told.file, told.line) == ("plan.yaml", line)
    assert instead in told.instead + told.what
    assert error.exit_code is ExitCode.BAD_PLAN
    assert f"plan.yaml, line {line}" in error.message


@pytest.mark.parametrize("ballots", ["ballots: []", "ballots:"])
def test_an_empty_round_is_refused(small_vote: Path, ballots: str) -> None:
    extra = f"""
  - id: bat-thuong
    title: Kỳ họp bất thường
    unit: hdnd
    date: 2026-12-20
    place: Minh Hải
    head: state
    rules: NQ-96-2023-QH15
    {ballots}
"""
    plan = small_vote / "plan.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").rstrip() + extra, encoding="utf-8")
    error = refusal(small_vote)
    assert any("Round `bat-thuong` is empty" in problem.what for problem in error.problems)
    assert {problem.line for problem in error.problems} <= {23, 30}
    assert error.exit_code is ExitCode.BAD_PLAN


def test_every_problem_is_told_at_once_the_plan_first_and_from_top_to_bottom(small_vote: Path) -> None:
    change(small_vote, "NQ-96-2023-QH15", "NQ-69")
    change(small_vote, "2026-12-07", "hôm nay")
    change(small_vote, "title: Lấy", "tilte: Lấy")
    change(small_vote, "2,Lê Quang Định,Phó Chủ tịch", "2,Trần Thị Mai Hương,Chủ tịch", "people.csv")
    change(small_vote, "Trưởng Ban Pháp chế", "", "people.csv")
    error = refusal(small_vote)
    assert error.exit_code is ExitCode.BAD_PLAN
    places = [(problem.file, problem.line) for problem in error.problems]
    assert places == sorted(places, key=lambda place: (place[0] == "people.csv", place[1]))
    told = error.message
    for part in (
        "`tilte`",
        "`title` is missing",
        "hôm nay",
        "NQ-69",
        "twice",
        "line 4: This line has no position",
    ):
        assert part in told


def test_a_doubled_person_is_a_problem_of_the_list(small_vote: Path) -> None:
    with (small_vote / "people.csv").open("a", encoding="utf-8") as file:
        file.write("9,  TRẦN thị Mai  Hương,Chủ tịch Hội đồng nhân dân,,,HĐND,,\n")
    error = refusal(small_vote)
    assert error.exit_code is ExitCode.BAD_PEOPLE
    assert "people.csv, line 10" in error.message
    assert "twice (first in line 2)" in error.message


def test_namesakes_with_different_positions_each_get_an_id_of_their_own(small_vote: Path) -> None:
    with (small_vote / "people.csv").open("a", encoding="utf-8") as file:
        file.write("9,Trần Thị Mai Hương,Trưởng Ban Dân tộc,,,HĐND,,\n")
    contests = load_plan(small_vote / "plan.yaml").rounds[0].style("hdnd").contests
    assert [contests[0].id, contests[-1].id] == ["tran-thi-mai-huong", "tran-thi-mai-huong-2"]


def test_a_person_on_no_ballot_is_named_with_the_block_that_was_meant(small_vote: Path) -> None:
    change(small_vote, "Trưởng Ban Pháp chế,,,HĐND", "Trưởng Ban Pháp chế,,,HĐNDD", "people.csv")
    error = refusal(small_vote)
    assert error.exit_code is ExitCode.BAD_PEOPLE
    assert "Phạm Ngọc Thủy stands on no ballot" in error.message
    assert error.hint == "Did you mean `HĐND`?"


@pytest.mark.parametrize(
    ("cell", "what"), [(",hdnx,,HĐND", "no unit `hdnx`"), (",,ky-hop-13,HĐND", "no round `ky-hop-13`")]
)
def test_an_unknown_unit_or_round_of_a_person_is_named(small_vote: Path, cell: str, what: str) -> None:
    change(small_vote, "Trưởng Ban Pháp chế,,,HĐND", f"Trưởng Ban Pháp chế{cell}", "people.csv")
    assert what in refusal(small_vote).message


def test_unit_and_round_may_be_written_by_name(small_vote: Path) -> None:
    named = "Trưởng Ban Pháp chế,hội đồng nhân dân tỉnh Minh Hải,Lấy phiếu tín nhiệm tại kỳ họp thứ 12,HĐND"
    change(small_vote, "Trưởng Ban Pháp chế,,,HĐND", named, "people.csv")
    assert len(load_plan(small_vote / "plan.yaml").rounds[0].style("hdnd").contests) == 3


def test_with_two_rounds_the_list_must_say_who_stands_where(small_vote: Path) -> None:
    plan = small_vote / "plan.yaml"
    text = plan.read_text(encoding="utf-8")
    second = text[text.index("  - id: ky-hop-12") :].replace("ky-hop-12", "ky-hop-13")
    plan.write_text(text + second, encoding="utf-8")
    assert "does not say in which round" in refusal(small_vote).message
    people = (small_vote / "people.csv").read_text(encoding="utf-8")
    header, rows = people.split("\n", 1)
    both = [rows.replace(",,,", f",,{a_round},") for a_round in ("ky-hop-12", "ky-hop-13")]
    (small_vote / "people.csv").write_text("\n".join([header, *both]), encoding="utf-8")
    assert [len(r.styles[0].contests) for r in load_plan(plan).rounds] == [3, 3]
    (small_vote / "people.csv").write_text(people.replace(",round,", ",spare,"), encoding="utf-8")
    error = refusal(small_vote)
    assert "no column `round`" in error.message
    assert error.exit_code is ExitCode.BAD_PEOPLE


def test_rounds_of_the_same_title_are_told_apart_by_their_unit(small_vote: Path) -> None:
    plan = small_vote / "plan.yaml"
    text = plan.read_text(encoding="utf-8").replace("rounds:", "  - id: xa\n    name: HĐND xã\nrounds:")
    second = text[text.index("  - id: ky-hop-12") :].replace("ky-hop-12", "ky-hop-xa")
    plan.write_text(text + second.replace("unit: hdnd", "unit: xa"), encoding="utf-8")
    people = (small_vote / "people.csv").read_text(encoding="utf-8")
    header, rows = people.split("\n", 1)
    title = "Lấy phiếu tín nhiệm tại kỳ họp thứ 12"
    units = [rows.replace(",,,", f",{unit},{title},") for unit in ("hdnd", "hđnd XÃ")]
    (small_vote / "people.csv").write_text("\n".join([header, *units]), encoding="utf-8")
    assert [len(r.styles[1].contests) for r in load_plan(plan).rounds] == [4, 4]
    vague = people.replace(",,,", f",,{title},")
    (small_vote / "people.csv").write_text(vague, encoding="utf-8")
    assert "Write in column `round` one of: ky-hop-12, ky-hop-xa." in refusal(small_vote).message


def test_more_problems_than_anybody_reads_are_counted_only(small_vote: Path) -> None:
    with (small_vote / "people.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"{n},Người {n},Chức vụ,,,KHÁC,,\n" for n in range(300))
    error = refusal(small_vote)
    assert len(error.problems) == 300
    assert "… and 100 more." in error.message


def test_a_round_with_one_ballot_needs_no_blocks(small_vote: Path) -> None:
    change(small_vote, "        block: HĐND\n", "")
    text = (small_vote / "plan.yaml").read_text(encoding="utf-8")
    (small_vote / "plan.yaml").write_text(text[: text.index("      - id: ubnd")], encoding="utf-8")
    assert len(load_plan(small_vote / "plan.yaml").rounds[0].styles[0].contests) == 7


def test_html_in_a_name_is_accepted_as_the_text_it_is(small_vote: Path) -> None:
    name = "<b>Phạm</b> <script>alert(1)</script>"
    change(small_vote, "Phạm Ngọc Thủy", name, "people.csv")
    contest = load_plan(small_vote / "plan.yaml").rounds[0].style("hdnd").contests[2]
    assert contest.name == name
    assert contest.id == "b-pham-b-script-alert-1-script"


def test_decomposed_unicode_is_composed_in_plan_and_list(small_vote: Path) -> None:
    for file in ("plan.yaml", "people.csv"):
        path = small_vote / file
        path.write_text(unicodedata.normalize("NFD", path.read_text(encoding="utf-8")), encoding="utf-8")
    plan = load_plan(small_vote / "plan.yaml")
    assert plan.rounds[0].unit.name == "Hội đồng nhân dân tỉnh Minh Hải"
    assert plan.rounds[0].style("hdnd").contests[0].name == "Trần Thị Mai Hương"


def test_a_name_without_latin_letters_still_has_an_id(small_vote: Path) -> None:
    change(small_vote, "Phạm Ngọc Thủy", "សុខ សំណាង", "people.csv")
    assert load_plan(small_vote / "plan.yaml").rounds[0].style("hdnd").contests[2].id == "person-3"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "must stand keys"),
        ("- a\n- b\n", "must stand keys"),
        ("title: [a, b\n", "not YAML"),
        ("title: a\n\tpeople: b\n", "not YAML"),
        ("title: a: b\n", "not YAML"),
        ("title: a\ntitle: b\n", "twice"),
        ("a: &x [1]\nb: *x\n", "aliases"),
        ("title: !!python/object/apply:os.system [ls]\n", "Tags"),
        ("title: a\n---\ntitle: b\n", "second document"),
        ("[" * 100_000, "nested too deep"),
        ("{" * 5000, "nested too deep"),
        ("? [a]\n: b\n", "can't be a key"),
        ("title: a\x07b\n", "signs that no text has"),
        ("#" + "x" * 3_000_000, "larger than"),
    ],
)
def test_what_is_no_plan_at_all_gets_one_sentence(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "plan.yaml").write_text(text, encoding="utf-8")
    assert what in refusal(tmp_path).message


def test_an_alias_bomb_is_refused_before_it_grows(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    (tmp_path / "plan.yaml").write_text("\n".join(rows), encoding="utf-8")
    assert "aliases" in refusal(tmp_path).message


def test_a_plan_in_another_encoding_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_bytes(b"title: a\npeople: \xe1\xba\n")
    error = refusal(tmp_path)
    assert error.problems[0].line == 2
    assert "UTF-8" in error.message


def test_a_list_that_is_a_link_to_a_file_elsewhere_is_refused(small_vote: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    (small_vote / "people.csv").rename(outside)
    (small_vote / "people.csv").symlink_to(outside)
    assert "lies outside" in refusal(small_vote).message


def test_problems_are_told_in_vietnamese_too(small_vote: Path) -> None:
    change(small_vote, "NQ-96-2023-QH15", "NQ-69")
    with speaking("vi"):
        assert "NQ-69" in refusal(small_vote).message
