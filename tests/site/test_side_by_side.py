"""Results side by side on the site: units in their tree, a person's two places, and earlier votes."""

import csv
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import phieu
from phieu import words
from phieu.count.desk import Desk
from phieu.count.gathered import gather
from phieu.site import building, pages
from phieu.site.pages import NothingToPublish, Published, publish
from phieu.site.places import note_on_earlier
from phieu.site.results import CountedTwice, Results, RoundResults
from phieu.vote.earlier import EarlierVote
from phieu.vote.plan import Plan
from phieu.vote.plan_file import load_plan
from phieu.vote.rules_file import load_rules
from phieu.vote.tally import BallotVotes, Figures, RoundTally, tally_style
from phieu.workspace import Workspace

from ..count.handed_in import a_bundle, corrected, handed_in

EXAMPLE = Path(phieu.__file__).parent / "examples" / "ca-mau-2023"
PUBLISHED = Path(__file__).parents[1] / "vote" / "published"
HANDED_IN = ("hdnd-tinh-ky-12", "so-y-te-2023", "hdnd-dam-sen-ky-10", "tinh-uy-2023")


def text_of(workspace: Workspace, page: str) -> str:
    """What stands on a page, as one line."""
    html = (workspace.public / page).read_text("utf-8")
    body = html[html.index("<article") : html.index("</article>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def published(name: str) -> list[dict[str, str]]:
    with (PUBLISHED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Gathered from units


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Published]:
    """The site of the example when four of its eight units have handed in, one of them a correction."""
    folder = tmp_path_factory.mktemp("province")
    workspace, plan = a_province(folder / "vote")
    for round_id in HANDED_IN:
        handed_in(a_bundle(plan.round(round_id)), folder / "units" / round_id)
    district = plan.round("hdnd-dam-sen-ky-10")
    handed_in(corrected(a_bundle(district), district), folder / "units" / "again")
    assert gather(workspace.gathered, plan, False, [folder / "units"]).exit_code == 0
    with Desk.open(workspace, plan) as desk, words.spoken("vi"):
        return workspace, publish(workspace, plan, desk)


def a_province(folder: Path) -> tuple[Workspace, Plan]:
    folder.mkdir()
    for name in ("plan.yaml", "people.csv"):
        (folder / name).write_bytes((EXAMPLE / name).read_bytes())
    return Workspace.open(folder), load_plan(folder / "plan.yaml")


def test_the_first_page_names_what_is_missing_and_how_many_of_how_many(
    province: tuple[Workspace, Published],
) -> None:
    workspace, done = province
    home = text_of(workspace, "index.html")
    assert "Có kết quả của 3 trên 5 đợt." in home
    missing = home[home.index("Còn thiếu:") : home.index("Đơn vị và đợt")]
    assert "Huyện ủy Đầm Sen: Lấy phiếu tín nhiệm tại Hội nghị Huyện ủy lần thứ 16 (14/12/2023)" in missing
    assert "Hội đồng nhân dân thành phố Sông Đốc" in missing
    assert [where.split(",")[0] for where in done.missing] == [
        "Huyện ủy Đầm Sen",
        "Hội đồng nhân dân thành phố Sông Đốc",
    ]


def test_results_stand_in_the_tree_of_the_units(province: tuple[Workspace, Published]) -> None:
    workspace, _done = province
    html = (workspace.public / "index.html").read_text("utf-8")
    units = re.findall(r'<b class="depth-(\d)">([^<]*)</b>', html)
    assert units == [
        ("0", "Tỉnh Minh Hải"),
        ("1", "Hội đồng nhân dân tỉnh Minh Hải"),
        ("1", "Sở Y tế"),
        ("1", "Huyện Đầm Sen"),
        ("2", "Hội đồng nhân dân huyện Đầm Sen"),
        ("2", "Huyện ủy Đầm Sen"),
        ("1", "Thành phố Sông Đốc"),
        ("2", "Hội đồng nhân dân thành phố Sông Đốc"),
    ]


def test_rounds_of_several_units_are_told_apart_in_the_tabs(province: tuple[Workspace, Published]) -> None:
    workspace, _done = province
    html = (workspace.public / "index.html").read_text("utf-8")
    tabs = html[html.index('class="md-tabs__list"') :]
    assert re.findall(r'<a href="rounds/([^/"]*)/[^>]*>\s*([^<]*?)\s*</a>', tabs[: tabs.index("</ul>")]) == [
        ("hdnd-tinh-ky-12", "Hội đồng nhân dân tỉnh Minh Hải"),
        ("so-y-te-2023", "Sở Y tế"),
        ("hdnd-dam-sen-ky-10", "Hội đồng nhân dân huyện Đầm Sen"),
    ]


def test_a_round_that_the_plan_withholds_is_nowhere_on_the_site(
    province: tuple[Workspace, Published],
) -> None:
    workspace, done = province
    assert "Lấy phiếu tín nhiệm tại Hội nghị Tỉnh ủy lần thứ 15" in done.withheld
    pages_ = "".join(path.read_text("utf-8") for path in workspace.public.rglob("*.html"))
    for withheld in ("Tỉnh ủy Minh Hải", "tinh-uy-2023", "Đặng Văn Lâm", "Ban Dân vận", "thanh-uy"):
        assert withheld not in pages_
    assert not list(workspace.results.glob("tinh-uy-2023.*"))


def test_a_person_with_two_places_shows_both_in_each(province: tuple[Workspace, Published]) -> None:
    workspace, _done = province
    for page, other in (
        ("hdnd-tinh-ky-12/ubnd", "so-y-te-2023/lanh-dao"),
        ("so-y-te-2023/lanh-dao", "hdnd-tinh-ky-12/ubnd"),
    ):
        text = text_of(workspace, f"rounds/{page}/huynh-bao-chau.html")
        places = text[text.index("Được lấy phiếu ở nhiều nơi") :]
        assert "Sở Y tế" in places and "Hội đồng nhân dân tỉnh Minh Hải" in places
        html = (workspace.public / f"rounds/{page}/huynh-bao-chau.html").read_text("utf-8")
        assert f'href="../../{other}/huynh-bao-chau.html"' in html
    # Her other place is a round of which nothing is published.
    alone = text_of(workspace, "rounds/hdnd-tinh-ky-12/hdnd/tran-thi-mai-huong.html")
    assert "nhiều nơi" not in alone


def test_the_counts_are_those_of_the_bundles_and_their_hashes_are_told(
    province: tuple[Workspace, Published],
) -> None:
    workspace, _done = province
    plan = workspace.plan()
    bundle = a_bundle(plan.round("so-y-te-2023"))
    with (workspace.results / "so-y-te-2023.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["votes_high"]) for row in rows] == [
        contest.votes["high"] for contest in bundle.tally.styles[0].contests
    ]
    told = text_of(workspace, "how-it-was-counted.html")
    assert bundle.fingerprint in told
    district = plan.round("hdnd-dam-sen-ky-10")
    assert corrected(a_bundle(district), district).fingerprint in told
    assert a_bundle(district).fingerprint not in told
    assert "Đếm thiếu một phiếu" in text_of(workspace, "rounds/hdnd-dam-sen-ky-10/index.html")


def test_when_only_withheld_rounds_are_gathered_there_is_nothing_to_publish(tmp_path: Path) -> None:
    workspace, plan = a_province(tmp_path / "vote")
    gather(
        workspace.gathered,
        plan,
        False,
        [handed_in(a_bundle(plan.round("tinh-uy-2023")), tmp_path / "unit")],
    )
    with Desk.open(workspace, plan) as desk, pytest.raises(NothingToPublish):
        publish(workspace, plan, desk)


def test_a_round_counted_here_and_handed_in_otherwise_is_refused_by_name(tmp_path: Path) -> None:
    workspace, plan = a_province(tmp_path / "vote")
    bundle = a_bundle(plan.round("so-y-te-2023"))
    gather(workspace.gathered, plan, False, [handed_in(bundle, tmp_path / "unit")])
    with Desk.open(workspace, plan) as desk:
        desk.set_figures("so-y-te-2023", "lanh-dao", "Trần A", collected=8)
        with pytest.raises(CountedTwice, match="so-y-te-2023"):
            publish(workspace, plan, desk)


# Earlier votes


HISTORY = """\
title: Lấy phiếu tín nhiệm năm 2018
people: people.csv
units:
  - {id: quoc-hoi, name: Quốc hội}
rounds:
  - id: ky-hop-6
    title: Lấy phiếu tín nhiệm tại kỳ họp thứ 6
    unit: quoc-hoi
    date: 2018-10-25
    place: Hà Nội
    rules: NQ-85-2014-QH13
    note: Số phiếu đã công bố, chỉ gồm những người có đủ số phiếu trong nguồn dẫn.
    source: https://vtcnews.vn/ket-qua-lay-phieu-tin-nhiem-48-chuc-danh-ar434327.html
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
    source: https://dtinews.dantri.com.vn/print/20130611163423150.htm
  - file: history/2014.csv
    unit: quoc-hoi
    title: Lấy phiếu tín nhiệm năm 2014
    date: 2014-11
    rules: NQ-85-2014-QH13
    of: 497
    known: inferred
    source: https://vietnamnet.vn/thu-tuong-thong-doc-nhnn-cai-thien-tin-nhiem-207298.html
"""


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The published results of 2018 with those of 2013 and 2014 beside them."""
    folder = tmp_path_factory.mktemp("assembly")
    (folder / "history").mkdir()
    for year in ("2013", "2014"):
        (folder / f"history/{year}.csv").write_bytes((PUBLISHED / f"qh13_{year}.csv").read_bytes())
    (folder / "plan.yaml").write_text(HISTORY, "utf-8")
    before = {row["name"] for year in ("2013", "2014") for row in published(f"qh13_{year}")}
    now = [row for row in published("qh14_2018") if row["name"] in before | {"Đỗ Bá Tỵ"}]
    with (folder / "people.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("Họ và tên", "Chức vụ"), *((row["name"], row["position"]) for row in now)]
        )
    plan = load_plan(folder / "plan.yaml")
    [a_round] = plan.rounds
    [style] = a_round.styles
    said = {
        contest.id: [option for option in ("high", "confidence", "low") for _ in range(int(row[option] or 0))]
        for contest, row in zip(style.contests, now, strict=True)
    }
    ballots = [
        BallotVotes({contest: rows[n] if n < len(rows) else "blank" for contest, rows in said.items()})
        for n in range(475)
    ]
    figures = Figures(members=485, issued=475, collected=475)
    tally = RoundTally(
        a_round.id, a_round.title, True, (), (tally_style(style, a_round.rules, ballots, figures, True),)
    )
    numbers = replace(
        a_bundle(a_round).statistics, ballots={"phieu": 475}
    )  # of no interest here, but the pages show them
    results = Results(plan, False, "c0ffee" * 10 + "beef", (RoundResults(a_round, tally, numbers),), ())
    workspace = Workspace(folder)
    with words.spoken("vi"), building.aside(workspace) as staged:
        pages.write_results(results, staged.results)
        pages.write_project(results, staged.site)
        building.build(staged)
        building.swap(staged, workspace, withdrawn=[])
    return workspace


def test_a_round_shows_each_persons_change_since_the_vote_before(assembly: Workspace) -> None:
    text = text_of(assembly, "rounds/ky-hop-6/index.html")
    changes = text[text.index("Thay đổi so với lần trước") :]
    # 437 of 485 now, 390 of 497 in 2014: +47 votes, 90.10 - 78.47 points.
    assert "Nguyễn Thị Kim Ngân 11/2014 → 25/10/2018 +11,63 78,47% → 90,10% 390 → 437 (+47)" in changes
    # In 2014 his counts were not read; in 2013 they were.
    assert "Phùng Quốc Hiển 06/2013 → 25/10/2018 +16,21 58,43% → 74,64% 291 → 362 (+71)" in changes
    assert "Đỗ Bá Tỵ" not in changes
    assert "suy ra từ các tỷ lệ đã công bố" in changes


def test_a_person_shows_every_earlier_vote_and_the_slope(assembly: Workspace, chromium: Browser) -> None:
    text = text_of(assembly, "rounds/ky-hop-6/phieu/nguyen-thi-kim-ngan.html")
    earlier = text[text.index("So với các lần trước") :]
    assert "06/2013 372 74,70% 104 20,88% 14 2,81%" in earlier
    assert "11/2014 390 78,47% 86 17,30% 9 1,81%" in earlier
    assert "Thay đổi so với lần trước +47 +11,63 điểm −52 −10,29 điểm −5 −0,99 điểm" in earlier
    assert "Khi đó: Phó Chủ tịch Quốc hội." in earlier
    for width in (1366, 390):
        page = chromium.new_page(viewport={"width": width, "height": 900})
        page.goto((assembly.public / "rounds/ky-hop-6/phieu/nguyen-thi-kim-ngan.html").as_uri())
        pictures = page.locator(".chart img")
        assert [pictures.nth(n).evaluate("image => image.naturalWidth > 0") for n in range(2)] == [True] * 2
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.close()
    svg = (assembly.public / "rounds/ky-hop-6/phieu/nguyen-thi-kim-ngan-earlier.svg").read_text("utf-8")
    assert "74,70%" in svg and "90,10%" in svg and "Tín nhiệm thấp" in svg


def test_somebody_who_was_not_voted_on_before_has_no_slope(assembly: Workspace) -> None:
    assert "So với các lần trước" not in text_of(assembly, "rounds/ky-hop-6/phieu/do-ba-ty.html")
    assert not (assembly.public / "rounds/ky-hop-6/phieu/do-ba-ty-earlier.svg").exists()


def test_shares_of_different_numbers_are_not_compared_without_saying_so() -> None:
    then, now = load_rules("NQ-85-2014-QH13"), load_rules("NQ-96-2023-QH15")
    row = next(row for row in published("provinces") if row["name"] == "Nguyễn Tiến Hải" and row["pct_high"])
    vote = EarlierVote("2018.csv", "hdnd", "Kỳ họp 2018", row["date"], then, True, "")
    with words.spoken("en"):
        said = note_on_earlier(vote, now)
        assert said.startswith("Kỳ họp 2018 (06/12/2018). Percentages were of all members.")
        assert "worked out from published percentages" in said
        assert "Now they are of the ballots collected" in said
        same = note_on_earlier(replace(vote, inferred=False), then)
        assert same == "Kỳ họp 2018 (06/12/2018). Percentages were of all members."
