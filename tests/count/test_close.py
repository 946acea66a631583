"""Closing, explaining and reopening a round: what they need, what they refuse, what they leave."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, text

from phieu.count import journal, review, rounds, store
from phieu.count.answer import AnswerError
from phieu.count.bundle import read_bundle
from phieu.count.desk import Desk
from phieu.count.ending import NotClosed
from phieu.count.journal import Act
from phieu.count.question import NOT_BALLOT
from phieu.count.rounds import RoundClosed
from phieu.count.standing import NotClosable, ResultsChanged
from phieu.count.verify import verify
from phieu.errors import WorkspaceError
from phieu.ocr.reading import Outcome
from phieu.workspace import Workspace

ROUND = "ky-hop-12"
CHAIR = "Trần Văn Trưởng"
CONTEST = "le-quang-dinh"


@pytest.fixture
def counted(either_database: str, vote: Path, fake_page: Any) -> Iterator[Desk]:
    """A count in which nothing is open any more: three ballots of one kind, one of the other."""
    workspace = Workspace.open(vote)
    with Desk.open(workspace, workspace.plan()) as desk:
        fill(desk, fake_page)
        yield desk


def fill(desk: Desk, fake_page: Any) -> None:
    pages = [fake_page("p0"), fake_page("p1", {CONTEST: "low"}), fake_page("p2", {CONTEST: "none"})]
    desk.commit_batch("b1", 3, pages, {})
    desk.commit_batch("b2", 1, [fake_page("q0", style="ubnd")], {})
    (question,) = review.questions(desk)
    review.decide(desk, question.id, "blank", "Lê Văn Tám")
    desk.set_figures(ROUND, "hdnd", CHAIR, issued=3, collected=3)
    desk.set_figures(ROUND, "ubnd", CHAIR, issued=1, collected=1)


def file_of(desk: Desk) -> Path:
    return desk.workspace.results / f"{ROUND}.bundle.json"


def test_a_closed_round_is_a_file_with_its_hash_beside_it_and_the_same_tally(counted: Desk) -> None:
    before = counted.tally(ROUND)
    bundle = counted.close(ROUND, [CHAIR, "Lê Thị Thư Ký", CHAIR])
    assert read_bundle(file_of(counted)) == bundle == counted.bundle(ROUND)
    sums = file_of(counted).with_name(f"{ROUND}.bundle.json.sha256").read_text(encoding="ascii")
    assert sums == f"{bundle.sha256}  {ROUND}.bundle.json\n"
    assert bundle.tally == before == counted.tally(ROUND)
    assert bundle.closed_by == (CHAIR, "Lê Thị Thư Ký")
    assert bundle.decided["row"] == 1 and bundle.explained == () and bundle.corrects == ""
    assert verify(counted) == []


def test_closing_again_changes_nothing_and_writes_a_lost_file_again(counted: Desk) -> None:
    bundle = counted.close(ROUND, [CHAIR])
    head = counted.journal_head()
    shutil.rmtree(counted.workspace.results)
    assert any("is missing" in problem for problem in verify(counted))
    assert counted.close(ROUND, ["Ai Khác"]).fingerprint == bundle.fingerprint
    assert read_bundle(file_of(counted)) == bundle
    file_of(counted).write_bytes(file_of(counted).read_bytes().replace(b'"high":3', b'"high":2'))
    assert any("is not what was closed" in problem for problem in verify(counted))
    counted.close(ROUND, [CHAIR])
    assert counted.journal_head() == head and verify(counted) == []


def test_killed_between_the_journal_and_the_file_a_round_is_closed_and_the_file_comes_later(
    counted: Desk,
) -> None:
    counted.workspace.results.parent.mkdir(exist_ok=True)
    counted.workspace.results.write_text("in the way", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="is closed, but"):
        counted.close(ROUND, [CHAIR])
    bundle = counted.bundle(ROUND)
    assert bundle is not None
    counted.workspace.results.unlink()
    assert counted.close(ROUND, [CHAIR]) == bundle == read_bundle(file_of(counted))


def test_a_round_with_anything_open_is_not_closed_and_everything_open_is_named(
    vote: Path, fake_page: Any
) -> None:
    workspace = Workspace.open(vote)
    with Desk.open(workspace, workspace.plan()) as desk:
        desk.commit_batch("b1", 1, [fake_page("p0", {CONTEST: "none"})], {})
        desk.commit_batch("b2", 1, [fake_page("p1", outcome=Outcome.REVIEW)], {})
        desk.commit_batch("b3", 9, [fake_page("p2")], {})
        desk.set_figures(ROUND, "hdnd", CHAIR, issued=3)
        head = desk.journal_head()
        with pytest.raises(NotClosable) as refused:
            desk.close(ROUND, [CHAIR])
        said = refused.value.message
        for part in (
            "Batch b3 is staged",
            "1 question waits",
            "1 page is for review",
            "hdnd: how many were collected was not told yet",
            "ubnd: how many were issued was not told. [ky-hop-12/ubnd/issued-collected]",
        ):
            assert part in said
        assert desk.journal_head() == head and desk.bundle(ROUND) is None
        assert not file_of(desk).exists()


@pytest.mark.parametrize("name", ["", "   "])
def test_nobody_closes_explains_or_reopens_without_a_name_and_a_reason(counted: Desk, name: str) -> None:
    counted.set_figures(ROUND, "ubnd", CHAIR, issued=2)
    for act in (
        lambda: counted.close(ROUND, [name]),
        lambda: counted.close(ROUND, []),
        lambda: counted.explain(ROUND, "ubnd/issued-collected", "went home", name),
        lambda: counted.explain(ROUND, "ubnd/issued-collected", name, CHAIR),
    ):
        with pytest.raises(AnswerError):
            act()
    counted.explain(ROUND, "ubnd/issued-collected", "one voter took the ballot home", CHAIR)
    counted.close(ROUND, [CHAIR])
    for reason, by in ((name, CHAIR), ("miscounted", name)):
        with pytest.raises(AnswerError):
            counted.reopen(ROUND, reason, by)
    assert counted.bundle(ROUND) is not None


def test_a_difference_blocks_closing_until_it_is_explained_and_again_when_a_number_changes(
    counted: Desk,
) -> None:
    counted.set_figures(ROUND, "hdnd", CHAIR, issued=4, present=4)
    with pytest.raises(NotClosable, match="ky-hop-12/hdnd/issued-collected"):
        counted.close(ROUND, [CHAIR])
    counted.explain(ROUND, "hdnd/issued-collected", "one ballot was taken home", CHAIR)
    counted.set_figures(ROUND, "hdnd", CHAIR, issued=5, present=5)
    with pytest.raises(NotClosable, match="5 were issued, but 3 were collected"):
        counted.close(ROUND, [CHAIR])
    counted.explain(ROUND, "hdnd/issued-collected", "two were taken home", "Phạm Phó")
    bundle = counted.close(ROUND, [CHAIR])
    (one,) = bundle.explained
    assert (one.style, one.difference, one.by) == ("hdnd", "hdnd/issued-collected", "Phạm Phó")
    assert (
        one.explanation == "two were taken home" and "phát ra 5 phiếu" in one.sentence
    )  # in the plan's language
    assert read_bundle(file_of(counted)).explained == bundle.explained


def test_fewer_read_than_collected_is_final_only_when_explained_and_closed(counted: Desk) -> None:
    counted.set_figures(ROUND, "ubnd", CHAIR, issued=2, collected=2)
    counted.explain(ROUND, "ubnd/collected-read", "one ballot is torn to pieces, kept in envelope 2", CHAIR)
    tally = counted.tally(ROUND)
    assert not tally.final and "Explained by Trần Văn Trưởng" in tally.open[0]
    assert all(contest.outcome is None for contest in tally.styles[1].contests)
    bundle = counted.close(ROUND, [CHAIR])
    assert counted.tally(ROUND) == bundle.tally and bundle.tally.final
    assert bundle.tally.styles[1].read == 1 and bundle.tally.styles[1].figures.collected == 2
    assert bundle.tally.styles[1].contests[0].percent["high"] == "50.00"
    (one,) = bundle.explained
    assert one.sentence == "Phiếu ubnd: thu về 2, nhưng đọc được 1."
    assert verify(counted) == []


def test_more_read_than_collected_is_never_explained_away(counted: Desk) -> None:
    counted.set_figures(ROUND, "hdnd", CHAIR, issued=2, collected=2)
    with pytest.raises(AnswerError, match="2 were collected, but 3 were read"):
        counted.explain(ROUND, "hdnd/collected-read", "it is so", CHAIR)
    with pytest.raises(NotClosable) as refused:
        counted.close(ROUND, [CHAIR])
    assert "counted twice" in refused.value.hint


def test_what_is_no_difference_can_not_be_explained(counted: Desk) -> None:
    for name in ("hdnd/collected-read", "hdnd", "", "open-question", "khac/issued-collected"):
        with pytest.raises(AnswerError, match="no difference"):
            counted.explain(ROUND, name, "a reason", CHAIR)
    with pytest.raises(AnswerError, match="no round"):
        counted.explain("khac", "hdnd/issued-collected", "a reason", CHAIR)


def refused_while_closed(desk: Desk, fake_page: Any) -> list[Callable[[], object]]:
    (question,) = review.questions(desk)
    new = fake_page("p9")
    return [
        lambda: desk.commit_batch("b9", 1, [new], {}),
        lambda: desk.commit_batch("b9", 7, [new], {}),
        lambda: desk.commit_batch("b9", 2, [fake_page("p8", outcome=Outcome.BLANK), new], {}),
        lambda: desk.take_in("b9", 1, [desk.workspace.root / "plan.yaml"]),
        lambda: desk.withdraw("b1", "a reason", CHAIR),
        lambda: desk.withdraw("b2", "a reason", CHAIR),
        lambda: review.decide(desk, question.id, "high", CHAIR),
        lambda: review.undo(desk, question.id, CHAIR),
        lambda: desk.set_figures(ROUND, "hdnd", CHAIR, members=90),
        lambda: desk.explain(ROUND, "hdnd/issued-collected", "a reason", CHAIR),
    ]


def test_a_closed_round_refuses_whatever_would_change_it_by_name_and_nothing_is_changed(
    counted: Desk, fake_page: Any
) -> None:
    counted.set_figures(ROUND, "hdnd", CHAIR, issued=4)
    counted.explain(ROUND, "hdnd/issued-collected", "taken home", CHAIR)
    bundle = counted.close(ROUND, [CHAIR])
    head, batches = counted.journal_head(), counted.batches()
    for act in refused_while_closed(counted, fake_page):
        with pytest.raises(RoundClosed, match="ky-hop-12 is closed") as refused:
            act()
        assert "reopen ky-hop-12" in refused.value.hint
    assert (counted.journal_head(), counted.batches()) == (head, batches)
    assert not (counted.workspace.scans / "b9").exists()
    assert counted.bundle(ROUND) == bundle and verify(counted) == []
    counted.reopen(ROUND, "the box was opened again", CHAIR)
    for act in refused_while_closed(counted, fake_page)[-4:]:
        act()
    counted.withdraw("b2", "a reason", CHAIR)
    assert counted.commit_batch("b9", 1, [fake_page("p9")], {}).sheets == 1


def test_sheets_of_a_closed_round_scanned_again_are_told_as_duplicates(counted: Desk, fake_page: Any) -> None:
    counted.close(ROUND, [CHAIR])
    head = counted.journal_head()
    report = counted.commit_batch("b9", 1, [fake_page("p0")], {})
    assert report.state is None and report.pages[Outcome.DUPLICATE] == 1
    assert counted.journal_head() == head


def test_a_page_that_was_said_to_be_no_ballot_stays_so_while_its_batch_is_of_a_closed_round(
    vote: Path, fake_page: Any
) -> None:
    workspace = Workspace.open(vote)
    with Desk.open(workspace, workspace.plan()) as desk:
        pages = [fake_page("p0"), fake_page("p1", outcome=Outcome.REVIEW)]
        desk.commit_batch("b1", 2, pages, {})
        (question,) = review.questions(desk)
        review.decide(desk, question.id, NOT_BALLOT, CHAIR)
        desk.set_figures(ROUND, "hdnd", CHAIR, issued=1, collected=1)
        desk.set_figures(ROUND, "ubnd", CHAIR, issued=0, collected=0)
        desk.close(ROUND, [CHAIR])
        with pytest.raises(RoundClosed):
            review.undo(desk, question.id, CHAIR)
        with pytest.raises(RoundClosed):
            review.decide(desk, question.id, question.answers[0], CHAIR)


def test_reopening_makes_bundle_and_papers_void_and_keeps_them(counted: Desk) -> None:
    first = counted.close(ROUND, [CHAIR])
    results = counted.workspace.results
    paper = results / ROUND / "minutes.pdf"
    paper.parent.mkdir()
    paper.write_bytes(b"signed")
    counted.note_papers(ROUND, {"minutes.pdf": hashlib.sha256(b"signed").hexdigest()})
    assert counted.papers(ROUND) == {"minutes.pdf": hashlib.sha256(b"signed").hexdigest()}
    assert verify(counted) == []
    assert counted.reopen(ROUND, "two ballots were found under the table", CHAIR) == first
    assert counted.bundle(ROUND) is None and counted.papers(ROUND) == {}
    assert not file_of(counted).exists() and not paper.parent.exists()
    void = results / "void" / "1"
    assert read_bundle(void / f"{ROUND}.bundle.json") == first
    assert (void / ROUND / "minutes.pdf").read_bytes() == b"signed"
    note = (void / "note.txt").read_text(encoding="utf-8")
    assert "two ballots were found under the table" in note and first.sha256 in note
    assert verify(counted) == []
    second = counted.close(ROUND, [CHAIR])
    assert second.corrects == first.sha256 and second.sha256 != first.sha256
    assert second.reason == "two ballots were found under the table"
    assert counted.replaced(ROUND) == (first,)
    counted.reopen(ROUND, "and one more", CHAIR)
    assert counted.replaced(ROUND) == (first, second)
    assert read_bundle(results / "void" / "2" / f"{ROUND}.bundle.json") == second
    assert verify(counted) == []


def test_papers_made_while_a_round_was_open_outlive_its_reopening(counted: Desk) -> None:
    results, zero = counted.workspace.results, hashlib.sha256(b"nothing yet").hexdigest()
    (results / ROUND).mkdir(parents=True)
    (results / ROUND / "zero.pdf").write_bytes(b"nothing yet")
    counted.note_papers(ROUND, {"zero.pdf": zero})
    counted.close(ROUND, [CHAIR])
    counted.reopen(ROUND, "a reason", CHAIR)
    assert (results / ROUND / "zero.pdf").read_bytes() == b"nothing yet"
    assert counted.papers(ROUND) == {"zero.pdf": zero} and verify(counted) == []
    (results / ROUND / "zero.pdf").write_bytes(b"something")
    assert any("zero.pdf was changed" in problem for problem in verify(counted))


@pytest.mark.parametrize("again", ["reopen", "close"])
def test_a_reopening_that_was_interrupted_is_ended_by_reopening_again_or_by_closing(
    counted: Desk, again: str
) -> None:
    first = counted.close(ROUND, [CHAIR])
    (counted.workspace.results / "void").write_text("in the way", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="can't be moved"):
        counted.reopen(ROUND, "a reason", CHAIR)
    assert counted.bundle(ROUND) is None
    assert any("they are void" in problem for problem in verify(counted))
    (counted.workspace.results / "void").unlink()
    if again == "reopen":
        head = counted.journal_head()
        assert counted.reopen(ROUND, "another reason", CHAIR) == first
        assert counted.journal_head() == head and not file_of(counted).exists()
        with pytest.raises(NotClosed):
            counted.reopen(ROUND, "another reason", CHAIR)
    second = counted.close(ROUND, [CHAIR])
    assert second.reason == "a reason"
    assert read_bundle(counted.workspace.results / "void" / "1" / f"{ROUND}.bundle.json") == first
    assert read_bundle(file_of(counted)) == second and verify(counted) == []


def test_only_a_closed_round_is_reopened(counted: Desk) -> None:
    with pytest.raises(NotClosed, match="is not closed"):
        counted.reopen(ROUND, "a reason", CHAIR)
    for act in (counted.bundle, counted.replaced, counted.differences, counted.papers):
        with pytest.raises(AnswerError, match="no round"):
            act("khac")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE @decisions SET answer = 'low' WHERE n = 1",
        "UPDATE @figures SET figures = replace(figures, '3', '4')",
        "DELETE FROM @figures WHERE style = 'ubnd'",
        "UPDATE @batches SET state = 'staged' WHERE name = 'b2'",
        "DELETE FROM @pages",
    ],
)
def test_what_no_longer_comes_to_what_was_closed_is_never_shown(counted: Desk, sql: str) -> None:
    bundle = counted.close(ROUND, [CHAIR])
    schema = "phieu_real." if counted.store.postgresql else ""
    with counted.store.writing() as connection:
        assert connection.execute(text(sql.replace("@", schema))).rowcount > 0
    for act in (counted.tally, lambda name: counted.close(name, [CHAIR])):
        with pytest.raises(ResultsChanged) as refused:
            act(ROUND)
        assert bundle.fingerprint in refused.value.message
    assert any("no" in problem and "closed" in problem for problem in verify(counted))
    assert counted.bundle(ROUND) == bundle


def test_a_plan_that_was_changed_after_closing_is_not_shown_under_the_fingerprint(
    counted: Desk, vote: Path
) -> None:
    counted.close(ROUND, [CHAIR])
    plan = vote / "plan.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("2026-12-07", "2026-12-08"), encoding="utf-8")
    workspace = Workspace.open(vote)
    with Desk.open(workspace, workspace.plan()) as desk:
        with pytest.raises(ResultsChanged):
            desk.tally(ROUND)
        desk.reopen(ROUND, "another day", CHAIR)
        assert desk.close(ROUND, [CHAIR]).date == "2026-12-08"


def test_the_journal_a_round_is_closed_on_must_be_whole(counted: Desk) -> None:
    schema = "phieu_real." if counted.store.postgresql else ""
    with counted.store.writing() as connection:
        connection.execute(text(f"UPDATE {schema}journal SET entry = replace(entry, 'issued', 'Issued')"))
    with pytest.raises(Exception, match="journal was changed"):
        counted.close(ROUND, [CHAIR])
    assert counted.bundle(ROUND) is None


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("UPDATE @journal SET entry = replace(entry, 'closed_by', 'closed_By')", "journal was changed"),
        # Without its last entry the chain holds, as any chain does; but what was closed lies there as a file.
        (
            "DELETE FROM @journal WHERE n = (SELECT max(n) FROM @journal)",
            "by the journal its round is not closed",
        ),
    ],
)
def test_a_closing_that_was_changed_in_the_journal_is_found(counted: Desk, sql: str, named: str) -> None:
    counted.close(ROUND, [CHAIR])
    schema = "phieu_real." if counted.store.postgresql else ""
    with counted.store.writing() as connection:
        assert connection.execute(text(sql.replace("@", schema))).rowcount > 0
    assert any(named in problem for problem in verify(counted))


FORGED: dict[str, Callable[[Any], object]] = {
    "the counts": lambda bundle: bundle["tally"]["styles"][0]["contests"][0]["votes"].update(high=9),
    "who closed": lambda bundle: bundle.update(closed_by=["Kẻ Giả"]),
    "practice": lambda bundle: bundle.update(practice=True),
    "the head before": lambda bundle: bundle.update(journal_head="0" * 64),
    "the round": lambda bundle: bundle.update(round="khac"),
}


@pytest.mark.parametrize("what", FORGED)
def test_whoever_rewrites_a_closing_and_all_hashes_after_it_is_still_found(counted: Desk, what: str) -> None:
    counted.close(ROUND, [CHAIR])
    forged = ""
    with counted.store.writing() as connection:
        acts = [(entry.act, dict(entry.data)) for entry in journal.entries(connection)]
        connection.execute(delete(store.journal))
        for act, data in acts:
            if act is Act.BUNDLE:
                FORGED[what](data["bundle"])
                data["sha256"] = hashlib.sha256(rounds.bundle_bytes(data)).hexdigest()
            if act is Act.CLOSED:
                data["sha256"] = forged
            forged = journal.append(connection, act, data).data.get("sha256", "")
    problems = verify(counted)
    assert any("contradicts itself" in one or "are not those the journal holds" in one for one in problems)
