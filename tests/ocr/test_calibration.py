"""What a rehearsal deck says of a scanner: its unclear zone only widens, and bad scanners are refused."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phieu.ocr.calibration import LEAST_BOXES, Sample, Trouble, Truth, judge
from phieu.ocr.page import ReaderSettings
from phieu.ocr.reading import FieldReading, State
from phieu.ocr.rule import MarkRule
from phieu.ocr.zone import MOST_MM2, UnclearZone

RULE = MarkRule()
WHYS = ["clean", "strong", "speck", "dot", "faint", "trace", "tail", "seal", "line", "written"]

amounts = st.floats(0, 60)
limits = st.floats(0, MOST_MM2)
zones = st.builds(UnclearZone, limits, st.none() | limits)


@st.composite
def fields(draw: st.DrawFn) -> FieldReading:
    features = draw(
        st.just(())
        | st.tuples(
            st.tuples(st.just("strong_mm2"), amounts),
            st.tuples(st.just("faint_mm2"), amounts),
            st.tuples(st.just("darkness"), st.floats(0, 1)),
        )
    )
    state, why = draw(st.sampled_from(State)), draw(st.sampled_from(WHYS))
    return FieldReading("row-1", "high", state, draw(st.floats(0, 1)), why, features)


samples = st.lists(st.builds(Sample, st.just("here"), st.sampled_from(Truth), fields()), max_size=30)


@given(zones, st.lists(fields(), max_size=20))
def test_a_zone_only_ever_makes_fields_unclear(zone: UnclearZone, page: list[FieldReading]) -> None:
    for before, after in zip(page, zone.over(page), strict=True):
        if after != before:
            assert before.state is not State.UNCLEAR
            assert after.state is State.UNCLEAR
            assert after == replace(before, state=State.UNCLEAR, why=after.why)
    assert UnclearZone().over(page) == tuple(page)


@given(zones, zones, st.lists(fields(), max_size=20))
def test_a_wider_zone_leaves_nothing_certain_that_was_unclear(
    one: UnclearZone, other: UnclearZone, page: list[FieldReading]
) -> None:
    wide = one.joined(other).over(page)
    for narrow in (one.over(page), other.over(page)):
        assert all(
            b.state is State.UNCLEAR for a, b in zip(narrow, wide, strict=True) if a.state is State.UNCLEAR
        )


@given(samples)
def test_whatever_a_deck_shows_its_settings_are_never_less_careful(deck: list[Sample]) -> None:
    found = judge(deck, RULE)
    settings = ReaderSettings(practice=False, zone=found.zone)
    assert settings.marks == RULE
    assert settings == ReaderSettings.from_json(settings.to_json())
    for one in deck:
        (after,) = found.zone.over([one.field])
        assert after.state in (one.field.state, State.UNCLEAR)


@pytest.mark.parametrize("limit", [-1.0, math.nan, math.inf, MOST_MM2 + 1])
def test_limits_that_are_none_make_no_zone(limit: float) -> None:
    with pytest.raises(ValueError, match="limits"):
        UnclearZone(limit)
    with pytest.raises(ValueError, match="limits"):
        UnclearZone(0, limit)


def sample(truth: Truth, state: State, why: str, ink: float, darkness: float = 0.7) -> Sample:
    features = (("strong_mm2", ink), ("faint_mm2", 1.5 * ink), ("darkness", darkness)) if ink else ()
    return Sample("here", truth, FieldReading("row", "high", state, 0.1, why, features))


def good_deck(known: bool = True, ink: float = 6.0, dirt: float = 0.0, darkness: float = 0.7) -> list[Sample]:
    mark, nothing = (Truth.MARK, Truth.NOTHING) if known else (Truth.UNKNOWN, Truth.UNKNOWN)
    why = "speck" if dirt else "clean"
    return [
        *[sample(mark, State.MARKED, "strong", ink, darkness)] * 100,
        *[sample(nothing, State.EMPTY, why, dirt, 0.3)] * 200,
    ]


@pytest.mark.parametrize("known", [True, False])
def test_a_scanner_that_separates_well_is_not_refused(known: bool) -> None:
    found = judge(good_deck(known), RULE)
    assert found.troubles == ()
    assert (len(found.marks), len(found.empty)) == (100, 200)
    assert found.unclear_marks == found.unclear_empty == (0, 0)


def test_dirt_asks_twice_its_ink_of_a_mark_and_the_weakest_mark_half_its_ink_of_an_empty_box() -> None:
    weak = sample(Truth.MARK, State.MARKED, "strong", 1.0)
    found = judge([*good_deck(dirt=0.4), weak], RULE)
    assert found.troubles == ()
    assert found.zone == UnclearZone(mark_mm2=0.8, empty_mm2=0.75)
    assert found.marks[0] is weak


def test_ink_that_is_known_to_come_from_elsewhere_is_no_dirt() -> None:
    others = [
        sample(Truth.NOTHING, State.EMPTY, "tail", 3.0),
        sample(Truth.NOTHING, State.EMPTY, "seal", 9.0),
        sample(Truth.NOTHING, State.UNCLEAR, "line", 5.0),
    ]
    found = judge([*good_deck(), *others], RULE)
    assert found.troubles == ()
    assert found.zone.mark_mm2 == 0


def test_a_truth_of_doubtful_boxes_says_nothing_of_the_scanner() -> None:
    doubtful = [sample(Truth.DOUBTFUL, State.UNCLEAR, "dot", 0.6)] * 50
    assert judge([*good_deck(), *doubtful], RULE).zone == judge(good_deck(), RULE).zone


@pytest.mark.parametrize(
    ("deck", "trouble"),
    [
        ([*good_deck(), sample(Truth.MARK, State.EMPTY, "clean", 0.0)], Trouble.MISSED),
        ([*good_deck(), sample(Truth.NOTHING, State.MARKED, "strong", 2.0)], Trouble.INVENTED),
        (good_deck(darkness=0.25), Trouble.PALE),
        (good_deck(known=False, darkness=0.25), Trouble.PALE),
        ([*good_deck(), *[sample(Truth.MARK, State.UNCLEAR, "faint", 0.3, 0.1)] * 10], Trouble.MARKS_UNCLEAR),
        ([*good_deck(known=False), *[sample(Truth.UNKNOWN, State.UNCLEAR, "faint", 0.3)] * 10],
         Trouble.MARKS_UNCLEAR),
        (good_deck(ink=1.0, dirt=0.6), Trouble.MARKS_UNCLEAR),
        ([*good_deck(), *[sample(Truth.NOTHING, State.UNCLEAR, "dot", 0.3)] * 10], Trouble.EMPTY_UNCLEAR),
        ([*good_deck(ink=0.7, dirt=0.3), *[sample(Truth.NOTHING, State.EMPTY, "speck", 0.5)] * 5],
         Trouble.EMPTY_UNCLEAR),
        (good_deck()[100 - LEAST_BOXES + 1 :], Trouble.FEW),
        ([], Trouble.FEW),
    ],
)  # fmt: skip
def test_a_scanner_that_can_not_separate_is_refused_for_a_named_reason(
    deck: list[Sample], trouble: Trouble
) -> None:
    assert trouble in judge(deck, RULE).troubles
