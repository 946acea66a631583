from fractions import Fraction
from pathlib import Path

import pytest

from phieu.vote import rules as rules_file
from phieu.vote.problems import PlanError
from phieu.vote.rules import (
    CheckedAgainst,
    RuleSet,
    Spoils,
    known_rules,
    load_rules,
    note_on_checking,
    row_answers,
    sheet_answers,
    stray_answers,
)
from phieu.words import spoken as speaking

SHIPPED = ("96-QD-TW", "NQ-96-2023-QH15")


@pytest.mark.parametrize("rules_id", SHIPPED)
def test_a_confidence_vote_has_three_options_and_two_thresholds_as_exact_fractions(rules_id: str) -> None:
    rules = load_rules(rules_id)
    assert [option.id for option in rules.options] == ["high", "confidence", "low"]
    assert rules.options[0].label["vi"] == "Tín nhiệm cao"
    assert (rules.denominator, rules.decimals) == ("collected", 2)
    assert [(t.outcome, t.option, t.share, t.strict) for t in rules.thresholds] == [
        ("two_thirds_low", "low", Fraction(2, 3), False),
        ("over_half_low", "low", Fraction(1, 2), True),
    ]
    assert rules.rows.blank is rules.rows.overvoted is Spoils.ROW


@pytest.mark.parametrize("rules_id", SHIPPED)
def test_no_shipped_rule_passes_for_checked_against_a_signed_text(rules_id: str) -> None:
    rules = load_rules(rules_id)
    assert not rules.checked
    assert note_on_checking(rules)
    for place, basis in rules.bases():
        assert basis.checked_against is not CheckedAgainst.SIGNED, place
        assert basis.source or basis.checked_against is CheckedAgainst.NOTHING, place


def test_what_is_only_remembered_is_marked_as_read_nowhere() -> None:
    party = dict(load_rules("96-QD-TW").bases())
    for place in ("rows", "stray.name_added", "thresholds.two_thirds_low", "sheet.no_seal"):
        assert party[place].checked_against is CheckedAgainst.NOTHING, place
    assert party["only_row"].article == "Điều 6.3 c"
    state = dict(load_rules("NQ-96-2023-QH15").bases())
    assert state["rows"].checked_against is CheckedAgainst.NOTHING
    assert state["percent"].article == "Điều 19.3"
    assert state["thresholds.over_half_low"].article == "Điều 12"


def test_people_may_answer_each_option_blank_or_overvoted_for_a_row() -> None:
    answers = row_answers(load_rules("96-QD-TW"))
    assert [answer.id for answer in answers] == ["high", "confidence", "low", "blank", "overvoted"]
    with speaking("en"):
        assert row_answers(load_rules("96-QD-TW"))[2].words == "Low confidence"


def test_a_struck_name_costs_the_ballot_under_party_rules_and_a_signature_nothing() -> None:
    party = {answer.id: answer.spoils for answer in stray_answers(load_rules("96-QD-TW"))}
    assert party["ignore"] is party["signature"] is party["name_added"] is Spoils.NOTHING
    assert party["name_struck"] is Spoils.BALLOT
    state = {answer.id: answer.spoils for answer in stray_answers(load_rules("NQ-96-2023-QH15"))}
    assert state["name_struck"] is Spoils.ROW
    assert {answer.id for answer in sheet_answers(load_rules("96-QD-TW"))} == {
        "valid",
        "not_issued",
        "no_seal",
    }


@pytest.mark.parametrize("rules_id", ["NQ-95-2023-QH15", "../../plan", "", "96-QD-TW.yaml", "96-QD-TW\0"])
def test_an_unknown_rule_set_is_refused_with_the_known_ones(rules_id: str) -> None:
    with pytest.raises(PlanError) as caught:
        load_rules(rules_id)
    assert all(known in caught.value.hint for known in SHIPPED)


def test_an_office_may_bring_a_rule_set_of_its_own_but_not_under_a_shipped_id(tmp_path: Path) -> None:
    folder = tmp_path / "rulesets"
    folder.mkdir()
    shipped = (Path(rules_file.__file__).parent / "rulesets" / "96-QD-TW.yaml").read_text(encoding="utf-8")
    (folder / "cong-doan.yaml").write_text(shipped.replace("id: 96-QD-TW", "id: cong-doan"), encoding="utf-8")
    assert load_rules("cong-doan", tmp_path).only_row.spoils is Spoils.BALLOT
    assert "cong-doan" in known_rules(tmp_path)
    (folder / "96-QD-TW.yaml").write_text(shipped, encoding="utf-8")
    with pytest.raises(PlanError):
        load_rules("96-QD-TW", tmp_path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("share: 2/3", "share: 2/0"),
        ("share: 2/3", "share: 5/3"),
        ("option: low", "option: lowest"),
        ("decimals: 2", "decimals: two"),
        ("of: collected", "of: everybody"),
        ("rows:", "rwos:"),
        ("spoils: ballot", "spoils: office"),
        ("{vi: Tín nhiệm cao, en: High confidence}", "{vi: Tín nhiệm cao}"),
        ("id: high", "id: blank"),
        ("id: 96-QD-TW", "id: another"),
    ],
)
def test_a_wrong_line_in_a_rule_set_is_named(tmp_path: Path, before: str, after: str) -> None:
    shipped = (Path(rules_file.__file__).parent / "rulesets" / "96-QD-TW.yaml").read_text(encoding="utf-8")
    assert before in shipped
    text = (
        shipped.replace("id: 96-QD-TW", "id: own")
        .replace(before, after, 1)
        .replace("id: 96-QD-TW", "id: own")
    )
    if after == "id: another":
        text = text.replace("id: own", after)
    (tmp_path / "rulesets").mkdir()
    (tmp_path / "rulesets" / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        load_rules("own", tmp_path)
    assert caught.value.problems[0].file == "rulesets/own.yaml"
    assert caught.value.problems[0].line is not None


def test_a_rule_set_can_be_sent_to_a_worker_process() -> None:
    import pickle

    rules = load_rules("96-QD-TW")
    again = pickle.loads(pickle.dumps(rules))
    assert isinstance(again, RuleSet)
    assert again == rules
