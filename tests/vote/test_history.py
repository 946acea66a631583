"""Earlier votes beside today's: who is who is never guessed, and changes add up."""

import csv
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st

from phieu.cli.main import main
from phieu.vote.earlier import EarlierVote
from phieu.vote.earlier_file import read_earlier
from phieu.vote.history import Change, changes, history_of, signed
from phieu.vote.plan import Plan
from phieu.vote.plan_file import PlanError, load_plan
from phieu.vote.problems import ProblemsFound
from phieu.vote.rules_file import load_rules
from phieu.vote.split import split
from phieu.vote.tally import ContestTally, percent

PUBLISHED = Path(__file__).parent / "published"
ASSEMBLY = """\
title: Lấy phiếu tín nhiệm năm 2014
people: people.csv
units:
  - {id: quoc-hoi, name: Quốc hội}
rounds:
  - id: ky-hop-8
    title: Lấy phiếu tín nhiệm tại kỳ họp thứ 8
    unit: quoc-hoi
    date: 2014-11-15
    place: Hà Nội
    rules: NQ-85-2014-QH13
    ballots:
      - {id: phieu, title: Phiếu tín nhiệm}
history:
  - file: history/2013.csv
    unit: quoc-hoi
    title: Lấy phiếu tín nhiệm năm 2013
    date: 2013-06
    rules: NQ-35-2012-QH13
    of: 498
    known: inferred
"""


