"""A tally from gists comes to just what one from whole readings comes to, and asks the same."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from phieu.count import review
from phieu.count.ballots import CountedPage, Decision, Printed
from phieu.count.counted import Counted, count
from phieu.count.counting import count_gists
from phieu.count.desk import Desk
from phieu.count.gist import DamagedGist, Places, gist, head, lean
from phieu.count.question import Question, QuestionKind
from phieu.count.rescans import Twins
from phieu.count.store import VERSION
from phieu.count.verify import verify
from phieu.forms.form import Form
from phieu.ocr.reading import FieldReading, Outcome, PageReading, State, Stray
from phieu.vote.tally import BallotVotes, Figures, VoteSums, tally_style
from phieu.workspace import Workspace

from .conftest import HDND, ROUND

STATES = (State.EMPTY, State.MARKED, State.UNCLEAR)


@pytest.fixture(scope="module")
def styles(printed_vote: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Printed]:
    """The two forms of the small vote, one made two-sided, one with a seal that must be there."""
    import shutil

    copy = shutil.copytree(printed_vote, tmp_path_factory.mktemp("styles") / "vote")
    workspace = Workspace.open(Path(copy))
    with Desk.open(workspace, workspace.plan()) as desk:
        one, other = desk.printed().values()
    last = other.form.fields[-1].contest
    fields = tuple(replace(f, page=2) if f.contest == last else f for f in other.form.fields)
    two_sided = replace(other, form=replace(other.form, pages=2, fields=fields))
    return {one.form.id: replace(one, style=replace(one.style, seal=True)), other.form.id: two_sided}


def states_of(draw: Any, fields: int) -> list[State]:
    """States of a page: mostly one mark a row, as people mark."""
    if draw(st.booleans()):
        rows = [draw(st.sampled_from(range(3))) for _row in range(fields // 3)]
        return [State.MARKED if row == n else State.EMPTY for row in rows for n in range(3)]
    return [draw(st.sampled_from(STATES)) for _field in range(fields)]


@st.composite
def pages_of(draw: Any, printed: Mapping[str, Printed]) -> tuple[list[CountedPage], list[Twins]]:
    """Ballots of all kinds, some with pages missing, not read, of no form; some pairs alike."""
    pages = []
    ballots = draw(st.integers(0, 8))
    seals = draw(st.sampled_from([[None], [None, "present", "present", "absent", "unsure"]]))
    for ballot in range(ballots):
        one = draw(st.sampled_from(list(printed.values())))
        numbers = draw(st.sampled_from([[1], [1, 2], [2]])) if one.form.pages == 2 else [1]
        for number in numbers:
            outcome = draw(st.sampled_from([Outcome.READ] * 6 + [Outcome.REVIEW]))
            places = Places(one.form, number)
            said = states_of(draw, len(places.fields)) if outcome is Outcome.READ else []
            fields = tuple(
                FieldReading(contest, option, state, 0.25, "faint")
                for (contest, option), state in zip(places.fields, said, strict=False)
            )
            inked = draw(st.sets(st.sampled_from([None, *places.contests]), max_size=2)) if said else set()
            known = outcome is Outcome.READ or draw(st.booleans())
            reading = PageReading(
                source="scan.pdf",
                index=ballot,
                sha256=f"{ballot}-{number}",
                outcome=outcome,
                form=one.form.id if known else None,
                page=number if known else None,
                serial=draw(st.sampled_from([None, None, "ABCDEFG"])),
                fields=fields,
                stray=tuple(Stray(contest, one.form.frame.seal, 0.1) for contest in inked),
                notes=draw(st.sampled_from([(), ("line_read",)])),
                likeness="A" * draw(st.sampled_from([0, 4, 400, 1200])),
                seal=draw(st.sampled_from(seals)),
            )
            pages.append(CountedPage(f"page-{ballot}-{number}", f"ballot-{ballot}", reading))
    read = {p.ballot for p in pages if p.reading.outcome is Outcome.READ}
    pairs = [(a, b) for a in sorted(read) for b in sorted(read) if a < b]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=3)) if pairs else []
    return pages, [Twins(a, b, 12, 11) for a, b in chosen]


def by_gist(
    pages: list[CountedPage],
    printed: Mapping[str, Printed],
    decisions: Mapping[str, Decision],
    twins: list[Twins],
    without: frozenset[str] = frozenset(),
    each: Any = None,
) -> Counted:
    """Count as the desk does; pages whose key is in `without` have no gist."""
    forms = {form: one.form for form, one in printed.items()}
    whole: dict[str, list[CountedPage]] = {}
    for page in pages:
        whole.setdefault(page.ballot, []).append(page)
    gists = [
        (ballot, [(one.key, "" if one.key in without else gist(one.reading, forms)) for one in of_it])
        for ballot, of_it in whole.items()
    ]
    in_colour = frozenset(str(one.reading.form) for one in pages if one.reading.seal and one.reading.form)
    return count_gists(gists, whole.__getitem__, printed, decisions, twins, in_colour, each)


def told(counted: Counted, printed: Mapping[str, Printed], pages: list[CountedPage]) -> dict[str, Any]:
    """All that was counted, as values that can be compared."""
    readings = {page.key: page.reading for page in pages}
    shown = []
    for one in counted.questions:
        plain = one.source == ""
        shown.append(one.with_details(readings[one.page_key]) if plain else one)
    kinds = {(one.round.id, one.style.id): one for one in printed.values()}
    return {
        "questions": shown,
        "tally": [
            tally_style(one.style, one.round.rules, counted.votes[key], Figures(collected=7), True)
            for key, one in kinds.items()
        ],
        "forms": {key: counted.forms[key] for key in kinds} | {"said": counted.said_forms},
        "untold": {key: counted.untold[key] for key in kinds},
        "unsealed": {key: counted.unsealed[key] for key in kinds},
        "invalid": {key: dict(counted.invalid[key]) for key in kinds},
        "other": (counted.unplaced, counted.contradicted),
    }


def answered(draw: Any, questions: list[Question]) -> dict[str, Decision]:
    chosen = {}
    for one in questions:
        if draw(st.booleans()):
            chosen[one.id] = Decision(draw(st.sampled_from(one.answers)), "Lê Văn Tám", "1")
    return chosen


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=60)
@given(data=st.data())
def test_gists_and_whole_readings_come_to_the_same(styles: dict[str, Printed], data: st.DataObject) -> None:
    pages, twins = data.draw(pages_of(styles))
    decisions: dict[str, Decision] = {}
    # Twice: an answer to what a page is leads to further questions.
    for _again in range(3):
        long_way = count(pages, styles, decisions, twins)
        short_way = by_gist(pages, styles, decisions, twins)
        assert told(short_way, styles, pages) == told(long_way, styles, pages)
        decisions |= answered(data.draw, long_way.questions)
    without = frozenset(
        data.draw(st.sets(st.sampled_from([page.key for page in pages])) if pages else st.just(set()))
    )
    some = by_gist(pages, styles, decisions, twins, without)
    assert told(some, styles, pages) == told(count(pages, styles, decisions, twins), styles, pages)


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=25)
@given(data=st.data())
def test_single_ballots_add_up_to_the_sums(styles: dict[str, Printed], data: st.DataObject) -> None:
    pages, twins = data.draw(pages_of(styles))
    single: dict[Any, list[BallotVotes]] = {}
    by_gist(pages, styles, {}, twins, each=lambda key, votes: single.setdefault(key, []).append(votes))
    summed = by_gist(pages, styles, {}, twins)
    for one in styles.values():
        key, rules = (one.round.id, one.style.id), one.round.rules
        figures = Figures(collected=7)
        assert tally_style(one.style, rules, single.get(key, []), figures, True) == tally_style(
            one.style, rules, summed.votes[key], figures, True
        )


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=60)
@given(data=st.data())
def test_a_gist_says_of_a_reading_all_that_a_tally_needs(
    styles: dict[str, Printed], data: st.DataObject
) -> None:
    pages, _twins = data.draw(pages_of(styles))
    forms = {form: one.form for form, one in styles.items()}
    for page in pages:
        line = gist(page.reading, forms)
        assert line
        said = head(line[:14])
        form = forms.get(said.form or "")
        back = lean(said, line, Places(form, said.page) if form and said.page else None)
        same = ("outcome", "form", "page", "seal")
        assert [getattr(back, name) for name in same] == [getattr(page.reading, name) for name in same]
        assert [(f.contest, f.option, f.state) for f in back.fields] == [
            (f.contest, f.option, f.state) for f in page.reading.fields
        ]
        assert {one.contest for one in back.stray} == {one.contest for one in page.reading.stray}
        assert (back.serial is None) == (page.reading.serial is None)
        assert said.rows == min(9, page.rows_with_ink)


def test_what_a_gist_can_not_say_is_left_to_the_reading(forms: dict[str, Form], fake_page: Any) -> None:
    form = forms["hdnd"]
    reading = fake_page("p").reading
    known = {form.id: form}
    assert gist(reading, known)
    for strange in (
        replace(reading, fields=reading.fields[1:]),
        replace(reading, fields=reading.fields[::-1]),
        replace(reading, form="ABCDEFGH"),
        replace(reading, page=3),
        replace(reading, page=12),
        replace(reading, seal="else"),
        replace(reading, stray=(Stray("nobody", form.frame.seal, 0.1),)),
    ):
        assert gist(strange, known) == ""


def test_a_batch_is_stored_with_its_gists_and_they_are_verified(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 2, [fake_page("p0"), fake_page("p1", {HDND[0]: "?"})], {})
    with desk.store.reading() as connection:
        lines = list(connection.scalars(text("SELECT gist FROM pages")))
    assert len(lines) == 2 and all(lines)
    assert verify(desk) == []
    before = desk.tally(ROUND)
    with desk.store.writing() as connection:
        connection.execute(text("UPDATE pages SET gist = replace(gist, 'mee', 'eem')"))
    assert desk.tally(ROUND) != before
    assert [problem for problem in verify(desk) if "b1" in problem]


def test_a_gist_that_is_not_understood_is_a_sentence(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 1, [fake_page("p0")], {})
    for change in ("replace(gist, 'mee', 'mex')", "replace(gist, ' -', ' 99')", "'1zz'", "'9' || gist"):
        with desk.store.writing() as connection:
            kept = connection.scalar(text("SELECT gist FROM pages"))
            connection.execute(text(f"UPDATE pages SET gist = {change}"))
        with pytest.raises(DamagedGist):
            desk.tally(ROUND)
        with desk.store.writing() as connection:
            connection.execute(text("UPDATE pages SET gist = :kept"), {"kept": kept})
    desk.tally(ROUND)


def test_a_count_begun_before_there_were_gists_goes_on(
    vote: Path, fake_page: Any, either_database: str
) -> None:
    workspace = Workspace.open(vote)
    with Desk.open(workspace, workspace.plan()) as desk:
        desk.commit_batch("b1", 2, [fake_page("p0"), fake_page("p1", {HDND[0]: "?"})], {})
        told_before, asked = desk.tally(ROUND), review.questions(desk)
        where = "" if either_database == "sqlite" else "phieu_real."
        with desk.store.writing() as connection:
            connection.execute(text(f"DROP INDEX {where}pages_by_ballot"))
            connection.execute(text(f"ALTER TABLE {where}pages DROP COLUMN gist"))
            connection.execute(text(f"UPDATE {where}meta SET value = '1' WHERE name = 'version'"))
    with Desk.open(workspace, workspace.plan()) as desk:
        assert desk.tally(ROUND) == told_before
        assert review.questions(desk) == asked
        assert verify(desk) == []
        desk.commit_batch("b2", 1, [fake_page("p2")], {})
        assert desk.tally(ROUND).styles[0].read == 3
        with desk.store.reading() as connection:
            version = connection.scalar(text(f"SELECT value FROM {where}meta WHERE name = 'version'"))
    assert version == str(VERSION)


def test_questions_show_what_the_machine_saw(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 1, [fake_page("p0", {HDND[0]: "?"}, stack="hall-1.pdf")], {})
    (question,) = review.questions(desk)
    assert question.kind is QuestionKind.ROW and question.source == "hall-1.pdf"
    assert [(one.option, one.ink, one.why) for one in question.seen] == [
        (option, 0.05, "faint") for option in ("high", "confidence", "low")
    ]


def test_sums_refuse_votes_that_are_not_one_a_ballot() -> None:
    with pytest.raises(ValueError, match="3 votes on 2 ballots"):
        VoteSums().add_valid(2, {"a": {"high": 3}})


def test_the_tally_reads_no_page_but_in_an_index(desk: Desk, fake_page: Any) -> None:
    """The query that a tally runs must find all it needs in the index: readings are long."""
    from phieu.count import record

    desk.commit_batch("b1", 1, [fake_page("p0")], {})
    with desk.store.reading() as connection:
        statements: list[str] = []
        connection.connection.driver_connection.set_trace_callback(statements.append)  # type: ignore[union-attr]
        list(record.gists(connection))
        record.in_colour(connection)
        connection.connection.driver_connection.set_trace_callback(None)  # type: ignore[union-attr]
        for statement in statements:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
            of_pages = [step for step in plan if "pages" in step]
            assert of_pages and all("COVERING INDEX pages_by_ballot" in step for step in of_pages), plan
            assert not [step for step in plan if "ORDER BY" in step], plan
    assert json.dumps(statements)
