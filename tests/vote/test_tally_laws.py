"""Laws of every tally: what an invalid ballot, another order, and counting unit by unit leave as it is."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phieu.vote.ballot import judge, why_invalid
from phieu.vote.plan import BallotStyle, Contest
from phieu.vote.rules import BLANK, OVERVOTED, RuleSet, Spoils, row_answers, sheet_answers, stray_answers
from phieu.vote.rules_file import known_rules, load_rules
from phieu.vote.tally import SPOILED, BallotVotes, Figures, StyleTally, tally_style

ALL_RULES = {name: load_rules(name) for name in known_rules()}
TWO = BallotStyle(
    "hai",
    "Phiếu",
    (Contest("a", 1, "Vũ Thị Lan", ""), Contest("b", 2, "Đinh Công Tráng", "")),
    "",
    True,
    "A4",
)
ONE = replace(TWO, contests=TWO.contests[:1])


@st.composite
def counts(draw: st.DrawFn) -> tuple[RuleSet, list[BallotVotes], Figures]:
    """A rule set, ballots counted by it, and figures that allow for them and some more."""
    rules = ALL_RULES[draw(st.sampled_from(sorted(ALL_RULES)))]
    rows = st.sampled_from([*(option.id for option in rules.options), BLANK, OVERVOTED, SPOILED])
    ballot = st.builds(
        BallotVotes,
        rows=st.fixed_dictionaries({contest.id: rows for contest in TWO.contests}),
        valid=st.sampled_from([True, True, True, False]),
    )
    ballots = draw(st.lists(ballot, max_size=40))
    collected = len(ballots) + draw(st.integers(1, 5))
    figures = Figures(members=90, summoned=80, present=60, issued=50, collected=collected)
    return rules, ballots, figures


def numbers(tally: StyleTally) -> Counter[tuple[str, ...]]:
    """Every count of a tally, by name."""
    found: Counter[tuple[str, ...]] = Counter()
    for name in ("read", "valid", "invalid", "undecided"):
        found[(name,)] = getattr(tally, name)
    for contest in tally.contests:
        for option, votes in contest.votes.items():
            found[contest.id, "votes", option] = votes
        for name in ("blank", "overvoted", "spoiled", "undecided"):
            found[contest.id, name] = getattr(contest, name)
    return found


@settings(deadline=None)
@given(counts(), st.integers(0, 40))
def test_an_invalid_ballot_adds_to_what_was_read_and_is_invalid_and_to_nothing_else(
    count: tuple[RuleSet, list[BallotVotes], Figures], place: int
) -> None:
    rules, ballots, figures = count
    invalid = BallotVotes({contest.id: rules.options[0].id for contest in TWO.contests}, valid=False)
    before = tally_style(TWO, rules, ballots, figures, True)
    after = tally_style(TWO, rules, [*ballots[:place], invalid, *ballots[place:]], figures, True)
    assert (after.read, after.invalid) == (before.read + 1, before.invalid + 1)
    # The figures are what people counted beforehand, so percentages and outcomes stay, too.
    assert replace(after, read=before.read, invalid=before.invalid) == before


@settings(deadline=None)
@given(counts(), st.randoms(use_true_random=False))
def test_no_order_of_the_ballots_changes_anything(
    count: tuple[RuleSet, list[BallotVotes], Figures],
    random,  # type: ignore[no-untyped-def]
) -> None:
    rules, ballots, figures = count
    shuffled = random.sample(ballots, len(ballots))
    assert tally_style(TWO, rules, shuffled, figures, True) == tally_style(TWO, rules, ballots, figures, True)


@settings(deadline=None)
@given(counts(), st.lists(st.integers(0, 4), min_size=45, max_size=45))
def test_the_tallies_of_all_units_add_up_to_the_tally_of_all_ballots(
    count: tuple[RuleSet, list[BallotVotes], Figures], unit_of: list[int]
) -> None:
    rules, ballots, figures = count
    units: dict[int, list[BallotVotes]] = {}
    for unit, ballot in zip(unit_of, ballots, strict=False):
        units.setdefault(unit, []).append(ballot)
    apart = [numbers(tally_style(TWO, rules, one, Figures(), False)) for one in units.values()]
    whole = numbers(tally_style(TWO, rules, ballots, figures, False))
    assert +sum(apart, Counter()) == +whole


@st.composite
def answers(draw: st.DrawFn, style: BallotStyle, rules: RuleSet):  # type: ignore[no-untyped-def]
    """What people and the machine may say of a ballot, with nothing open."""
    row = st.sampled_from([one.id for one in row_answers(rules)])
    rows = {contest.id: draw(row) for contest in style.contests}
    ink = st.sampled_from([one.id for one in stray_answers(rules)])
    place = st.sampled_from([*rows, None])
    stray = draw(st.lists(st.tuples(place, ink), max_size=3))
    sheet = draw(st.lists(st.sampled_from([one.id for one in sheet_answers(rules)]), max_size=1))
    return rows, stray, sheet


@pytest.mark.parametrize("rules_id", known_rules())
@pytest.mark.parametrize("style", [ONE, TWO], ids=["one row", "two rows"])
@settings(deadline=None)
@given(data=st.data())
def test_a_ballot_is_invalid_for_one_reason_that_spoils_it_and_a_valid_one_for_none(
    rules_id: str, style: BallotStyle, data: st.DataObject
) -> None:
    rules = ALL_RULES[rules_id]
    rows, stray, sheet = data.draw(answers(style, rules))
    valid = judge(style, rules, rows, stray, sheet).valid
    reason = why_invalid(style, rules, rows, stray, sheet)
    assert (reason != "") is (valid is False)
    if reason in (BLANK, OVERVOTED):
        assert reason in rows.values()
    elif reason:
        said = {*sheet, *(answer for _place, answer in stray)}
        spoils = {one.id: one.spoils for one in (*stray_answers(rules), *sheet_answers(rules))}
        assert reason in said and spoils[reason] is not Spoils.NOTHING


def test_of_several_reasons_the_sheet_goes_before_ink_and_ink_before_rows() -> None:
    party = ALL_RULES["96-QD-TW"]
    rows, ink = {"a": BLANK}, [("a", "name_struck")]
    assert why_invalid(ONE, party, rows, ink, ["no_seal"]) == "no_seal"
    assert why_invalid(ONE, party, rows, ink, ["valid"]) == "name_struck"
    assert why_invalid(ONE, party, rows, [("a", "ignore")], ["valid"]) == BLANK
    assert why_invalid(ONE, party, {"a": "low"}, [("a", "signature")]) == ""