def published(name: str) -> list[dict[str, str]]:
    with (PUBLISHED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """The vote of 2014 with the published people, and the published table of 2013 as it is."""
    folder = tmp_path / "assembly"
    (folder / "history").mkdir(parents=True)
    (folder / "plan.yaml").write_text(ASSEMBLY, "utf-8")
    posts = {row["name"]: row["position"] for row in published("qh13_2013")}
    lines = [f"{row['no']},{row['name']},{posts[row['name']]}" for row in published("qh13_2014")]
    (folder / "people.csv").write_text("\n".join(["STT,Họ và tên,Chức vụ", *lines]) + "\n", "utf-8")
    (folder / "history" / "2013.csv").write_bytes((PUBLISHED / "qh13_2013.csv").read_bytes())
    return folder


def counted(row: dict[str, str], of: int) -> ContestTally:
    votes = {option: int(row[option]) for option in ("high", "confidence", "low")}
    shares = {option: percent(count, of, 2) for option, count in votes.items()}
    return ContestTally("id", row["name"], "", votes, 0, 0, 0, shares, "none")


def test_the_published_votes_of_2013_and_2014_stand_side_by_side_person_by_person(assembly: Path) -> None:
    plan = load_plan(assembly / "plan.yaml")
    [a_round] = plan.rounds
    history = history_of(plan, a_round)
    now = {row["name"]: row for row in published("qh13_2014")}
    then = {row["name"]: row for row in published("qh13_2013")}
    assert len(history) == len(now) == 6
    for contest in a_round.styles[0].contests:
        [earlier] = history["phieu", contest.id]
        assert earlier.row.name == contest.name
        for change in changes(earlier, counted(now[contest.name], 497)):
            printed = [float(row[f"pct_{change.option}"]) for row in (then[contest.name], now[contest.name])]
            assert change.votes == int(now[contest.name][change.option]) - int(
                then[contest.name][change.option]
            )
            assert [float(change.then_percent), float(change.now_percent)] == printed
            assert float(change.points) == pytest.approx(printed[1] - printed[0])


def test_a_change_is_told_in_votes_and_percentage_points(assembly: Path) -> None:
    plan = load_plan(assembly / "plan.yaml")
    [earlier] = history_of(plan, plan.rounds[0])["phieu", "nguyen-sinh-hung"]
    row = next(row for row in published("qh13_2014") if row["name"] == "Nguyễn Sinh Hùng")
    told = changes(earlier, counted(row, 497))
    assert told[0] == Change("high", 328, 340, "65.86", "68.41")
    assert [(change.votes, change.points) for change in told] == [(12, "2.55"), (-46, "-9.20"), (27, "5.44")]
    assert [signed(told[1].points, "vi"), signed(27, "vi"), signed("0.00", "en")] == ["−9,20", "+27", "0.00"]


def test_what_was_not_read_is_no_zero(assembly: Path) -> None:
    table = assembly / "history" / "2013.csv"
    table.write_text("name,high,low\nTrương Tấn Sang,330,\n", "utf-8")
    plan = load_plan(assembly / "plan.yaml")
    [earlier] = history_of(plan, plan.rounds[0])["phieu", "truong-tan-sang"]
    row = published("qh13_2014")[0]
    assert [change.option for change in changes(earlier, counted(row, 497))] == ["high"]


def test_without_a_denominator_only_votes_are_compared(assembly: Path) -> None:
    text = (assembly / "plan.yaml").read_text("utf-8").replace("    of: 498\n", "")
    (assembly / "plan.yaml").write_text(text, "utf-8")
    plan = load_plan(assembly / "plan.yaml")
    [earlier] = history_of(plan, plan.rounds[0])["phieu", "truong-tan-sang"]
    change = changes(earlier, counted(published("qh13_2014")[0], 497))[0]
    assert (change.votes, change.points, signed(change.points)) == (50, "", "–")


# Who is who


Given = Callable[[str, str], Path]


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """Writes a vote with these people and this table of an earlier one."""

    def write(people: str, table: str) -> Path:
        folder = tmp_path / "vote"
        (folder / "history").mkdir(parents=True)
        (folder / "plan.yaml").write_text(ASSEMBLY, "utf-8")
        (folder / "people.csv").write_text(people, "utf-8")
        (folder / "history" / "2013.csv").write_text(table, "utf-8")
        return folder / "plan.yaml"

    return write


def matched(plan: Plan) -> dict[str, int]:
    """Contest to the line of the earlier file that is laid beside it."""
    [a_round] = plan.rounds
    return {contest: one.row.line for (_style, contest), (one,) in history_of(plan, a_round).items()}


def test_a_code_is_stronger_than_a_name(given: Given) -> None:
    plan = load_plan(
        given(
            "name,position,person\nNguyễn Văn An,Giám đốc Sở Y tế,A1\nNguyễn Văn An,Giám đốc Sở Nội vụ,A2\n",
            "person,name,high\nA2,Nguyễn Văn An,30\nA1,Nguyễn Văn An,20\nA3,Nguyễn Văn An,10\n",
        )
    )
    assert matched(plan) == {"nguyen-van-an": 3, "nguyen-van-an-2": 2}


@pytest.mark.parametrize(
    ("people", "table"),
    [
        # Two of that name today.
        ("Nguyễn Văn An,A,\nNguyễn Văn An,B,", ",Nguyễn Văn An,30"),
        # Two of that name then.
        ("Nguyễn Văn An,A,", ",Nguyễn Văn An,30\n,Nguyễn Văn An,20"),
        # A code on one side does not say who the other one is.
        ("Nguyễn Văn An,A,A1\nNguyễn Văn An,B,", "A1,Nguyễn Văn An,30\n,NGUYỄN VĂN AN,20"),
    ],
)
def test_namesakes_without_a_code_are_asked_about_and_never_guessed(
    given: Given, people: str, table: str
) -> None:
    path = given(f"name,position,person\n{people}\n", f"person,name,high\n{table}\n")
    with pytest.raises(PlanError) as refused:
        load_plan(path)
    assert all(problem.file == "history/2013.csv" and problem.line for problem in refused.value.problems)
    assert "Nguyễn Văn An" in refused.value.message or "NGUYỄN VĂN AN" in refused.value.message
    assert "`person`" in str(refused.value.problems[0].instead)


def test_another_persons_namesake_with_another_code_is_another_person(given: Given) -> None:
    plan = load_plan(
        given("name,position,person\nNguyễn Văn An,A,A1\n", "person,name,high\nB7,Nguyễn Văn An,30\n")
    )
    assert matched(plan) == {}


def test_marks_make_another_name(given: Given) -> None:
    plan = load_plan(given("name,position\nVõ Văn Lân,A\n", "name,high\nVõ Văn Lan,30\nVÕ VĂN LÂN,20\n"))
    assert matched(plan) == {"vo-van-lan": 3}


def test_a_code_under_another_name_is_a_problem(given: Given) -> None:
    path = given("name,position,person\nNguyễn Văn An,A,A1\n", "person,name,high\nA1,Lê Thị Bình,30\n")
    with pytest.raises(PlanError, match=r"history/2013\.csv.*2.*A1.*Lê Thị Bình.*Nguyễn Văn An"):
        load_plan(path)


def test_of_several_posts_the_same_one_is_compared(given: Given) -> None:
    plan = load_plan(
        given(
            "name,position,person\nNguyễn Văn An,Chủ tịch,A1\nNguyễn Văn An,Trưởng Ban,A1\n",
            "person,name,position,high\nA1,Nguyễn Văn An,Trưởng ban,30\n",
        )
    )
    assert matched(plan) == {"nguyen-van-an-2": 2}


def test_a_vote_of_another_unit_is_not_compared(assembly: Path) -> None:
    text = (assembly / "plan.yaml").read_text("utf-8")
    text = text.replace("units:\n", "units:\n  - {id: tinh, name: Tỉnh}\n")
    text = text.replace("2013.csv\n    unit: quoc-hoi", "2013.csv\n    unit: tinh")
    (assembly / "plan.yaml").write_text(text, "utf-8")
    plan = load_plan(assembly / "plan.yaml")
    assert history_of(plan, plan.rounds[0]) == {}


# What is wrong with a table


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("name,high\nTrương Tấn Sang,499\n", "499"),
        ("name,high\nTrương Tấn Sang,-3\n", "-3"),
        ("name,high\nTrương Tấn Sang,0000000000000330\n", "0000000000000330"),
        ("name,high\nTrương Tấn Sang,3.5\n", "3.5"),
        ("name,high\n,330\n", "history/2013.csv"),
        ("name\nTrương Tấn Sang\n", "history/2013.csv"),
        ("name,high\n", "history/2013.csv"),
        ("name,high,members\nTrương Tấn Sang,330,497\n", "497"),
        ("name,practice,high\nTrương Tấn Sang,yes,330\n", "history/2013.csv"),
        ("name,final,high\nTrương Tấn Sang,no,330\n", "history/2013.csv"),
        ("name,high\nTr\u202eương Tấn Sang,330\n", "202E"),
    ],
)
def test_a_table_that_can_not_be_right_is_refused_with_its_line(
    assembly: Path, table: str, said: str
) -> None:
    (assembly / "history" / "2013.csv").write_text(table, "utf-8")
    with pytest.raises(PlanError) as refused:
        load_plan(assembly / "plan.yaml")
    assert said in refused.value.message
    assert refused.value.message.startswith("history/2013.csv")


