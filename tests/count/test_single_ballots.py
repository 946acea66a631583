"""Single ballots for auditors: what is in the file, what is not, who may have it, and its recount."""

import json
import stat
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phieu import words
from phieu.cli.main import main
from phieu.count import cvr, journal, review, single_ballots
from phieu.count.cvr_reading import CvrError, Recount, recount, recount_file
from phieu.count.desk import Desk
from phieu.count.journal import Act
from phieu.errors import ExitCode
from phieu.ocr.reading import Outcome
from phieu.vote.tally import BallotVotes, RoundTally
from phieu.workspace import Workspace

from .conftest import HDND, ROUND

NIST = json.loads((Path(__file__).parent / "nist" / "NIST_V0_cast_vote_records.json").read_text("utf-8"))
CONSENT = ("--by", "Lê Văn Tám", "--yes-these-are-single-ballots")
Phieu = Callable[..., Result]


@pytest.fixture
def phieu(vote: Path) -> Phieu:
    def run(*arguments: str, root: bool = True) -> Result:
        with words.spoken("en"):
            where = ("--workspace", str(vote)) if root else ()
            result = CliRunner().invoke(main, ["--lang", "en", *arguments, *where])
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def counted(desk: Desk, fake_page: Any) -> Desk:
    """Twelve ballots of one kind, with a blank row that people settled, and three of another; all final."""
    options = ("high", "confidence", "low")
    marks = [{HDND[0]: options[n % 3], HDND[1]: options[n % 2]} for n in range(11)]
    pages = [fake_page(f"p{n}", one) for n, one in enumerate(marks)]
    desk.commit_batch("b1", 12, [*pages, fake_page("p11", {HDND[2]: ()})], {})
    desk.commit_batch("b2", 3, [fake_page(f"u{n}", style="ubnd") for n in range(3)], {})
    (question,) = review.questions(desk)
    review.decide(desk, question.id, "blank", "Lê Văn Tám")
    desk.set_figures(ROUND, "hdnd", "Lê Văn Tám", issued=12, collected=12)
    desk.set_figures(ROUND, "ubnd", "Lê Văn Tám", issued=3, collected=3)
    return desk


def as_counts(found: Recount) -> dict[str, Any]:
    return {style: (one.valid, one.invalid, one.rows) for style, one in found.styles.items()}


def as_told(tally: RoundTally) -> dict[str, Any]:
    """Return the desk's own tally in the shape of a recount; what never happened stands in neither."""
    told = {}
    for style in tally.styles:
        rows = {}
        for one in style.contests:
            others = {"blank": one.blank, "overvoted": one.overvoted, "spoiled": one.spoiled}
            rows[one.id] = one.votes | {said: n for said, n in others.items() if n}
        told[style.id] = (style.valid, style.invalid, rows)
    return told


def test_the_file_fits_the_schema_of_nist_and_counts_to_the_same_tally(
    phieu: Phieu, counted: Desk, vote: Path
) -> None:
    done = phieu("export", ROUND, "--to", "cvr", *CONSENT)
    assert done.exit_code == 0, done.output
    path = vote / "results" / "export" / f"{ROUND}.cvr.json"
    report = json.loads(path.read_bytes())
    jsonschema.Draft4Validator(NIST).validate(report)
    assert len(report["CVR"]) == 15
    assert as_counts(recount_file(path)) == as_told(counted.tally(ROUND))
    again = phieu("recount", str(path), "--json", root=False)
    said = json.loads(again.stdout)
    assert [one["read"] for one in said["ballots"]] == [12, 3]
    assert "Lê Quang Định" in phieu("recount", str(path), root=False).stdout


