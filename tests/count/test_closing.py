"""A round with anything undecided is never final, whether or not a question says so."""

import pytest

from phieu.count.closing import still_open
from phieu.count.counted import Counted
from phieu.count.desk import Desk
from phieu.count.question import QuestionKind, question_id
from phieu.vote.tally import UNDECIDED, BallotVotes, Figures, VoteSums

ROUND = "ky-hop-12"


@pytest.mark.parametrize("valid", [True, None])
def test_an_undecided_ballot_about_which_nothing_is_asked_keeps_a_round_open(
    desk: Desk, valid: bool | None
) -> None:
    a_round = desk.plan.round(ROUND)
    told = {style.id: Figures(issued=1, collected=1) for style in a_round.styles}
    counted = Counted()
    for style in a_round.styles:
        rows = {contest.id: "high" for contest in style.contests}
        counted.votes[ROUND, style.id].add(style, BallotVotes(rows, valid=True))
    assert still_open(a_round, counted, told, ()) == []
    first = a_round.styles[0]
    rows = {**{contest.id: "high" for contest in first.contests}, first.contests[-1].id: UNDECIDED}
    counted.votes[ROUND, first.id] = VoteSums()
    counted.votes[ROUND, first.id].add(first, BallotVotes(rows, valid=valid))
    (sentence,) = still_open(a_round, counted, told, ())
    assert sentence == "Ballot hdnd: 1 ballot has rows that nobody decided; scan its sheet again."


def test_a_questions_id_is_sixteen_characters_of_hex() -> None:
    found = question_id("ab" * 32, "le-quang-dinh", QuestionKind.ROW)
    assert len(found) == 16 and int(found, 16)
