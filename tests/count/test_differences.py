"""What differs between the figures of a round, and what an explanation of it is worth."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phieu import words
from phieu.count.differences import Difference, Kind, Said, differences, not_compared
from phieu.vote.plan import BallotStyle, Contest, Head, Publication, Round, Unit
from phieu.vote.rules_file import load_rules
from phieu.vote.tally import BallotVotes, Figures, StyleTally, tally_style

WHOLE = Figures(
    members=50, summoned=48, present=40, issued=40, exchanged=1, unused=4, collected=40, printed=45
)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with words.spoken("en"):
        yield


STYLE = BallotStyle("hdnd", "Phiếu", (Contest("huong", 1, "Trần Thị Mai Hương", "Chủ tịch"),), "", True, "A4")
A_ROUND = Round(
    id="ky-hop-12",
    title="Kỳ họp thứ 12",
    unit=Unit("tinh", "Hội đồng nhân dân tỉnh Minh Hải"),
    date=date(2026, 12, 7),
    place="Minh Hải",
    head=Head.STATE,
    publish=Publication.FULL,
    rules=load_rules("NQ-96-2023-QH15"),
    styles=(STYLE,),
)
PARTY = replace(A_ROUND, rules=load_rules("96-QD-TW"))


def tallied(figures: Figures, high: int = 40, low: int = 0) -> StyleTally:
    votes = [
        BallotVotes({contest.id: row for contest in STYLE.contests})
        for row in ["high"] * high + ["low"] * low
    ]
    return tally_style(STYLE, A_ROUND.rules, votes, figures, final=False)


def found(figures: Figures, high: int = 40, low: int = 0, a_round: Round = A_ROUND) -> dict[Kind, Difference]:
    return {one.kind: one for one in differences(a_round, [tallied(figures, high, low)], {})}


def test_figures_that_agree_differ_nowhere() -> None:
    assert found(WHOLE) == {}


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        ({"collected": 39}, Kind.COLLECTED_READ, "39 were collected, but 40 were read."),
        ({"collected": 41, "issued": 41}, Kind.COLLECTED_READ, "41 were collected, but 40 were read."),
        ({"issued": 41}, Kind.ISSUED_COLLECTED, "41 were issued, but 40 were collected."),
        ({"issued": None}, Kind.ISSUED_COLLECTED, "how many were issued was not told."),
        ({"present": 41}, Kind.PRESENT_ISSUED, "41 were present, but 40 were issued."),
        ({"present": 39}, Kind.PRESENT_ISSUED, "39 were present, but 40 were issued."),
        (
            {"printed": 46},
            Kind.PRINTED_ACCOUNTED,
            "46 were printed, but issued, exchanged and unused are 45.",
        ),
        ({"unused": 5}, Kind.PRINTED_ACCOUNTED, "45 were printed, but issued, exchanged and unused are 46."),
        ({"unused": None}, Kind.PRINTED_ACCOUNTED, "of these was not told: unused."),
        ({"unused": None, "exchanged": None}, Kind.PRINTED_ACCOUNTED, "not told: exchanged, unused."),
    ],
)
def test_a_figure_that_is_off_by_one_differs(
    change: dict[str, int | None], kind: Kind, sentence: str
) -> None:
    differing = found(replace(WHOLE, **change))  # type: ignore[arg-type]
    assert differing[kind].sentence.endswith(sentence)
    assert differing[kind].id == f"hdnd/{kind}" and not differing[kind].settled


@settings(deadline=None)
@given(read=st.integers(0, 60), collected=st.integers(0, 60))
def test_more_sheets_read_than_collected_can_never_be_explained(read: int, collected: int) -> None:
    style = StyleTally("hdnd", "", Figures(issued=60, collected=collected), read, read, 0, 0, ())
    said = Said("hdnd/collected-read", {"collected": collected, "read": read}, "", "so it is", "A")
    of_sheets = [
        one
        for one in differences(A_ROUND, [style], {said.difference: said})
        if one.kind is Kind.COLLECTED_READ
    ]
    assert [one.settled for one in of_sheets] == ([] if read == collected else [read < collected])


def test_an_explanation_holds_for_its_numbers_only() -> None:
    (one,) = differences(A_ROUND, [tallied(replace(WHOLE, unused=3))], {})
    said = {one.id: Said(one.id, one.numbers, one.sentence, "a sheet jammed in the printer", "A")}
    (same,) = differences(A_ROUND, [tallied(replace(WHOLE, unused=3))], said)
    assert same.settled and same.explanation == "a sheet jammed in the printer" and same.by == "A"
    (other,) = differences(A_ROUND, [tallied(replace(WHOLE, unused=2))], said)
    assert not other.settled and other.explanation == ""


@pytest.mark.parametrize(
    ("present", "differs"), [(31, True), (32, False), (48, False), (None, True)], ids=str
)
def test_too_few_present_is_a_difference_where_the_rule_set_knows_the_quorum(
    present: int | None, differs: bool
) -> None:
    figures = replace(WHOLE, present=present)
    assert (Kind.QUORUM in found(figures, a_round=PARTY)) is differs
    assert Kind.QUORUM not in found(figures)


def test_what_was_held_against_nothing_is_said() -> None:
    (quorum,) = not_compared(A_ROUND, {"hdnd": WHOLE})
    assert "NQ-96-2023-QH15 as read here names no quorum" in quorum
    assert not_compared(PARTY, {"hdnd": WHOLE}) == []
    (untold,) = not_compared(PARTY, {"hdnd": replace(WHOLE, present=None, printed=None)})
    assert untold == "Ballot hdnd: not told, so held against nothing: present, printed."


@pytest.mark.parametrize(
    ("low", "missing", "depends"),
    [
        (20, 1, True),  # 20 of 41, 21 of 41: more than half
        (19, 1, False),
        (19, 2, False),  # 19, 20 or 21 of 42: never more than half
        (19, 3, True),  # 22 of 43
        (27, 1, True),  # 27 of 41 are under two thirds, 28 are over
        (26, 1, False),
    ],
)
def test_missing_ballots_that_could_change_an_outcome_are_named_with_whose(
    low: int, missing: int, depends: bool
) -> None:
    collected = 40 + missing
    figures = replace(WHOLE, collected=collected, issued=collected, present=collected)
    sentence = found(figures, high=40 - low, low=low)[Kind.COLLECTED_READ].sentence
    assert ("could change the outcome of: Trần Thị Mai Hương" in sentence) is depends