@pytest.mark.parametrize("file", ["../other.csv", "/etc/passwd.csv", "history/2013.xlsx", "history/none.csv"])
def test_a_table_lies_in_the_votes_own_folder(assembly: Path, file: str) -> None:
    (assembly.parent / "other.csv").write_text("name,high\nTrương Tấn Sang,3\n", "utf-8")
    text = (assembly / "plan.yaml").read_text("utf-8").replace("history/2013.csv", file)
    (assembly / "plan.yaml").write_text(text, "utf-8")
    with pytest.raises(PlanError, match=r"plan\.yaml.*15"):
        load_plan(assembly / "plan.yaml")


@pytest.mark.parametrize("date", ["2014-11-15", "2014-12", "2015", "2014-13", "2013-6", "mười ba"])
def test_an_earlier_vote_was_held_earlier_on_a_day_that_exists(assembly: Path, date: str) -> None:
    text = (assembly / "plan.yaml").read_text("utf-8").replace("2013-06", date)
    (assembly / "plan.yaml").write_text(text, "utf-8")
    with pytest.raises(PlanError, match=r"plan\.yaml.*18"):
        load_plan(assembly / "plan.yaml")


@pytest.mark.parametrize("date", ["2014", "2014-11", "2014-11-14", "2013-02-28"])
def test_of_an_earlier_vote_only_the_year_need_be_known(assembly: Path, date: str) -> None:
    text = (assembly / "plan.yaml").read_text("utf-8").replace("2013-06", date)
    (assembly / "plan.yaml").write_text(text, "utf-8")
    assert load_plan(assembly / "plan.yaml").history[0].date == date


