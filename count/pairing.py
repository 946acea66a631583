"""Which pages are the two sides of one sheet, and which blank pages are backs. Pure.

Ballots have no serials, so adjacency is the only evidence: images 2k and 2k+1 of one stack, which is a file,
or a folder in natural name order. A two-sided form pairs them only if there are as many fronts as backs as
declared sheets, and every couple is one front and one back in the same order. Else the batch is staged:
nothing is guessed. A side that does not say what it is lies where its sheet's other side must be: it is
paired with the side that does, and people are asked whether it is.

A one-sided form that was scanned on both sides gives couples of a ballot and a blank back. If every couple of
a stack looks so, its blanks are backs; a blank anywhere else lies where a ballot was expected.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..ocr.reading import Outcome, PageReading
from ..words import _

_OF_BALLOTS = (Outcome.READ, Outcome.REVIEW)


@dataclass(frozen=True, slots=True)
class Scan:
    """One page image that was given."""

    reading: PageReading
    stack: str
    """Names the file or folder whose images were scanned in a row."""
    file: str = ""
    """Where the desk keeps its file, in the batch's folder; empty where it keeps none."""
    alone: bool = False
    """The only page of its file: one of several files in a folder."""


@dataclass(frozen=True, slots=True)
class Paired:
    """What belongs together."""

    sheets: tuple[tuple[int, ...], ...]
    """The images of each ballot, as places in the scans given."""
    backs: frozenset[int]
    """Blank pages that are backs of one-sided ballots."""
    problems: tuple[str, ...]
    """Sentences: why sides can't be paired. Then the batch has to be staged."""


def pair(scans: Sequence[Scan], pages_of: Mapping[str, int], declared: int) -> Paired:
    """Pair images into sheets.

    Args:
        scans: all that were given, in order, duplicates already told from the rest.
        pages_of: form id to how many pages the form has.
        declared: sheets that people counted.
    """
    stacks: dict[str, list[int]] = defaultdict(list)
    for place, scan in enumerate(scans):
        stacks[scan.stack].append(place)
    sheets: list[tuple[int, ...]] = []
    backs: set[int] = set()
    problems: list[str] = []
    told: dict[int, int] = {}
    for places in stacks.values():
        if any(_sides(scans[place], pages_of) == 2 for place in places):
            paired, found, problem = _two_sided(places, scans, pages_of)
            backs |= found
            for couple in _couples(places):
                numbers = _numbers(couple, scans, pages_of)
                told |= {
                    place: number
                    for place, number in zip(couple, numbers, strict=True)
                    if number is not None and scans[place].reading.page is None
                }
            problems += [problem] if problem else []
        elif _is_duplex(places, scans):
            paired, found = _duplex(places, scans)
            backs |= found
        else:
            paired = [(place,) for place in places if _of_ballot(scans[place])]
        sheets += paired
    problems += _unequal(scans, pages_of, declared, told)
    return Paired(tuple(sheets), frozenset(backs), tuple(problems))


def _sides(scan: Scan, pages_of: Mapping[str, int]) -> int:
    return pages_of.get(scan.reading.form or "", 0)


def _of_ballot(scan: Scan) -> bool:
    return scan.reading.outcome in _OF_BALLOTS


def _couples(places: Sequence[int]) -> list[tuple[int, ...]]:
    return [tuple(places[start : start + 2]) for start in range(0, len(places), 2)]


def _two_sided(
    places: Sequence[int], scans: Sequence[Scan], pages_of: Mapping[str, int]
) -> tuple[list[tuple[int, ...]], set[int], str]:
    """Return one stack's sheets, its blank backs, and a sentence about the first couple that does not fit."""
    sheets: list[tuple[int, ...]] = []
    backs: set[int] = set()
    order: set[tuple[int | None, ...]] = set()
    problem = ""
    for couple in _couples(places):
        of_ballots = tuple(place for place in couple if _of_ballot(scans[place]))
        blanks = {place for place in couple if scans[place].reading.outcome is Outcome.BLANK}
        sides = [_sides(scans[place], pages_of) for place in of_ballots]
        numbers = _numbers(couple, scans, pages_of)
        if len(blanks) == 1 and 2 not in sides:
            backs |= blanks
        if not of_ballots:
            continue
        sheets.append(of_ballots)
        if sides == [1]:
            continue
        readings = [scans[place].reading for place in couple]
        order.add(numbers)
        one_form = len({reading.form for reading in readings if reading.form}) == 1
        fits = len(of_ballots) == 2 and 1 not in sides and one_form and set(numbers) == {1, 2}
        if not problem and (not fits or len(order) > 1):
            problem = _(
                "{file}, page {page}: this is not a front and its back in the same order as the others."
            ).format(file=readings[0].source, page=readings[0].index + 1)
    return sheets, backs, problem


