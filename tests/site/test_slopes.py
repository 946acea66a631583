"""Words at the ends of lines keep apart, and stay as near to their points as that allows."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from phieu.site.slopes import apart


@settings(deadline=None)
@given(st.lists(st.floats(0, 240), max_size=6))
def test_no_two_words_overlap_and_their_order_is_that_of_the_points(heights: list[float]) -> None:
    places = dict(enumerate(heights))
    moved = apart(places, 17)
    assert moved.keys() == places.keys()
    in_order = sorted(moved.values())
    assert all(below - above >= 17 - 1e-6 for above, below in pairwise(in_order))
    for one, other in pairwise(sorted(places, key=lambda key: (places[key], moved[key]))):
        assert moved[one] <= moved[other]


def test_words_that_have_room_are_not_moved() -> None:
    assert apart({0: 10.0, 1: 100.0, 2: 27.0}, 17) == {0: 10.0, 1: 100.0, 2: 27.0}


def test_two_words_on_one_place_part_evenly() -> None:
    assert apart({0: 50.0, 1: 50.0}, 20) == {0: 40.0, 1: 60.0}
