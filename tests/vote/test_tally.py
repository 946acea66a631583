from dataclasses import asdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phieu.vote.plan import BallotStyle, Contest
from phieu.vote.rules import BLANK, OVERVOTED, RuleSet
from phieu.vote.rules_file import load_rules
from phieu.vote.tally import (
    SPOILED,
    UNDECIDED,
    BallotVotes,
    Figures,
    RoundTally,
    percent,
    percent_words,
    tally_json,
    tally_style,
    want_of_figures,
)
from phieu.words import spoken as speaking

RULES = load_rules("NQ-96-2023-QH15")
STYLE = BallotStyle(
    id="hdnd",
    title="Phiếu tín nhiệm",
    contests=(
        Contest("tran-thi-mai-huong", 1, "Trần Thị Mai Hương", "Chủ tịch"),
        Contest("le-quang-dinh", 2, "Lê Quang Định", "Phó Chủ tịch"),
    ),
    colour="",
    seal=True,
    paper="A4",
)
ONE_ROW = BallotStyle("mot", "Phiếu một người", STYLE.contests[:1], "", True, "A4")

ROWS = st.sampled_from(["high", "confidence", "low", BLANK, OVERVOTED, SPOILED, UNDECIDED])
BALLOTS = st.lists(
    st.builds(
        BallotVotes,
        rows=st.fixed_dictionaries({contest.id: ROWS for contest in STYLE.contests}),
        valid=st.sampled_from([True, True, True, False, None]),
    ),
    max_size=60,
)


def votes_of(high: int, confidence: int, low: int, blank: int = 0) -> list[BallotVotes]:
    said = ["high"] * high + ["confidence"] * confidence + ["low"] * low + [BLANK] * blank
    return [BallotVotes({contest.id: row for contest in ONE_ROW.contests}) for row in said]


def outcome(low: int, collected: int, rules: RuleSet = RULES) -> str | None:
    tally = tally_style(ONE_ROW, rules, votes_of(collected - low, 0, low), Figures(collected=collected), True)
    return tally.contests[0].outcome


@given(BALLOTS, st.randoms())
def test_the_order_of_ballots_does_not_matter(ballots: list[BallotVotes], random) -> None:  # type: ignore[no-untyped-def]
    figures = Figures(issued=70, collected=len(ballots))
    shuffled = random.sample(ballots, len(ballots))
    assert tally_style(STYLE, RULES, shuffled, figures, True) == tally_style(
        STYLE, RULES, ballots, figures, True
    )


@given(BALLOTS)
def test_every_ballot_and_every_row_is_counted_once(ballots: list[BallotVotes]) -> None:
    tally = tally_style(STYLE, RULES, ballots, Figures(collected=len(ballots)), False)
    assert tally.read == len(ballots) == tally.valid + tally.invalid + tally.undecided
    for contest in tally.contests:
        rows = sum(contest.votes.values()) + contest.blank + contest.overvoted + contest.spoiled
        assert rows + contest.undecided == tally.read - tally.invalid


@given(BALLOTS, BALLOTS)
def test_the_tally_of_two_stacks_is_the_sum_of_their_tallies(
    a: list[BallotVotes], b: list[BallotVotes]
) -> None:
    one, two, both = (tally_style(STYLE, RULES, x, Figures(), False) for x in (a, b, [*a, *b]))
    for x, y, z in zip(one.contests, two.contests, both.contests, strict=True):
        assert {option: x.votes[option] + y.votes[option] for option in z.votes} == z.votes
        assert x.blank + y.blank == z.blank
    assert one.valid + two.valid == both.valid


@given(st.integers(1, 5000), st.data())
def test_thresholds_are_met_exactly_where_fractions_say(collected: int, data: st.DataObject) -> None:
    low = data.draw(st.integers(0, collected))
    share = Fraction(low, collected)
    reached = next(t for t in (*RULES.thresholds, None) if t is None or t.reached(low, collected))
    if share >= Fraction(2, 3):
        assert reached is not None and reached.outcome == "two_thirds_low"
    elif share > Fraction(1, 2):
        assert reached is not None and reached.outcome == "over_half_low"
    else:
        assert reached is None


@pytest.mark.parametrize("rules_id", ["NQ-96-2023-QH15", "96-QD-TW"])
@pytest.mark.parametrize(
    ("low", "collected", "expected"),
    [
        (25, 47, "over_half_low"),
        (23, 47, "none"),
        (24, 48, "none"),
        (25, 48, "over_half_low"),
        (31, 48, "over_half_low"),
        (32, 48, "two_thirds_low"),
        (66667, 100000, "two_thirds_low"),
        (66666, 100000, "over_half_low"),
        (0, 1, "none"),
        (1, 1, "two_thirds_low"),
    ],
)
def test_outcomes_at_the_edges(rules_id: str, low: int, collected: int, expected: str) -> None:
    assert outcome(low, collected, load_rules(rules_id)) == expected


def test_the_exact_share_decides_and_not_the_rounded_percentage() -> None:
    assert percent(50001, 100000, 2) == "50.00"
    assert outcome(50001, 100000) == "over_half_low"
    assert percent(66665, 99998, 2) == "66.67"
    assert outcome(66665, 99998) == "over_half_low"