def test_an_auditor_counts_the_file_against_the_bundle_of_the_closed_round(
    phieu: Phieu, counted: Desk, vote: Path, tmp_path: Path
) -> None:
    counted.close(ROUND, ["Lê Văn Tám"])
    bundle = str(vote / "results" / f"{ROUND}.bundle.json")
    path = tmp_path / "a.json"
    assert phieu("export", ROUND, "--to", "cvr", "--out", str(path), *CONSENT).exit_code == 0
    same = phieu("recount", str(path), "--against", bundle, root=False)
    assert same.exit_code == 0 and "just what the bundle says" in same.stdout
    report = json.loads(path.read_bytes())
    for change, named in ((_drop_a_ballot, "ballots"), (_turn_a_vote, "low"), (_make_practice, "rehearsal")):
        path.write_text(json.dumps(change(json.loads(json.dumps(report)))))
        other = phieu("recount", str(path), "--against", bundle, root=False)
        assert other.exit_code == ExitCode.RESULTS_DIFFER and named in other.stderr, other.output


def _drop_a_ballot(report: Any) -> Any:
    report["CVR"].pop()
    return report


def _turn_a_vote(report: Any) -> Any:
    for record in report["CVR"]:
        for row in record["CVRSnapshot"][0]["CVRContest"]:
            for one in row.get("CVRContestSelection", []):
                if one["ContestSelectionId"] == f"hdnd.{HDND[0]}.high":
                    one["ContestSelectionId"] = f"hdnd.{HDND[0]}.low"
                    return report
    raise AssertionError("nobody chose high")


def _make_practice(report: Any) -> Any:
    return report | {"ReportType": ["adjudicated", "other"], "OtherReportType": "practice"}


def test_nothing_in_the_file_ties_a_ballot_to_its_page(phieu: Phieu, counted: Desk, vote: Path) -> None:
    phieu("export", ROUND, "--to", "cvr", *CONSENT)
    text = (vote / "results" / "export" / f"{ROUND}.cvr.json").read_text("utf-8")
    for reading in counted.readings():
        assert reading.sha256 not in text and str(reading.form) not in text
    assert "scan.pdf" not in text and "b1" not in text and "Lê Văn Tám" not in text
    allowed = {"@type", "BallotStyleId", "ElectionId", "CurrentSnapshotId", "CVRSnapshot"}
    of_snapshot = {"@type", "@id", "Type", "CVRContest"}
    for number, record in enumerate(json.loads(text)["CVR"], start=1):
        (snapshot,) = record["CVRSnapshot"]
        assert set(record) == allowed and set(snapshot) == of_snapshot
        # Named by its place in the file, which is drawn by chance.
        assert snapshot["@id"] == f"ballot-{number}"


def test_the_order_is_drawn_anew_each_time(counted: Desk, tmp_path: Path) -> None:
    orders = set()
    for n in range(5):
        path = tmp_path / f"{n}.json"
        single_ballots.write(counted, ROUND, "Lê Văn Tám", path)
        report = json.loads(path.read_text("utf-8"))
        orders.add(
            json.dumps([[r["BallotStyleId"], r["CVRSnapshot"][0]["CVRContest"]] for r in report["CVR"]])
        )
    # 15 ballots have more than a million orders that can be told apart.
    assert len(orders) == 5


def test_a_row_people_settled_is_not_told_from_others(counted: Desk, tmp_path: Path) -> None:
    single_ballots.write(counted, ROUND, "Lê Văn Tám", tmp_path / "a.json")
    report = json.loads((tmp_path / "a.json").read_text("utf-8"))
    snapshots = [record["CVRSnapshot"][0] for record in report["CVR"]]
    assert {one["Type"] for one in snapshots} == {"interpreted"}
    rows = [row for one in snapshots for row in one["CVRContest"] if "Status" in row]
    assert [row["Status"] for row in rows] == [["not-indicated"]]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file modes")
