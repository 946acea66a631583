"""Which ballots may be one sheet that was scanned twice? Pure: signatures of ink in, pairs out.

What is compared is not how a voter marks but how single marks differ from that voter's others. From each
mark's signature (`ocr.likeness`) is taken what all ballots have in that field (leftovers of print, a streak),
then what the sheet's marks have in common (pen, slant, size, the manner of making a cross), then what changes
steadily from its first row to its last. What remains is chance: it is the same on every scan of the sheet and
says nothing about other sheets, however alike the hands and pens, and though all marks are in one column.

So marks of two different sheets agree no better within a row than across rows. Two scores are held against
that, and the pair goes to people when either would arise by chance in less than one of ten counts like this:

    rows     k rows in which the two marks are each other's best match among all rows of the two sheets. If it
             is chance which row meets which, k or more such rows come at most once in k! times; nothing need
             be known about hands. Only many rows can say so: 11! is 40 million.
    strength the sum of agreement over the rows, measured in what such sums are by chance: taken from the two
             sheets' marks across rows, and from the count's other sheets. It is normally distributed, so
             its chance is the normal one. It serves where rows are few, or the second scan is poor; a third
             of the rows must match best all the same: a line drawn down a column agrees with any such line.

With ink in fewer than 5 rows neither says anything, and the ballot can't be told.

Source: the bound for rows is that of fixed points of a random permutation (the expected number of sets of k
is 1/k!); for sums over randomly paired rows see W. Hoeffding, "A combinatorial central limit theorem", Annals
of Mathematical Statistics 22 (1951). Figures: benchmarks/rescans.py.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import erfc, factorial, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..forms.form import Form
from ..ocr import likeness
from ..ocr.reading import Outcome, PageReading

LEAST_ROWS = 5
"""With ink in fewer rows a ballot can't be told from others."""

_FALSE_ALARMS = 0.1
"""How many pairs of different sheets may be expected to be asked about in a whole count..."""
_LEAST_PAIRS = 1_000_000
"""...of at least so many pairs."""
_SAME_ROWS = 0.8
"""Of the rows with ink on either sheet, this share must have it in the same box on both."""
_LEAST_AGREEMENT = 0.35
"""Below it, agreement may be improbable but is none: what two scans of a sheet share is near 1."""
_LEAST_ALIKE = 1 / 3
"""Share of the rows that must match best where strength decides."""
_CANDIDATE = 4.0
"""Pairs whose agreement is less than so many standard deviations are not looked at closely."""
_FEW_SHEETS = 2
"""What is common to so few sheets is only half taken off: of two scans of one sheet, all is common."""
_STEADY_FROM = 10
"""Rows from which a steady change is taken off; in fewer, too little would be left."""
_BLOCK = 1024

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Inked:
    """The ink of one ballot."""

    key: str
    """The ballot's."""
    pages: Mapping[int, likeness.Signature]
    """By the page's number in the form."""


@dataclass(frozen=True, slots=True)
class Twins:
    """Two ballots that look like one sheet."""

    one: str
    """Key of the ballot that counts if they are: the lesser of the two, so that no order matters."""
    other: str
    rows: int
    """Rows with ink on both."""
    alike: int
    """Rows of these in which the two marks are each other's best match."""


def inked(readings: Iterable[tuple[str, PageReading]]) -> dict[str, list[Inked]]:
    """Return the ballots that can be compared, by form id.

    Args:
        readings: of the ballots' pages, each with the ballot's key. Pages with a serial are left out: it
            tells them apart.
    """
    pages: dict[tuple[str, str], dict[int, likeness.Signature]] = defaultdict(dict)
    for ballot, reading in readings:
        if reading.outcome is not Outcome.READ or reading.form is None or reading.page is None:
            continue
        found = likeness.parse(reading.likeness) if reading.serial is None else None
        if found is not None:
            pages[reading.form, ballot][reading.page] = found
    by_form: dict[str, list[Inked]] = defaultdict(list)
    for (form, ballot), of_ballot in sorted(pages.items()):
        by_form[form].append(Inked(ballot, of_ballot))
    return dict(by_form)