# Published counts and percentages, as figures only: of 498 and 485 deputies, of 81, 80, 47, 88 ballots.
PUBLISHED = [
    (330, 498, "66.27"),
    (133, 498, "26.71"),
    (28, 498, "5.62"),
    (13, 498, "2.61"),
    (6, 485, "1.24"),
    (34, 485, "7.01"),
    (92, 485, "18.97"),
    (73, 81, "90.12"),
    (6, 81, "7.41"),
    (2, 81, "2.47"),
    (78, 80, "97.50"),
    (46, 47, "97.87"),
    (25, 47, "53.19"),
    (75, 88, "85.23"),
    (46, 52, "88.46"),
]


@pytest.mark.parametrize(("count", "of", "published"), PUBLISHED)
def test_percentages_are_those_that_were_published(count: int, of: int, published: str) -> None:
    assert percent(count, of, 2) == published


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 4))
def test_percentages_are_rounded_half_up(count: int, of: int, decimals: int) -> None:
    # With 60 digits a tie of such numbers is exact, so decimal's own rounding can be the second opinion.
    step = Decimal(1).scaleb(-decimals)
    exact = Fraction(count * 100, of)
    tie = (exact * 10**decimals * 2).denominator == 1 and (exact * 10**decimals).denominator == 2
    if tie:
        expected = Decimal(int(exact * 10**decimals) + 1).scaleb(-decimals)
    else:
        expected = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(step, ROUND_HALF_UP)
    assert Decimal(percent(count, of, decimals)) == expected


def test_half_a_hundredth_is_rounded_up() -> None:
    assert percent(1, 800, 2) == "0.13"
    assert percent(3, 800, 2) == "0.38"
    assert percent(1, 2, 0) == "50"


def test_percentages_are_of_ballots_collected_not_of_valid_rows() -> None:
    tally = tally_style(ONE_ROW, RULES, votes_of(19, 2, 25, blank=1), Figures(collected=47), True)
    contest = tally.contests[0]
    assert contest.percent == {"high": "40.43", "confidence": "4.26", "low": "53.19"}
    assert (contest.blank, contest.outcome) == (1, "over_half_low")


def test_without_the_number_collected_there_are_no_percentages_and_no_outcome() -> None:
    tally = tally_style(ONE_ROW, RULES, votes_of(1, 1, 40), Figures(issued=42), True)
    assert set(tally.contests[0].percent.values()) == {""}
    assert tally.contests[0].outcome is None
    assert want_of_figures(ONE_ROW, RULES, Figures(issued=42))
    assert not want_of_figures(ONE_ROW, RULES, Figures(collected=42))


def test_nothing_collected_is_no_outcome_against_anybody() -> None:
    tally = tally_style(ONE_ROW, RULES, [], Figures(collected=0), True)
    assert tally.contests[0].outcome == "none"
    assert set(tally.contests[0].percent.values()) == {""}


def test_there_is_no_outcome_before_the_round_is_final() -> None:
    tally = tally_style(ONE_ROW, RULES, votes_of(0, 0, 40), Figures(collected=40), False)
    assert tally.contests[0].outcome is None
    assert tally.contests[0].percent["low"] == "100.00"


def test_a_ballot_with_an_open_row_is_undecided_but_its_other_rows_count() -> None:
    ballot = BallotVotes({"tran-thi-mai-huong": "high", "le-quang-dinh": UNDECIDED})
    tally = tally_style(STYLE, RULES, [ballot], Figures(), False)
    assert (tally.valid, tally.undecided) == (0, 1)
    assert tally.contests[0].votes["high"] == 1
    assert tally.contests[1].undecided == 1


def test_a_vote_that_no_option_stands_for_is_never_counted_silently() -> None:
    with pytest.raises(ValueError, match="higher"):
        tally_style(ONE_ROW, RULES, [BallotVotes({"tran-thi-mai-huong": "higher"})], Figures(), False)


def test_the_json_has_the_agreed_shape() -> None:
    style = tally_style(ONE_ROW, RULES, votes_of(73, 6, 2), Figures(issued=81, collected=81), True)
    tally = RoundTally("ky-hop-12", "Kỳ họp thứ 12", True, (), (style,))
    assert tally_json(False, [tally]) == {
        "practice": False,
        "rounds": [
            {
                "id": "ky-hop-12",
                "title": "Kỳ họp thứ 12",
                "final": True,
                "ballots": [
                    {
                        "id": "mot",
                        "issued": 81,
                        "collected": 81,
                        "read": 81,
                        "valid": 81,
                        "invalid": 0,
                        "undecided": 0,
                        "contests": [
                            {
                                "id": "tran-thi-mai-huong",
                                "name": "Trần Thị Mai Hương",
                                "votes": {"high": 73, "confidence": 6, "low": 2},
                                "blank": 0,
                                "overvoted": 0,
                                "percent": {"high": "90.12", "confidence": "7.41", "low": "2.47"},
                                "outcome": "none",
                            }
                        ],
                    }
                ],
            }
        ],
    }


def test_a_row_lost_to_a_struck_name_is_shown_and_only_then() -> None:
    lost = BallotVotes({"tran-thi-mai-huong": SPOILED})
    style = tally_style(ONE_ROW, RULES, [lost, *votes_of(1, 0, 0)], Figures(collected=2), True)
    json = tally_json(False, [RoundTally("r", "R", True, (), (style,))])
    assert json["rounds"][0]["ballots"][0]["contests"][0]["spoiled"] == 1
    assert asdict(style)["contests"][0]["votes"]["high"] == 1


def test_percentages_are_written_as_people_write_them() -> None:
    assert percent_words("90.12", "vi") == "90,12%"
    assert percent_words("90.12", "en") == "90.12%"
    assert percent_words("") == "–"
    with speaking("en"):
        assert percent_words("7.00") == "7.00%"