def test_only_its_owner_can_read_the_file(counted: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("before")
    path.chmod(0o644)
    single_ballots.write(counted, ROUND, "Lê Văn Tám", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.glob(".*.part")) == []


def test_the_journal_says_who_took_single_ballots(phieu: Phieu, counted: Desk, tmp_path: Path) -> None:
    done = phieu("export", ROUND, "--to", "cvr", "--out", str(tmp_path / "a.json"), *CONSENT)
    with counted.store.reading() as connection:
        (entry,) = journal.of_act(connection, Act.EXPORT)
    assert entry["by"] == "Lê Văn Tám" and entry["round"] == ROUND and entry["ballots"] == 15
    assert entry["sha256"] in done.stdout
    assert phieu("verify").exit_code == 0


def test_single_ballots_are_not_written_without_consent_and_a_name(
    phieu: Phieu, counted: Desk, vote: Path
) -> None:
    for missing in ((), CONSENT[:2], CONSENT[2:]):
        refused = phieu("export", ROUND, "--to", "cvr", *missing)
        assert refused.exit_code == ExitCode.USAGE
        assert "signature" in refused.stderr
    assert not (vote / "results" / "export").exists()
    with counted.store.reading() as connection:
        assert journal.of_act(connection, Act.EXPORT) == []


def test_a_round_with_an_open_question_gives_no_single_ballots(
    phieu: Phieu, counted: Desk, fake_page: Any, tmp_path: Path
) -> None:
    counted.commit_batch("b3", 1, [fake_page("open", {HDND[0]: "?"})], {})
    refused = phieu("export", ROUND, "--to", "cvr", "--out", str(tmp_path / "a.json"), *CONSENT)
    assert refused.exit_code == ExitCode.NOT_FINAL
    assert list(tmp_path.glob("*.json")) == []


@pytest.mark.parametrize("folder", ["public", "site/docs", "results", "results/ky-hop-12"])
def test_single_ballots_are_never_written_among_what_is_published(
    phieu: Phieu, counted: Desk, vote: Path, folder: str
) -> None:
    refused = phieu("export", ROUND, "--to", "cvr", "--out", str(vote / folder / "a.json"), *CONSENT)
    assert refused.exit_code == ExitCode.USAGE
    assert not (vote / folder / "a.json").exists()


def test_publishing_copies_no_export(phieu: Phieu, counted: Desk, vote: Path) -> None:
    phieu("export", ROUND, "--to", "cvr", *CONSENT)
    phieu("export", ROUND, "--to", "csv")
    assert phieu("publish").exit_code == 0
    assert sorted(path.name for path in (vote / "results" / "export").iterdir()) == [
        f"{ROUND}.csv",
        f"{ROUND}.cvr.json",
    ]
    for folder in ("public", "site"):
        for path in (vote / folder).rglob("*"):
            assert "export" not in path.name and "cvr" not in path.name
            assert path.is_dir() or b"CastVoteRecord" not in path.read_bytes()


def test_an_invalid_ballot_gives_away_nothing_but_that(counted: Desk) -> None:
    a_round = counted.round(ROUND)
    rows = dict.fromkeys((one.id for one in a_round.styles[0].contests), "high")
    report = written(counted, [("hdnd", BallotVotes(rows, valid=False))])
    (record,) = report["CVR"]
    assert "CVRContest" not in record["CVRSnapshot"][0]
    assert recount(report).styles["hdnd"].invalid == 1


def test_a_rehearsal_says_so_in_the_file_and_can_not_pass_for_the_real_vote(vote: Path) -> None:
    workspace = Workspace.open(vote, practice=True)
    with Desk.open(workspace, workspace.plan()) as desk:
        for style in ("hdnd", "ubnd"):
            desk.set_figures(ROUND, style, "Lê Văn Tám", collected=0)
        target = single_ballots.export_folder(workspace) / "a.json"
        single_ballots.write(desk, ROUND, "Lê Văn Tám", target)
    assert target.is_relative_to(vote / "practice")
    report = json.loads(target.read_text("utf-8"))
    jsonschema.Draft4Validator(NIST).validate(report)
    assert recount(report).practice is True
    assert recount(report | {"OtherReportType": "x", "ReportType": ["adjudicated"]}).practice is False


def written(desk: Desk, ballots: list[cvr.Cast]) -> Any:
    text = "".join(cvr.written(desk.round(ROUND), False, ballots, datetime(2026, 12, 7, tzinfo=UTC)))
    return json.loads(text)


SAID = st.sampled_from(["high", "confidence", "low", "blank", "overvoted", "spoiled"])
BALLOT = st.builds(
    lambda rows, valid: ("hdnd", BallotVotes(dict(zip(HDND, rows, strict=True)), valid)),
    st.tuples(SAID, SAID, SAID),
    st.booleans(),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(BALLOT, max_size=30))
def test_whatever_ballots_say_comes_back_as_it_was(desk: Desk, ballots: list[cvr.Cast]) -> None:
    report = written(desk, cvr.shuffled(ballots))
    jsonschema.Draft4Validator(NIST).validate(report)
    found = recount(report).styles["hdnd"]
    valid = [votes for _style, votes in ballots if votes.valid]
    assert (found.valid, found.invalid) == (len(valid), len(ballots) - len(valid))
    for contest in HDND:
        said = Counter(votes.rows[contest] for votes in valid)
        assert {what: n for what, n in found.rows[contest].items() if n} == said


def test_how_many_ballots_are_alone_in_what_they_say_is_told(counted: Desk) -> None:
    def ballot(*said: str, valid: bool = True) -> cvr.Cast:
        return "hdnd", BallotVotes(dict(zip(HDND, said, strict=True)), valid)

    all_high = ballot("high", "high", "high")
    assert cvr.alone([all_high, all_high, ballot("high", "high", "low")]) == 1
    assert cvr.alone([all_high, all_high]) == 0


DAMAGE: dict[str, Callable[[Any], Any]] = {
    "another version": lambda r: r.update(Version="2.0.0"),
    "a record twice": lambda r: r["CVR"].append(r["CVR"][0]),
    "a row missing": lambda r: r["CVR"][0]["CVRSnapshot"][0]["CVRContest"].pop(),
    "a row twice": lambda r: r["CVR"][0]["CVRSnapshot"][0]["CVRContest"].append(
        r["CVR"][0]["CVRSnapshot"][0]["CVRContest"][0]
    ),
    "two choices": lambda r: _selections(r).append(_selections(r)[0]),
    "a choice of two votes": lambda r: _selections(r)[0]["SelectionPosition"][0].update(NumberVotes=2),
    "an unknown option": lambda r: _selections(r)[0].update(ContestSelectionId="hdnd.x.y"),
    "an unknown state": lambda r: r["CVR"][0]["CVRSnapshot"][0].update(Status=["needs-adjudication"]),
    "another vote": lambda r: r["CVR"][0].update(ElectionId="x"),
    "an unknown ballot": lambda r: r["CVR"][0].update(BallotStyleId="x"),
    "no list": lambda r: r.update(CVR=None),
    "no report": lambda r: r.clear(),
}


def _selections(report: Any) -> Any:
    return report["CVR"][0]["CVRSnapshot"][0]["CVRContest"][0]["CVRContestSelection"]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_record_that_is_not_understood_is_refused_and_never_passed_over(
    desk: Desk, tmp_path: Path, damage: str
) -> None:
    ballot = ("hdnd", BallotVotes(dict.fromkeys(HDND, "high")))
    report = written(desk, [ballot, ballot])
    recount(report)
    DAMAGE[damage](report)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(report))
    with pytest.raises(CvrError):
        recount_file(path)


@pytest.mark.parametrize("data", [b"", b"[", b"\xff\xfe", b"null", b"[" * 100_000, b'{"@type": 3}'])
def test_a_file_that_is_none_is_a_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(CvrError):
        recount_file(path)


def test_two_readings_of_a_page_are_one_ballot_in_the_file(
    counted: Desk, fake_page: Any, tmp_path: Path
) -> None:
    report = counted.commit_batch("b4", 1, [fake_page("p0")], {})
    assert report.pages[Outcome.DUPLICATE] == 1
    assert single_ballots.write(counted, ROUND, "A", tmp_path / "a.json").ballots == 15