def too_little_ink(readings: Sequence[PageReading]) -> bool:
    """Whether a ballot, given by its pages, can't be told from others: too little ink, or not read."""
    rows = sum(likeness.rows_with_ink(reading.likeness) for reading in readings)
    return not can_tell(rows, any(reading.serial is not None for reading in readings))


def can_tell(rows_with_ink: int, with_serial: bool) -> bool:
    """Whether a ballot with ink in so many rows can be told from others; a serial tells it by itself."""
    return rows_with_ink >= LEAST_ROWS or with_serial


def twins(form: Form, ballots: Sequence[Inked], new: Collection[str]) -> list[Twins]:
    """Return the pairs of ballots that look like one sheet, ordered by their keys.

    Args:
        form: the ballots' form.
        ballots: all of it that are in the count.
        new: keys of those that came just now: pairs of two others were looked at before.
    """
    seen = _Sheets.of(form, ballots)
    pairs = max(_LEAST_PAIRS, len(ballots) * (len(ballots) - 1) // 2)
    found = []
    for i, j in seen.candidates(np.array([one.key in new for one in ballots], dtype=bool)):
        rows, alike, chance = seen.compare(i, j)
        if chance * pairs <= _FALSE_ALARMS:
            one, other = sorted((ballots[i].key, ballots[j].key))
            found.append(Twins(one, other, rows, alike))
    return sorted(found, key=lambda pair: (pair.one, pair.other))


@dataclass(frozen=True, eq=False)
class _Sheets:
    """What is particular to each mark of each sheet."""

    field: NDArray[np.int32]
    """(sheets, rows): which field of the form has the row's ink; -1 where no ink is."""
    known: NDArray[np.bool_]
    """(sheets, rows): whether the row's page was read, and has ink at all."""
    rest: Floats
    """(sheets, rows, waves): what remains of the mark, of length 1; zero where no ink is."""
    spread: NDArray[np.float64]
    """(sheets,): variance of the agreement of one of its rows with a row of any sheet."""
    usual: float
    """The same over all."""

    @classmethod
    def of(cls, form: Form, ballots: Sequence[Inked]) -> "_Sheets":
        field, waves = _aligned(form, ballots)
        rest = _particular(field, waves)
        flat = rest.reshape(-1, rest.shape[2])
        counts = (field >= 0).sum(axis=1)
        moment = flat.T @ flat / max(1, int(counts.sum()))
        own = np.einsum("nw,nw->n", flat @ moment, flat).reshape(counts.shape[0], -1).sum(axis=1)
        spread = (own / np.maximum(counts, 1)).astype(np.float64)
        page = np.array(list({one.contest: one.page for one in form.fields}.values()))
        known = np.array([np.isin(page, list(ballot.pages)) for ballot in ballots])
        return cls(field, known, rest, spread, float((moment * moment).sum()))

    def candidates(self, new: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
        """Yield pairs, one of them new, whose agreement is worth a closer look."""
        able = np.flatnonzero((self.field >= 0).sum(axis=1) >= LEAST_ROWS)
        # The new ones last: each meets all that stand before it.
        order = np.concatenate((able[~new[able]], able[new[able]]))
        flat = self.rest.reshape(len(self.rest), -1)[order]
        there = (self.field[order] >= 0).astype(np.float32)
        rows = there.sum(axis=1)
        for start in range(int((~new[able]).sum()), len(order), _BLOCK):
            end = min(start + _BLOCK, len(order))
            total = flat[start:end] @ flat[:end].T
            both = there[start:end] @ there[:end].T
            either = rows[start:end, None] + rows[None, :end] - both
            enough = np.maximum(_LEAST_AGREEMENT * either, _CANDIDATE * _deviation(both, self.usual))
            found, before = np.nonzero((total >= enough) & (both >= LEAST_ROWS))
            for i, j in zip((found + start).tolist(), before.tolist(), strict=True):
                if j < i:
                    yield int(order[i]), int(order[j])

    def compare(self, i: int, j: int) -> tuple[int, int, float]:
        """Return how far two sheets agree.

        Returns:
            Rows with ink in the same box on both; those of them that match best; how probable it is that two
            different sheets agree so.
        """
        compared = self.known[i] & self.known[j]
        either = int((((self.field[i] >= 0) | (self.field[j] >= 0)) & compared).sum())
        same = (self.field[i] >= 0) & (self.field[i] == self.field[j])
        rows = int(same.sum())
        if rows < max(LEAST_ROWS, _SAME_ROWS * either):
            return rows, 0, 1.0
        each = self.rest[i][same] @ self.rest[j][same].T
        place = np.arange(rows)
        alike = int(((each.argmax(axis=0) == place) & (each.argmax(axis=1) == place)).sum())
        agreement = float(np.trace(each))
        if agreement < _LEAST_AGREEMENT * either:
            return rows, alike, 1.0
        across = each[~np.eye(rows, dtype=bool)]
        variance = max(float(across.var()), float(self.spread[i]), float(self.spread[j]), self.usual)
        score = agreement / float(_deviation(rows, variance))
        by_strength = erfc(score / sqrt(2)) / 2 if alike >= _LEAST_ALIKE * rows else 1.0
        # The lesser of two chances arises up to twice as often.
        return rows, alike, 2 * min(by_strength, 1 / factorial(alike))


def _deviation(rows: Any, variance: float) -> Any:
    """Return the standard deviation of the sum over rows (a number or an array) by chance.

    What is common to a sheet's rows was taken off, which leaves one fewer of them free.
    """
    return np.sqrt(variance / np.maximum(rows - 1, 1)) * rows


def _aligned(form: Form, ballots: Sequence[Inked]) -> tuple[NDArray[np.int32], Floats]:
    """Return which field has the ink of each ballot's rows, and its waves; (ballots, rows) and one more."""
    of_page: dict[int, list[int]] = defaultdict(list)
    for place, one in enumerate(form.fields):
        of_page[one.page].append(place)
    contests = {one.contest: None for one in form.fields}
    row_of = {contest: row for row, contest in enumerate(contests)}
    rows = np.array([row_of[one.contest] for one in form.fields])
    field = np.full((len(ballots), len(contests)), -1, dtype=np.int32)
    waves = np.zeros((len(ballots), len(contests), likeness.WAVES), dtype=np.float32)
    for n, ballot in enumerate(ballots):
        for number, signature in ballot.pages.items():
            places = np.array(of_page[number])
            known = signature.fields < len(places)
            at = places[signature.fields[known]]
            field[n, rows[at]] = at
            waves[n, rows[at]] = signature.waves[known]
    return field, waves


def _particular(field: NDArray[np.int32], waves: Floats) -> Floats:
    """Take off, in place, what all sheets share in a field, what a sheet's rows share, its steady change."""
    there = field >= 0
    for one in np.unique(field[there]):
        here = field == one
        count = int(here.sum())
        waves[here] -= waves[here].sum(axis=0) / (count + _FEW_SHEETS)
    weight = there.astype(np.float32)[:, :, None]
    counts = np.maximum(weight.sum(axis=1, keepdims=True), 1)
    waves -= weight * (waves.sum(axis=1, keepdims=True) / counts)
    level = np.cumsum(weight, axis=1) * weight
    level -= weight * (level.sum(axis=1, keepdims=True) / counts)
    level /= np.maximum(np.linalg.norm(level, axis=1, keepdims=True), 1e-6)
    level *= counts >= _STEADY_FROM
    waves -= level * (level * waves).sum(axis=1, keepdims=True)
    waves /= np.maximum(np.linalg.norm(waves, axis=2, keepdims=True), 1e-6)
    return waves