def test_the_check_tells_how_many_people_stand_in_an_earlier_vote(
    assembly: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--lang", "en", "check", "-w", str(assembly)], standalone_mode=False)
    told = capsys.readouterr().out
    assert "history/2013.csv: Lấy phiếu tín nhiệm năm 2013 (2013-06); people in it: 13, of them" in told
    assert "voted on now: 6" in told


def test_results_published_before_can_be_put_there_as_they_are(assembly: Path) -> None:
    text = (assembly / "plan.yaml").read_text("utf-8").replace("    of: 498\n    known: inferred\n", "")
    (assembly / "plan.yaml").write_text(text.replace("NQ-35-2012-QH13", "NQ-96-2023-QH15"), "utf-8")
    (assembly / "history" / "2013.csv").write_bytes(
        b"\xef\xbb\xbfround,practice,final,name,position,votes_high,percent_high,collected\r\n"
        + "ky-hop-5,no,yes,Trương Tấn Sang,Chủ tịch nước,330,66.27,490\r\n".encode()
    )
    plan = load_plan(assembly / "plan.yaml")
    [earlier] = history_of(plan, plan.rounds[0])["phieu", "truong-tan-sang"]
    assert earlier.percent == {"high": "67.35"}


def test_a_unit_is_given_its_own_earlier_votes_only(assembly: Path, tmp_path: Path) -> None:
    text = (assembly / "plan.yaml").read_text("utf-8")
    text = text.replace("units:\n", "units:\n  - {id: tinh, name: Tỉnh}\n")
    text += "  - {file: history/tinh.csv, unit: tinh, title: Tỉnh, date: 2013, rules: NQ-35-2012-QH13}\n"
    (assembly / "plan.yaml").write_text(text, "utf-8")
    (assembly / "history" / "tinh.csv").write_text("name,high\nLê Thị Bình,7\n", "utf-8")
    plan = load_plan(assembly / "plan.yaml")
    [part] = split(assembly, plan, tmp_path / "out")
    given = load_plan(part.folder / "plan.yaml")
    assert given.history == plan.history[:1]
    assert [path.name for path in (part.folder / "history").iterdir()] == ["2013.csv"]


@settings(deadline=None, max_examples=60)
@given_any(
    st.one_of(
        st.binary(max_size=200),
        st.lists(
            st.lists(st.sampled_from(["", "name", "high", "330", "-1", "Lê A", "9" * 30, '"', "x\x00"])),
            max_size=6,
        ).map(lambda rows: "\n".join(",".join(row) for row in rows).encode()),
    )
)
def test_whatever_is_in_a_table_it_is_read_or_refused_in_sentences(content: bytes) -> None:
    vote = EarlierVote("t.csv", "quoc-hoi", "Năm 2013", "2013", load_rules("NQ-35-2012-QH13"), True, "")
    with TemporaryDirectory() as folder:
        (Path(folder) / "t.csv").write_bytes(content)
        try:
            found = read_earlier(Path(folder), vote, 498, ("plan.yaml", 1))
        except ProblemsFound as refused:
            assert all(problem.what for problem in refused.problems)
        else:
            assert all(0 <= n <= 498 for row in found.rows for n in row.votes.values())
