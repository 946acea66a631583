import pytest
from hypothesis import given
from hypothesis import strategies as st

from phieu.vote.ballot import judge
from phieu.vote.plan import BallotStyle, Contest
from phieu.vote.rules import row_answers, stray_answers
from phieu.vote.rules_file import load_rules
from phieu.vote.tally import SPOILED, UNDECIDED

STATE = load_rules("NQ-96-2023-QH15")
PARTY = load_rules("96-QD-TW")
A, B = Contest("a", 1, "Vũ Thị Lan", "Bí thư"), Contest("b", 2, "Đinh Công Tráng", "Phó Bí thư")
TWO = BallotStyle("hai", "Phiếu", (A, B), "", True, "A4")
ONE = BallotStyle("mot", "Phiếu", (A,), "", True, "A4")


@pytest.mark.parametrize("rules", [STATE, PARTY])
@pytest.mark.parametrize("row", ["blank", "overvoted"])
def test_an_invalid_row_leaves_the_other_rows_of_its_ballot_valid(rules, row: str) -> None:  # type: ignore[no-untyped-def]
    votes = judge(TWO, rules, {"a": row, "b": "low"})
    assert votes.valid is True
    assert votes.rows == {"a": row, "b": "low"}


@pytest.mark.parametrize("row", ["blank", "overvoted"])
def test_a_party_ballot_that_names_one_person_is_invalid_with_its_only_row(row: str) -> None:
    assert judge(ONE, PARTY, {"a": row}).valid is False
    assert judge(ONE, PARTY, {"a": "low"}).valid is True
    assert judge(ONE, STATE, {"a": row}).valid is True


def test_while_its_only_row_is_open_a_party_ballot_may_still_be_invalid() -> None:
    assert judge(ONE, PARTY, {"a": None}).valid is None
    assert judge(ONE, STATE, {"a": None}).valid is True


def test_a_row_nobody_said_anything_of_is_undecided() -> None:
    assert judge(TWO, STATE, {"a": "high"}).rows == {"a": "high", "b": UNDECIDED}


def test_a_struck_name_makes_a_party_ballot_invalid() -> None:
    assert judge(TWO, PARTY, {"a": "high", "b": "high"}, [("a", "name_struck")]).valid is False


def test_a_signature_does_not_make_a_party_ballot_invalid() -> None:
    assert judge(TWO, PARTY, {"a": "high", "b": "high"}, [(None, "signature")]).valid is True


def test_a_struck_name_costs_one_row_under_state_rules() -> None:
    votes = judge(TWO, STATE, {"a": "high", "b": "high"}, [("a", "name_struck")])
    assert votes.valid is True
    assert votes.rows == {"a": SPOILED, "b": "high"}


def test_ink_that_was_looked_at_and_ignored_changes_nothing() -> None:
    votes = judge(TWO, PARTY, {"a": "high", "b": "low"}, [("a", "ignore"), (None, "ignore")], ["valid"])
    assert votes == judge(TWO, PARTY, {"a": "high", "b": "low"})


def test_an_open_question_that_could_cost_the_ballot_leaves_it_undecided() -> None:
    rows = {"a": "high", "b": "high"}
    assert judge(TWO, PARTY, rows, [("a", None)]).valid is None
    assert judge(TWO, PARTY, rows, sheet=[None]).valid is None
    assert judge(TWO, PARTY, rows, [("a", None)], ["not_issued"]).valid is False


def test_an_answer_the_rule_set_does_not_know_is_refused() -> None:
    with pytest.raises(KeyError):
        judge(TWO, STATE, {"a": "high", "b": "high"}, [("a", "signature")])


@given(st.sampled_from([STATE, PARTY]), st.sampled_from([ONE, TWO]), st.data())
def test_answering_an_open_question_never_contradicts_what_was_said_before(rules, style, data) -> None:  # type: ignore[no-untyped-def]
    rows = [None, *(answer.id for answer in row_answers(rules))]
    inks = [None, *(answer.id for answer in stray_answers(rules))]
    said = {contest.id: data.draw(st.sampled_from(rows)) for contest in style.contests}
    stray = [(c.id, data.draw(st.sampled_from(inks))) for c in style.contests if data.draw(st.booleans())]
    before = judge(style, rules, said, stray)
    then = {contest: row or data.draw(st.sampled_from(rows[1:])) for contest, row in said.items()}
    ink = [(contest, answer or data.draw(st.sampled_from(inks[1:]))) for contest, answer in stray]
    after = judge(style, rules, then, ink)
    assert after.valid is not None
    assert before.valid in (None, after.valid)
    for contest, row in before.rows.items():
        if after.valid and before.valid and row != UNDECIDED:
            assert after.rows[contest] == row
