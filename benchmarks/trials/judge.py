"""Holding a reading against the truth. This is what the benchmark's figures are sums of.

A silent error is a state outside a field's admissible states. A mark of which the scanner left nothing to see
can't be read by anybody: it is counted as lost, and reading it as empty is no error, unless paper is missing
or hidden there. A page that is taken for a blank one or for no ballot at all loses all its votes silently.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np

from phieu.forms.form import Box
from phieu.ocr.reading import Outcome, PageReading

from .ballots import FieldTruth, Truth

_REACH_MM = 3.0
"""Reported stray ink this close to the true one is a find."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a number of pages add up to."""

    pages: int = 0
    refused: int = 0
    """Pages for review as a whole."""
    vanished: int = 0
    """Pages read as something else than a ballot: blank, separator, unreadable, or not ours."""
    tried: int = 0
    """Fields."""
    read: int = 0
    """Fields on pages that were read."""
    silent: int = 0
    """Of them, fields silently wrong."""
    lost: int = 0
    """Clear marks of which the scan shows nothing, read as empty: not counted as errors."""
    clear: int = 0
    """Fields read, without those that only people can decide and those of blank or double rows."""
    asked: int = 0
    """Of them, sent to people."""
    rows: int = 0
    """Plain rows on pages read."""
    rows_asked: int = 0
    """Of them, sent to people: for an unclear field, or because no or more than one mark was read."""
    rows_wrong: int = 0
    """Of all rows read, those settled by the machine and wrong."""
    strays: int = 0
    """Stray ink on pages that were read."""
    strays_found: int = 0
    strays_false: int = 0
    """Reports of stray ink where there is none."""

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Wrong:
    """One silent error."""

    contest: str
    option: str
    truth: str
    """The mark that was drawn, or `nothing`."""
    read: str
    why: str


def judge(
    reading: PageReading, truth: Truth, seen: Callable[[FieldTruth], bool]
) -> tuple[Counts, tuple[Wrong, ...]]:
    """Return what one page adds to the counts, and its silent errors.

    Args:
        reading: what was read.
        truth: what stands on the page.
        seen: tells whether anything of a field's ink can be seen on the picture; asked only where it matters.
    """
    counts = Counts(pages=1, tried=len(truth.fields))
    if reading.outcome is Outcome.REVIEW:
        return replace(counts, refused=1), ()
    if reading.outcome is not Outcome.READ or (reading.form, reading.page) != (truth.form, truth.page):
        whole = Wrong(
            "page",
            "",
            "a ballot",
            f"{reading.outcome} {reading.form} {reading.page}",
            " ".join(reading.notes),
        )
        return replace(counts, vanished=1), (whole,)
    read = {(f.contest, f.option): f for f in reading.fields}
    wrong: list[Wrong] = []
    lost = clear = asked = rows = rows_asked = rows_wrong = 0
    for row in truth.rows().values():
        states: list[str] = []
        errs = 0
        plain = truth.plain(row)
        for one in row:
            found = read.get((one.field.contest, one.field.option))
            state = str(found.state) if found else "missing"
            states.append(state)
            if state not in one.admissible:
                if state == "empty" and not one.only_people and not seen(one):
                    lost += 1
                    plain = False
                else:
                    errs += 1
                    why = found.why if found else ""
                    wrong.append(
                        Wrong(one.field.contest, one.field.option, one.mark or "nothing", state, why)
                    )
        if plain:
            rows += 1
            clear += len(row)
            asked += states.count("unclear")
            rows_asked += "unclear" in states or states.count("marked") != 1
        settled = "unclear" not in states and states.count("marked") == 1
        rows_wrong += bool(errs and settled)
    found_strays, false_strays = _strays(reading, truth)
    return (
        replace(
            counts,
            read=len(truth.fields),
            silent=len(wrong),
            lost=lost,
            clear=clear,
            asked=asked,
            rows=rows,
            rows_asked=rows_asked,
            rows_wrong=rows_wrong,
            strays=len(truth.strays),
            strays_found=found_strays,
            strays_false=false_strays,
        ),
        tuple(wrong),
    )


def _strays(reading: PageReading, truth: Truth) -> tuple[int, int]:
    """Return how many true strays were reported, and how many reports are of none.

    A report that touches a marked field is of that mark's ends: neither a find nor false.
    """
    boxes = [one.box_mm for one in reading.stray]
    found = sum(any(_touch(box, true.box_mm) for box in boxes) for true in truth.strays)
    inked = [true.box_mm for true in truth.strays]
    inked += [one.field.box_mm for one in truth.fields.values() if one.mark is not None]
    return found, sum(not any(_touch(box, ink) for ink in inked) for box in boxes)


def _touch(one: Box, other: Box) -> bool:
    r = _REACH_MM
    return bool(
        one.x < other.x + other.w + r
        and other.x < one.x + one.w + r
        and one.y < other.y + other.h + r
        and other.y < one.y + one.h + r
    )


def upper_bound(errors: int, tried: int) -> float:
    """Return the upper 95 % bound of an error rate; none in n is about 3/n (Clopper and Pearson 1934)."""
    if tried == 0 or errors >= tried:
        return 1.0
    low, high = errors / tried, 1.0
    for _halving in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(errors, tried, middle) > 0.05 else (low, middle)
    return high


def _at_most(errors: int, tried: int, rate: float) -> float:
    """Return the chance of at most so many errors, by their Poisson limit where the rate is small."""
    if rate < 0.01:
        terms = np.arange(errors + 1)
        logs = terms * np.log(max(rate * tried, 1e-300)) - rate * tried
        logs -= np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, errors + 1)))))
        return float(np.exp(logs).sum())
    total, log = 0.0, tried * np.log1p(-rate)
    for k in range(errors + 1):
        total += float(np.exp(log))
        log += np.log((tried - k) / (k + 1)) + np.log(rate) - np.log1p(-rate)
    return total
