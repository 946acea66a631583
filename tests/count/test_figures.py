"""What people counted by hand: kept, corrected by telling anew, refused where it can't be."""

from typing import Any

import pytest

from phieu.count.answer import AnswerError
from phieu.count.desk import Desk
from phieu.vote.tally import Figures

ROUND = "ky-hop-12"


def test_figures_are_added_and_corrected_by_telling_them_anew(desk: Desk) -> None:
    desk.set_figures(ROUND, "hdnd", "Lê Văn Tám", issued=81)
    desk.set_figures(ROUND, "hdnd", "Lê Văn Tám", collected=80)
    desk.set_figures(ROUND, "hdnd", "Hồ Thị Chín", collected=81)
    assert desk.figures(ROUND, "hdnd") == Figures(issued=81, collected=81)
    assert desk.figures(ROUND, "ubnd") == Figures()


@pytest.mark.parametrize(
    "told",
    [
        {"collected": -1},
        {"issued": 80, "collected": 81},
        {"summoned": 50, "present": 51},
        {"printed": 80, "issued": 81},
        {},
        {"stolen": 3},
    ],
)
def test_figures_that_can_not_be_are_refused(desk: Desk, told: dict[str, int]) -> None:
    head = desk.journal_head()
    with pytest.raises(AnswerError):
        desk.set_figures(ROUND, "hdnd", "Lê Văn Tám", **told)
    assert desk.journal_head() == head


def test_more_collected_than_issued_earlier_is_refused(desk: Desk) -> None:
    desk.set_figures(ROUND, "hdnd", "Lê Văn Tám", issued=80)
    with pytest.raises(AnswerError):
        desk.set_figures(ROUND, "hdnd", "Lê Văn Tám", collected=81)
    desk.set_figures(ROUND, "hdnd", "Lê Văn Tám", issued=81, collected=81)
    assert desk.figures(ROUND, "hdnd").collected == 81


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"present": 80, "issued": 81}, "More ballots were issued"),
        ({"issued": 81, "collected": 79}, "2 of 81 ballots issued did not come back"),
        ({"printed": 90, "issued": 81, "exchanged": 2, "unused": 6}, "Printed (90)"),
    ],
)
def test_what_is_odd_is_said(desk: Desk, told: dict[str, int], words: str) -> None:
    (remark,) = desk.set_figures(ROUND, "hdnd", "Lê Văn Tám", **told)
    assert remark.startswith(words)


def test_figures_of_a_ballot_that_is_not_in_the_plan_are_refused(desk: Desk) -> None:
    for round_id, style in (("nowhere", "hdnd"), (ROUND, "nothing")):
        with pytest.raises(AnswerError):
            desk.set_figures(round_id, style, "Lê Văn Tám", issued=1)


def test_a_round_is_final_only_when_nothing_is_open(desk: Desk, fake_page: Any) -> None:
    assert len(desk.tally(ROUND).open) == 2
    desk.commit_batch("b1", 2, [fake_page("p0"), fake_page("p1")], {})
    desk.set_figures(ROUND, "hdnd", "Lê Văn Tám", issued=3, collected=3)
    desk.set_figures(ROUND, "ubnd", "Lê Văn Tám", issued=0, collected=0)
    assert desk.tally(ROUND).open == ("Ballot hdnd: 3 were collected, but 2 were read.",)
    desk.commit_batch("b2", 1, [fake_page("p2")], {})
    tally = desk.tally(ROUND)
    assert tally.final and tally.open == ()
    assert [one.outcome for one in tally.styles[0].contests] == ["none"] * 3
    desk.commit_batch("b3", 2, [fake_page("p3")], {})
    assert not desk.tally(ROUND).final
