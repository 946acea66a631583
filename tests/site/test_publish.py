"""`phieu publish`: what is refused, what stays when a build fails, what is left out."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from phieu.cli.main import main
from phieu.site import building, pages
from phieu.site.building import BuildFailed
from phieu.vote.plan import Publication
from phieu.workspace import Workspace

from .conftest import COUNCIL, a_round, built, found


def phieu(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["--lang", "en", *arguments])


def test_a_round_that_is_not_final_is_refused_and_nothing_is_written(small_vote: Path) -> None:
    result = phieu("publish", "-w", str(small_vote))
    assert result.exit_code == 30
    assert "Not final yet" in result.output and "Traceback" not in result.output
    assert not (small_vote / "public").exists() and not (small_vote / "site").exists()


def test_a_draft_is_published_and_says_where_it_is(small_vote: Path) -> None:
    result = phieu("publish", "-w", str(small_vote), "--draft", "--practice")
    assert result.exit_code == 0, result.output
    index = small_vote / "practice" / "public" / "index.html"
    assert str(index) in result.output and "draft" in result.output
    assert "banner--draft" in index.read_text(encoding="utf-8")
    assert (small_vote / "practice" / "results" / "ky-hop-12.json").is_file()
    assert not (small_vote / "public").exists()


def test_figures_that_differ_stop_even_a_draft(small_vote: Path, tmp_path: Path) -> None:
    table = tmp_path / "published.csv"
    table.write_text("style,contest,high,confidence,low\nhdnd,tran-thi-mai-huong,73,6,2\n", encoding="utf-8")
    result = phieu("publish", "-w", str(small_vote), "--draft", "--expect", str(table))
    assert result.exit_code == 31
    assert (
        "Trần Thị Mai Hương (ky-hop-12 / hdnd / tran-thi-mai-huong), high: 0 counted, 73 published."
        in result.output
    )
    assert not (small_vote / "public").exists()


def test_a_round_of_which_nothing_is_published_is_left_out_and_named(small_vote: Path) -> None:
    plan = small_vote / "plan.yaml"
    text = plan.read_text(encoding="utf-8")
    plan.write_text(text.replace("    ballots:\n", "    publish: none\n    ballots:\n"), encoding="utf-8")
    result = phieu("publish", "-w", str(small_vote), "--draft")
    assert result.exit_code == 30
    assert "publishes no round" in result.output
    assert not (small_vote / "public").exists()


def test_a_build_that_fails_leaves_the_old_site(tmp_path: Path) -> None:
    workspace = built(found(a_round(COUNCIL)), tmp_path)
    before = (workspace.public / "index.html").read_bytes()
    with pytest.raises(BuildFailed), building.aside(workspace) as staged:
        pages.write_project(found(a_round(COUNCIL)), staged.site)
        (staged.site / "docs" / "index.md").write_text("[nowhere](nowhere.md)\n", encoding="utf-8")
        building.build(staged)
    assert (workspace.public / "index.html").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["public", "results", "site"]


def test_what_a_broken_run_left_is_cleared_and_the_new_site_holds_nothing_of_the_old(tmp_path: Path) -> None:
    workspace = built(found(a_round(COUNCIL)), tmp_path)
    (tmp_path / ".publishing-broken" / "public").mkdir(parents=True)
    built(found(a_round(COUNCIL, round_id="ky-hop-13")), tmp_path)
    assert not (workspace.public / "rounds" / "ky-hop-12").exists()
    assert (workspace.public / "rounds" / "ky-hop-13" / "index.html").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["public", "results", "site"]


def test_tables_of_a_round_withdrawn_from_publication_go_away(tmp_path: Path) -> None:
    workspace = built(found(a_round(COUNCIL)), tmp_path)
    (workspace.results / "minutes.docx").write_bytes(b"kept")
    results = found(a_round(COUNCIL, round_id="ky-hop-13"))
    with building.aside(workspace) as staged:
        pages.write_results(results, staged.results)
        pages.write_project(results, staged.site)
        building.build(staged)
        building.swap(staged, workspace, withdrawn=["ky-hop-12"])
    assert sorted(path.name for path in workspace.results.iterdir()) == [
        "ky-hop-13.csv",
        "ky-hop-13.json",
        "minutes.docx",
    ]


def test_a_summary_has_no_page_and_no_name_of_a_person(tmp_path: Path) -> None:
    workspace = built(found(a_round(COUNCIL, publish=Publication.SUMMARY)), tmp_path)
    assert not list(workspace.public.glob("rounds/*/*/*.html"))
    for path in (path for folder in (workspace.public, workspace.results) for path in folder.rglob("*")):
        if path.suffix in (".html", ".json", ".csv", ".svg", ".js", ".xml"):
            text = path.read_text(encoding="utf-8")
            for contest in COUNCIL.contests:
                assert contest.name not in text and contest.id not in text, path


def test_the_same_results_give_the_same_project_to_the_byte(tmp_path: Path) -> None:
    def project(folder: Path) -> dict[str, bytes]:
        pages.write_project(found(a_round(COUNCIL)), folder)
        return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}

    assert project(tmp_path / "a") == project(tmp_path / "b")
    assert Workspace(tmp_path).public == tmp_path / "public"
