import re
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from phieu.cli.rules import rules_command
from phieu.vote import rules_file
from phieu.vote.basis import CheckedAgainst
from phieu.vote.explained import explained
from phieu.vote.problems import PlanError
from phieu.vote.rules import (
    Rounding,
    RuleSet,
    Spoils,
    note_on_checking,
    row_answers,
    sheet_answers,
    stray_answers,
)
from phieu.vote.rules_file import known_rules, load_rules
from phieu.words import spoken as speaking

SHIPPED = ("96-QD-TW", "NQ-96-2023-QH15")


@pytest.mark.parametrize("rules_id", SHIPPED)
def test_a_confidence_vote_has_three_options_and_two_thresholds_as_exact_fractions(rules_id: str) -> None:
    rules = load_rules(rules_id)
    assert [option.id for option in rules.options] == ["high", "confidence", "low"]
    assert rules.options[0].label["vi"] == "Tín nhiệm cao"
    assert rules.percent is not None
    assert (rules.percent.of, rules.percent.decimals) == ("collected", 2)
    assert [(t.outcome, t.option, t.share, t.strict) for t in rules.thresholds] == [
        ("two_thirds_low", "low", Fraction(2, 3), False),
        ("over_half_low", "low", Fraction(1, 2), True),
    ]
    assert rules.rows.blank is rules.rows.overvoted is Spoils.ROW


@pytest.mark.parametrize("rules_id", known_rules())
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


def test_old_rule_sets_are_shipped_for_old_results() -> None:
    assert known_rules() == (
        "262-QD-TW",
        "96-QD-TW",
        "NQ-35-2012-QH13",
        "NQ-85-2014-QH13",
        "NQ-96-2023-QH15",
        "NQ-96-2023-QH15-two-levels",
    )
    for rules_id in ("NQ-35-2012-QH13", "NQ-85-2014-QH13"):
        percent = load_rules(rules_id).percent
        assert percent is not None
        assert percent.of == "members"


def test_what_was_not_read_is_absent_and_said_to_be_so() -> None:
    old = load_rules("262-QD-TW")
    assert old.percent is None
    assert old.thresholds == ()
    assert old.eligibility.exempt == ()
    assert old.eligibility.quorum is None
    assert any("Tỷ lệ phần trăm" in unknown["vi"] for unknown in old.unknown)
    assert all(load_rules(rules_id).unknown for rules_id in known_rules())


def test_a_vote_of_confidence_has_two_levels() -> None:
    rules = load_rules("NQ-96-2023-QH15-two-levels")
    assert [option.id for option in rules.options] == ["confidence", "no_confidence"]
    assert [t.outcome for t in rules.thresholds if t.reached(24, 47)] == ["over_half_no_confidence"]
    assert [t.outcome for t in rules.thresholds if t.reached(24, 48)] == []


@pytest.mark.parametrize(
    ("reason", "exemption"),
    [
        ("Có thông báo nghỉ hưu", "retirement"),
        ("retirement", "retirement"),
        ("Được bổ nhiệm, bầu giữ chức vụ trong năm lấy phiếu", "elected_in_year"),
        ("mới bổ nhiệm tháng 3", "elected_in_year"),
        ("đi công tác nước ngoài", None),
    ],
)
def test_a_reason_on_the_list_is_recognised_or_not(reason: str, exemption: str | None) -> None:
    found = load_rules("96-QD-TW").eligibility.exemption(reason)
    assert (found.id if found else None) == exemption


def test_who_was_elected_in_the_year_of_the_vote_is_exempt_by_the_date() -> None:
    eligibility = load_rules("96-QD-TW").eligibility
    assert eligibility.elected_in_year(date(2023, 1, 5), date(2023, 12, 7)) is not None
    assert eligibility.elected_in_year(date(2022, 12, 31), date(2023, 12, 7)) is None
    assert eligibility.elected_in_year(None, date(2023, 12, 7)) is None


def test_a_quorum_is_exact_at_the_edge() -> None:
    quorum = load_rules("96-QD-TW").eligibility.quorum
    assert quorum is not None
    assert quorum.met(32, 48)
    assert not quorum.met(31, 48)


def own_rules(folder: Path, text: str) -> RuleSet:
    (folder / "rulesets").mkdir()
    (folder / "rulesets" / "own.yaml").write_text(text, encoding="utf-8")
    return load_rules("own", folder)


def test_an_own_rule_set_says_only_what_differs_from_the_one_it_is_based_on(tmp_path: Path) -> None:
    own = own_rules(
        tmp_path,
        "id: own\nversion: 1\nbased_on: 96-QD-TW\npercent:\n"
        "  {of: issued, decimals: 1, rounding: down, basis: {checked_against: nothing}}\n",
    )
    base = load_rules("96-QD-TW")
    assert own.percent is not None
    assert (own.percent.of, own.percent.decimals, own.percent.rounding) == ("issued", 1, Rounding.DOWN)
    changed = {"id", "based_on", "percent"}
    assert own.model_dump(exclude=changed) == base.model_dump(exclude=changed)


def test_a_rule_set_based_on_an_unknown_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as caught:
        own_rules(tmp_path, "id: own\nversion: 1\nbased_on: 96-QD-WT\n")
    assert caught.value.problems[0].file == "rulesets/own.yaml"
    assert "96-QD-TW" in caught.value.problems[0].instead


def test_the_worked_example_of_contributing_is_a_rule_set(tmp_path: Path) -> None:
    guide = Path(__file__).parents[2] / "CONTRIBUTING.md"
    (example,) = re.findall(r"```yaml\n(id: .*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    own = own_rules(tmp_path, example.replace("id: cong-doan", "id: own"))
    assert own.percent is not None
    assert own.percent.of == "issued"
    (threshold,) = own.thresholds
    assert threshold.reached(24, 47)
    assert not threshold.reached(23, 47)
    assert not own.checked
    with speaking("en"):
        chapters = {chapter.title: chapter.rules for chapter in explained(own)}
    assert "the ballots issued" in chapters["Percentages"][0].words
    assert "More than half low confidence (more than 1/2)" in chapters["What follows"][0].words


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("rules_id", known_rules())
def test_the_command_explains_every_rule_set_in_both_languages(rules_id: str, language: str) -> None:
    with speaking(language):
        told = CliRunner().invoke(rules_command, [rules_id])
    assert told.exit_code == 0
    rules = load_rules(rules_id)
    for text in (rules.title, *(t.leads_to for t in rules.thresholds), *rules.unknown):
        assert text["en" if language == "en" else "vi"] in told.output
    for _place, basis in rules.bases():
        assert basis.article in told.output
        assert basis.source in told.output


def test_the_command_lists_shipped_and_own_rule_sets(tmp_path: Path) -> None:
    own_rules(tmp_path, "id: own\nversion: 1\nbased_on: 96-QD-TW\ntitle: {vi: Riêng, en: Our own}\n")
    told = CliRunner().invoke(rules_command, ["--workspace", str(tmp_path)])
    assert all(known in told.output for known in known_rules(tmp_path))
    assert "Riêng (chưa đối chiếu" in told.output
