"""Two rounds in one count: one that is closed takes nothing more, the other goes on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from phieu.count import review
from phieu.count.desk import Desk
from phieu.count.rounds import RoundClosed
from phieu.count.standing import NotClosable
from phieu.count.verify import verify
from phieu.forms.run import frozen_form
from phieu.ocr.reading import Outcome
from phieu.workspace import Workspace

CLOSED, OPEN = "ky-hop-12", "ky-hop-13"
CHAIR = "Trần Văn Trưởng"


@pytest.fixture
def desk(small_vote: Path, fake_page: Any) -> Iterator[Desk]:
    """A count of two rounds, of which the first is closed with one ballot."""
    plan, people = small_vote / "plan.yaml", small_vote / "people.csv"
    text = plan.read_text(encoding="utf-8")
    place = text.index("      - id: ubnd")
    second = text[text.index("  - id: ky-hop-12") : text.index("      - id: hdnd")] + text[place:]
    second = second.replace(CLOSED, OPEN).replace("thứ 12", "thứ 13")
    plan.write_text(text[:place] + second, encoding="utf-8")
    rows = people.read_text(encoding="utf-8").replace(",,,HĐND", f",,{CLOSED},HĐND")
    people.write_text(rows.replace(",,,UBND", f",,{OPEN},UBND"), encoding="utf-8")
    workspace = Workspace.open(small_vote)
    for a_round in workspace.plan().rounds:
        frozen_form(workspace, a_round, a_round.styles[0], practice=False)
    with Desk.open(workspace, workspace.plan()) as desk:
        desk.commit_batch("b1", 1, [page(desk, fake_page, CLOSED, "p0")], {})
        desk.set_figures(CLOSED, "hdnd", CHAIR, issued=1, collected=1)
        desk.close(CLOSED, [CHAIR])
        yield desk
        assert verify(desk) == []


def page(desk: Desk, fake_page: Any, round_id: str, name: str, marks: Any = None) -> Any:
    """A page of a ballot of this round."""
    form, style = next((key, one.style.id) for key, one in desk.printed().items() if one.round.id == round_id)
    scan = fake_page(name, marks, style=style)
    return replace(scan, reading=replace(scan.reading, form=form))


def test_the_other_round_goes_on_and_is_closed_in_its_turn(desk: Desk, fake_page: Any) -> None:
    bundle = desk.bundle(CLOSED)
    pages = [page(desk, fake_page, OPEN, "n0", {"do-thi-kim-anh": "none"})]
    assert desk.commit_batch("b2", 2, pages, {}).sheets == 1
    assert desk.tally(CLOSED).final and not desk.tally(OPEN).final
    desk.commit_batch("b2", 1, pages, {})
    (question,) = review.questions(desk)
    review.decide(desk, question.id, "high", CHAIR)
    desk.set_figures(OPEN, "ubnd", CHAIR, issued=1, collected=1)
    other = desk.close(OPEN, [CHAIR])
    assert desk.bundle(CLOSED) == bundle != other == desk.bundle(OPEN)
    desk.reopen(OPEN, "a reason", CHAIR)
    assert desk.bundle(CLOSED) == bundle and desk.bundle(OPEN) is None
    desk.withdraw("b2", "a reason", CHAIR)


def test_a_batch_with_one_ballot_of_the_closed_round_is_refused_whole(desk: Desk, fake_page: Any) -> None:
    mixed = [page(desk, fake_page, OPEN, "n0"), page(desk, fake_page, CLOSED, "p1")]
    with pytest.raises(RoundClosed, match=f"{CLOSED} is closed"):
        desk.commit_batch("b2", 2, mixed, {})
    assert desk.tally(OPEN).styles[0].read == 0


def test_an_unknown_page_may_be_of_the_open_round_but_never_of_the_closed_one(
    desk: Desk, fake_page: Any
) -> None:
    unknown = fake_page("u0", outcome=Outcome.REVIEW)
    desk.commit_batch("b2", 2, [page(desk, fake_page, OPEN, "n0"), unknown], {})
    assert desk.tally(CLOSED).final and not desk.tally(OPEN).final
    (question,) = [one for one in review.questions(desk) if one.round is None]
    of_closed, of_open = (
        next(answer for answer in question.answers if answer.startswith(name)) for name in (CLOSED, OPEN)
    )
    with pytest.raises(RoundClosed):
        review.decide(desk, question.id, of_closed, CHAIR)
    with pytest.raises(NotClosable):
        desk.close(OPEN, [CHAIR])
    review.decide(desk, question.id, of_open, CHAIR)
    with pytest.raises(RoundClosed):
        review.decide(desk, question.id, of_closed, CHAIR)
    review.undo(desk, question.id, CHAIR)
    assert desk.tally(CLOSED) == desk.bundle(CLOSED).tally  # type: ignore[union-attr]


def test_a_batch_that_was_read_before_closing_can_not_be_withdrawn_for_what_it_has_of_the_other(
    desk: Desk, fake_page: Any
) -> None:
    desk.reopen(CLOSED, "one more", CHAIR)
    mixed = [page(desk, fake_page, OPEN, "n0"), page(desk, fake_page, CLOSED, "p1")]
    desk.commit_batch("b2", 2, mixed, {})
    desk.set_figures(CLOSED, "hdnd", CHAIR, issued=2, collected=2)
    desk.close(CLOSED, [CHAIR])
    with pytest.raises(RoundClosed):
        desk.withdraw("b2", "a reason", CHAIR)