def _numbers(
    couple: Sequence[int], scans: Sequence[Scan], pages_of: Mapping[str, int]
) -> tuple[int | None, ...]:
    """Return which page each image of a couple is: where one does not say it, what the other leaves."""
    numbers = [scans[place].reading.page if _of_ballot(scans[place]) else None for place in couple]
    for place, other in ((0, 1), (1, 0)) if len(couple) == 2 else ():
        said = numbers[other]
        two_sided = _sides(scans[couple[other]], pages_of) == 2
        if said is not None and two_sided and _does_not_say(scans[couple[place]]):
            numbers[place] = 3 - said
    return tuple(numbers)


def _does_not_say(scan: Scan) -> bool:
    """Whether a page may be the other side of anything: ours as it seems, and nothing else is known."""
    reading = scan.reading
    several = any(note.startswith("several") for note in reading.notes)
    return reading.outcome is Outcome.REVIEW and reading.form is None and not several


def _unequal(
    scans: Sequence[Scan], pages_of: Mapping[str, int], declared: int, told: Mapping[int, int]
) -> list[str]:
    sides = Counter(scan.reading.page for scan in scans if _of_ballot(scan) and _sides(scan, pages_of) == 2)
    sides.update(told.values())
    if not sides:
        return []
    one_sided = sum(_of_ballot(scan) and _sides(scan, pages_of) == 1 for scan in scans)
    if sides[1] == sides[2] == declared - one_sided:
        return []
    return [
        _(
            "Two-sided ballots: {fronts} fronts and {backs} backs were found, and {declared} sheets declared."
        ).format(fronts=sides[1], backs=sides[2], declared=declared)
    ]


def _is_duplex(places: Sequence[int], scans: Sequence[Scan]) -> bool:
    """Whether a stack of one-sided ballots was scanned on both sides: couples with a back, mostly blank."""
    couples = _couples(places)
    # Two files, one of them blank, may as well be two sheets.
    few = len(couples) == 1 and any(scans[place].alone for place in places)
    if len(places) % 2 or few:
        return False
    blanks = [sum(scans[place].reading.outcome is Outcome.BLANK for place in couple) for couple in couples]
    written = [
        not blank and _has_written_back(couple, scans) for couple, blank in zip(couples, blanks, strict=True)
    ]
    mostly_plain = 2 * sum(blank == 1 for blank in blanks) > len(couples)
    return mostly_plain and all(blank or note for blank, note in zip(blanks, written, strict=True))


def _has_written_back(couple: tuple[int, ...], scans: Sequence[Scan]) -> bool:
    """Whether one side is a ballot's and the other is neither of ours nor blank: a note on the back."""
    forms = [scans[place].reading.form for place in couple if _of_ballot(scans[place])]
    return len(forms) == 2 and sum(form is None for form in forms) == 1


def _duplex(places: Sequence[int], scans: Sequence[Scan]) -> tuple[list[tuple[int, ...]], set[int]]:
    sheets: list[tuple[int, ...]] = []
    backs: set[int] = set()
    for couple in _couples(places):
        of_ballots = tuple(place for place in couple if _of_ballot(scans[place]))
        blanks = [place for place in couple if scans[place].reading.outcome is Outcome.BLANK]
        if of_ballots:
            sheets.append(of_ballots)
        # Of a sheet that is blank on both sides, one is a back, the other lies where a ballot was expected.
        backs.update(blanks[1:] if len(blanks) == 2 else blanks)
    return sheets, backs
