"""Random acts at the desk against a small model of it, and laws that hold whatever the order."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from phieu.count import review
from phieu.count.answer import AnswerError
from phieu.count.batches import BatchState
from phieu.count.bundle import Bundle
from phieu.count.desk import Desk, DeskError
from phieu.count.ending import NotClosed
from phieu.count.intake import AlreadyTaken
from phieu.count.rounds import RoundClosed
from phieu.count.standing import NotClosable
from phieu.count.verify import verify
from phieu.ocr.reading import Outcome
from phieu.workspace import Workspace

ROUND = "ky-hop-12"
CONTEST = "le-quang-dinh"

# Ballots by name: what stands in one row of theirs. The last three are asked about.
BALLOTS = {
    "p0": "high",
    "p1": "low",
    "p2": "confidence",
    "p3": "high",
    "p4": "none",
    "p5": "?",
    "p6": ("high", "low"),
}
ASKED = ("p4", "p5", "p6")
NAMES = ("b1", "b2", "b3")


def fresh_desk(printed_vote: Path) -> Desk:
    folder = Path(mkdtemp(prefix="phieu-"))
    shutil.copytree(printed_vote, folder, dirs_exist_ok=True)
    workspace = Workspace.open(folder)
    return Desk.open(workspace, workspace.plan())


def close(desk: Desk) -> None:
    desk.store.close()
    shutil.rmtree(desk.workspace.root)


class AtTheDesk(RuleBasedStateMachine):
    printed_vote: Path
    fake_page: Any

    def __init__(self) -> None:
        super().__init__()
        self.desk = fresh_desk(self.printed_vote)
        self.live: dict[str, tuple[BatchState, tuple[str, ...]]] = {}
        self.answers: dict[str, str] = {}
        self.collected: int | None = None
        self.closed: Bundle | None = None
        self.voided: list[Bundle] = []
        # What the last explanation of either difference was given for: collected; collected and read.
        self.issued_said: object = "nothing"
        self.sheets_said: object = "nothing"

    def teardown(self) -> None:
        assert verify(self.desk) == []
        close(self.desk)

    def in_count(self) -> list[str]:
        return [page for state, pages in self.live.values() if state is BatchState.TAKEN for page in pages]

    def rows(self) -> list[str]:
        """What stands in the row of each ballot in the count; `?` or `none` where nobody has said."""
        said = [self.answers.get(page, BALLOTS[page]) for page in self.in_count()]
        return [one if isinstance(one, str) else "?" for one in said]

    def undecided(self) -> int:
        return self.rows().count("?") + self.rows().count("none")

    def staged(self) -> bool:
        return any(state is BatchState.STAGED for state, _pages in self.live.values())

    def scan(self, page: str) -> Any:
        return self.fake_page(page, {CONTEST: BALLOTS[page]})

    def question(self, page: str) -> str:
        (found,) = [
            one.id
            for one in review.questions(self.desk)
            if one.page_key == self.scan(page).reading.sha256 and one.contest == CONTEST
        ]
        return found

    @rule(
        name=st.sampled_from(NAMES),
        pages=st.lists(st.sampled_from(sorted(BALLOTS)), min_size=1, max_size=4),
        off_by=st.sampled_from([0, 0, 0, 1]),
    )
    def take_in(self, name: str, pages: list[str], off_by: int) -> None:
        state, _pages = self.live.get(name, (None, ()))
        elsewhere = {page for other, (_state, held) in self.live.items() if other != name for page in held}
        new = tuple(dict.fromkeys(page for page in pages if page not in elsewhere))
        declared = len(new) + off_by or 1
        scans = [self.scan(page) for page in pages]
        if state is BatchState.TAKEN:
            with pytest.raises(AlreadyTaken):
                self.desk.commit_batch(name, declared, scans, {})
            return
        if self.closed is not None and new:
            with pytest.raises(RoundClosed):
                self.desk.commit_batch(name, declared, scans, {})
            return
        report = self.desk.commit_batch(name, declared, scans, {})
        assert report.given == len(pages)
        assert report.pages[Outcome.READ] == report.sheets == len(new)
        if not new:
            assert report.state is None
            return
        assert report.state is (BatchState.STAGED if off_by else BatchState.TAKEN)
        self.live[name] = (report.state, new)

    @rule(name=st.sampled_from(NAMES))
    def withdraw(self, name: str) -> None:
        if name in self.live and self.closed is not None:
            with pytest.raises(RoundClosed):
                self.desk.withdraw(name, "a reason", "Lê Văn Tám")
        elif name in self.live:
            self.desk.withdraw(name, "a reason", "Lê Văn Tám")
            del self.live[name]
        else:
            with pytest.raises(DeskError):
                self.desk.withdraw(name, "a reason", "Lê Văn Tám")

    @precondition(lambda self: set(ASKED) & set(self.in_count()))
    @rule(data=st.data(), answer=st.sampled_from(["high", "low", "blank", "overvoted", "rubbish"]))
    def decide(self, data: st.DataObject, answer: str) -> None:
        page = data.draw(st.sampled_from(sorted(set(ASKED) & set(self.in_count()))))
        if answer == "rubbish":
            with pytest.raises(AnswerError):
                review.decide(self.desk, self.question(page), answer, "Hồ Thị Chín")
            return
        if self.closed is not None:
            with pytest.raises(RoundClosed):
                review.decide(self.desk, self.question(page), answer, "Hồ Thị Chín")
            return
        review.decide(self.desk, self.question(page), answer, "Hồ Thị Chín")
        self.answers[page] = answer

    @precondition(lambda self: set(ASKED) & set(self.in_count()))
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        page = data.draw(st.sampled_from(sorted(set(ASKED) & set(self.in_count()))))
        if page in self.answers and self.closed is not None:
            with pytest.raises(RoundClosed):
                review.undo(self.desk, self.question(page), "Hồ Thị Chín")
        elif page in self.answers:
            review.undo(self.desk, self.question(page), "Hồ Thị Chín")
            del self.answers[page]
        else:
            with pytest.raises(AnswerError):
                review.undo(self.desk, self.question(page), "Hồ Thị Chín")

    @rule(collected=st.integers(-1, len(BALLOTS)))
    def tell_figures(self, collected: int) -> None:
        if collected < 0 or self.closed is not None:
            with pytest.raises(AnswerError if self.closed is None else RoundClosed):
                self.desk.set_figures(ROUND, "hdnd", "Lê Văn Tám", collected=collected)
            return
        self.desk.set_figures(ROUND, "hdnd", "Lê Văn Tám", collected=collected)
        self.desk.set_figures(ROUND, "ubnd", "Lê Văn Tám", collected=0)
        self.collected = collected

    @rule(explain=st.booleans())
    def close(self, explain: bool) -> None:
        if self.closed is not None:
            assert self.desk.close(ROUND, ["Người Khác"]) == self.closed
            return
        read, collected = len(self.in_count()), self.collected
        if explain:
            for one in self.desk.differences(ROUND):
                if one.may_be_explained:
                    self.desk.explain(ROUND, one.id, "it is so", "Trần Văn Trưởng")
            self.issued_said = collected
            if collected is not None and read < collected:
                self.sheets_said = (collected, read)
        all_explained = self.issued_said == collected and (
            read == collected or self.sheets_said == (collected, read)
        )
        if collected is None or not all_explained or self.staged() or self.undecided():
            with pytest.raises(NotClosable):
                self.desk.close(ROUND, ["Trần Văn Trưởng"])
            return
        self.closed = self.desk.close(ROUND, ["Trần Văn Trưởng"])
        assert self.closed.corrects == (self.voided[-1].sha256 if self.voided else "")

    @precondition(lambda self: self.closed is None and self.in_count())
    @rule(missing=st.integers(0, 1))
    def settle_everything_and_close(self, missing: int) -> None:
        for name in [name for name, (state, _pages) in self.live.items() if state is BatchState.STAGED]:
            self.withdraw(name)
        for page in self.in_count():
            if page in ASKED and page not in self.answers:
                review.decide(self.desk, self.question(page), "low", "Hồ Thị Chín")
                self.answers[page] = "low"
        self.tell_figures(len(self.in_count()) + missing)
        self.close(explain=True)
        assert self.closed is not None

    @rule()
    def reopen(self) -> None:
        if self.closed is None:
            with pytest.raises(NotClosed):
                self.desk.reopen(ROUND, "a reason", "Trần Văn Trưởng")
            return
        assert self.desk.reopen(ROUND, "a reason", "Trần Văn Trưởng") == self.closed
        self.voided.append(self.closed)
        self.closed = None

    @rule()
    def start_again(self) -> None:
        self.desk.store.close()
        self.desk = Desk.open(self.desk.workspace, self.desk.plan)

    @invariant()
    def the_tally_is_the_models(self) -> None:
        rows = self.rows()
        tally = self.desk.tally(ROUND)
        row = {one.id: one for one in tally.styles[0].contests}[CONTEST]
        assert tally.styles[0].read == len(rows)
        assert row.votes == {option: rows.count(option) for option in ("high", "confidence", "low")}
        assert (row.blank, row.overvoted) == (rows.count("blank"), rows.count("overvoted"))
        assert row.undecided == self.undecided()
        as_collected = not self.staged() and not row.undecided and self.collected == len(rows)
        assert tally.final == (as_collected or self.closed is not None)

    @invariant()
    def the_closings_are_the_models(self) -> None:
        assert self.desk.bundle(ROUND) == self.closed
        assert self.desk.replaced(ROUND) == tuple(self.voided)
        if self.closed is not None:
            assert self.closed.tally == self.desk.tally(ROUND)

    @invariant()
    def the_batches_are_the_models(self) -> None:
        live = {one.name: one for one in self.desk.batches() if one.state is not BatchState.WITHDRAWN}
        assert {name: (one.state, one.sheets) for name, one in live.items()} == {
            name: (state, len(pages)) for name, (state, pages) in self.live.items()
        }


def test_whatever_is_done_the_desk_does_as_the_model(printed_vote: Path, fake_page: Any) -> None:
    AtTheDesk.printed_vote, AtTheDesk.fake_page = printed_vote, staticmethod(fake_page)
    run_state_machine_as_test(
        AtTheDesk,
        settings=settings(max_examples=40, stateful_step_count=20, deadline=None),
    )


def split(items: Iterable[str], cuts: set[int]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for place, item in enumerate(items):
        if place in cuts and parts[-1]:
            parts.append([])
        parts[-1].append(item)
    return parts


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(sorted(BALLOTS)), cuts=st.sets(st.integers(1, len(BALLOTS) - 1)))
def test_any_order_of_pages_and_any_split_into_batches_gives_the_same_tally(
    printed_vote: Path, fake_page: Any, order: list[str], cuts: set[int]
) -> None:
    def outcome(batches: list[list[str]]) -> object:
        desk = fresh_desk(printed_vote)
        for n, pages in enumerate(batches):
            scans = [fake_page(page, {CONTEST: BALLOTS[page]}) for page in pages]
            desk.commit_batch(f"b{n}", len(pages), scans, {})
        for question in review.questions(desk):
            review.decide(desk, question.id, "blank", "Lê Văn Tám")
        found = desk.tally(ROUND), [one.id for one in review.questions(desk)]
        close(desk)
        return found

    assert outcome(split(order, cuts)) == outcome([sorted(BALLOTS)])
