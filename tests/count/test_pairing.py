"""Two sides of a sheet, and blank backs: by adjacency alone, and never by guessing."""

import pytest

from phieu.count.pairing import Scan, pair
from phieu.ocr.reading import Outcome, PageReading

PAGES = {"TWOSIDED": 2, "ONESIDED": 1}


def scan(kind: str, stack: str = "s.pdf", alone: bool = False) -> Scan:
    """A page by a letter: F front, B back, P one-sided, `-` blank, ? for review, D duplicate, S separator.

    2 has two sheets on it.
    """
    form, page = {"F": ("TWOSIDED", 1), "B": ("TWOSIDED", 2), "P": ("ONESIDED", 1)}.get(kind, (None, None))
    outcome = {
        "-": Outcome.BLANK,
        "?": Outcome.REVIEW,
        "D": Outcome.DUPLICATE,
        "S": Outcome.SEPARATOR,
        "U": Outcome.UNREADABLE,
        "2": Outcome.REVIEW,
    }.get(kind, Outcome.READ)
    notes = ("several_codes",) if kind == "2" else ()
    return Scan(PageReading(stack, 0, "", outcome, form, page, notes=notes), stack, alone=alone)


def scans(kinds: str, alone: bool = False) -> list[Scan]:
    return [scan(kind, alone=alone) for kind in kinds]


@pytest.mark.parametrize("kinds", ["FBFBFB", "BFBFBF"])
def test_fronts_and_backs_in_one_order_are_sheets(kinds: str) -> None:
    paired = pair(scans(kinds), PAGES, 3)
    assert paired.sheets == ((0, 1), (2, 3), (4, 5))
    assert paired.problems == ()


@pytest.mark.parametrize(
    "kinds",
    [
        "FBBFFB",  # one sheet was turned over
        "FBFFBB",  # two fronts in a row
        "FBF",  # a back is missing
        "FFBB",  # all fronts, then all backs
        "FB??",  # a sheet of which neither side says what it is
        "FBB?",  # the other way round than the sheet before
        "FBF2",  # two sheets on one image
        "FB-F",  # a blank page slipped in
        "FBFD",  # half a sheet was read before
        "FBP?",
    ],
)
def test_whatever_does_not_fit_two_by_two_is_left_to_people(kinds: str) -> None:
    declared = (len(kinds) + 1) // 2
    assert pair(scans(kinds), PAGES, declared).problems


@pytest.mark.parametrize("kinds", ["FBF?FB", "FB?BFB", "?BF?FB", "F?", "B?BF"])
def test_a_side_that_does_not_say_what_it_is_belongs_to_the_other_side_of_its_sheet(kinds: str) -> None:
    paired = pair(scans(kinds), PAGES, len(kinds) // 2)
    assert paired.sheets == tuple((at, at + 1) for at in range(0, len(kinds), 2))
    assert paired.problems == ()


def test_fronts_and_backs_that_are_not_as_many_as_declared_are_left_to_people() -> None:
    assert pair(scans("FBFB"), PAGES, 3).problems


def test_sheets_never_reach_over_two_files() -> None:
    apart = [scan("F", "a.pdf"), scan("B", "b.pdf")]
    assert pair(apart, PAGES, 1).problems


def test_a_couple_read_before_and_a_separator_with_its_back_do_not_disturb_pairs() -> None:
    paired = pair(scans("S-DDFB"), PAGES, 1)
    assert paired.sheets == ((4, 5),)
    assert paired.problems == ()
    assert paired.backs == {1}


def test_one_sided_and_two_sided_ballots_may_lie_in_one_batch() -> None:
    paired = pair(scans("FBP-FB"), PAGES, 3)
    assert paired.sheets == ((0, 1), (2,), (4, 5))
    assert paired.backs == {3}
    assert paired.problems == ()


@pytest.mark.parametrize("kinds", ["P-P-P-", "-P-P-P", "P--PP-", "P-"])
def test_blank_backs_of_one_sided_ballots_are_fine(kinds: str) -> None:
    paired = pair(scans(kinds), PAGES, 3)
    assert len(paired.sheets) == kinds.count("P")
    assert len(paired.backs) == kinds.count("-")


@pytest.mark.parametrize("kinds", ["PP-P", "-PPP", "-", "P-P", "PPPPP-"])
def test_a_blank_page_among_one_sided_scans_is_no_back(kinds: str) -> None:
    assert pair(scans(kinds), PAGES, 3).backs == frozenset()


def test_a_blank_file_beside_one_ballot_file_is_no_back() -> None:
    assert pair(scans("P-", alone=True), PAGES, 1).backs == frozenset()
    assert pair(scans("P-P-", alone=True), PAGES, 2).backs == {1, 3}


def test_a_sheet_that_is_blank_on_both_sides_is_missed_once() -> None:
    paired = pair(scans("P-P---"), PAGES, 3)
    assert len(paired.sheets) == 2
    assert paired.backs == {1, 3, 5}


def test_a_note_on_the_back_belongs_to_its_ballot() -> None:
    paired = pair(scans("P-P?P-"), PAGES, 3)
    assert paired.sheets == ((0,), (2, 3), (4,))


def test_pages_for_review_in_one_sided_scans_are_ballots_of_their_own() -> None:
    assert pair(scans("P?P"), PAGES, 3).sheets == ((0,), (1,), (2,))
