"""Sums ballots about which nobody need be asked, thousands at a time, from their gists.

A ballot is plain when every page was read, every row has exactly one clear mark, no ink lies elsewhere, and
the seal that must be there was seen, or no scan of its form could show one. Of such a ballot the long way,
through questions and rules, says just the options marked; `tests/count/test_gist.py` holds the two ways
against each other. All other ballots are handed back.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..ocr.reading import Outcome
from ..vote.rules import BLANK, OVERVOTED
from ..vote.tally import SPOILED, UNDECIDED
from .ballots import Printed
from .gist import HEAD, Head, Places

_AT_ONCE = 4096
_MARKED, _EMPTY = ord("m"), ord("e")
_NO_STRAY = " -"

Gists = Sequence[tuple[str, str]]
"""Each page of one ballot: its key, its gist."""


@dataclass(frozen=True, slots=True)
class PlainSum:
    """What some plain ballots come to."""

    ballots: int
    votes: Mapping[str, Mapping[str, int]]
    """Contest id to option id to how many chose it."""


@dataclass(slots=True)
class Alike:
    """Ballots of the same make-up: the same pages, seal and so on; their fields differ."""

    printed: Printed
    heads: tuple[Head, ...]
    columns: tuple[tuple[str, str, int], ...]
    """Contest, option, and its place among the ballot's fields; row by row."""
    fields: int
    options: int
    waiting: list[tuple[str, str, Gists]] = field(default_factory=list)
    """States of the fields, the ballot's key, its gists."""

    def take(self, key: str, gists: Gists) -> bool:
        """Keep a ballot until `sum_up`; False where it is not plain at first sight."""
        states = ""
        for _page, line in gists:
            if not line.endswith(_NO_STRAY):
                return False
            states += line[HEAD + 1 : -len(_NO_STRAY)]
        if len(states) != self.fields:
            return False
        self.waiting.append((states, key, gists))
        return True

    @property
    def full(self) -> bool:
        """Whether it is time to sum up."""
        return len(self.waiting) >= _AT_ONCE

    def sum_up(self) -> tuple[PlainSum, Iterator[tuple[str, Gists]]]:
        """Return the sum of those that are plain, and the others; none waits any more."""
        waiting, self.waiting = self.waiting, []
        text = "".join(states for states, _key, _gists in waiting).encode("ascii")
        states = np.frombuffer(text, dtype=np.uint8).reshape(len(waiting), self.fields)
        states = states[:, [place for _contest, _option, place in self.columns]]
        marked: NDArray[np.bool_] = states == _MARKED
        rows = len(self.columns) // self.options
        in_rows = marked.reshape(len(waiting), rows, self.options).sum(axis=2)
        plain = (in_rows == 1).all(axis=1) & (marked | (states == _EMPTY)).all(axis=1)
        votes: dict[str, dict[str, int]] = {}
        for (contest, option, _place), n in zip(
            self.columns, marked[plain].sum(axis=0).tolist(), strict=True
        ):
            votes.setdefault(contest, {})[option] = n
        others = ((waiting[n][1], waiting[n][2]) for n in np.flatnonzero(~plain).tolist())
        return PlainSum(int(plain.sum()), votes), others


def alike(
    heads: tuple[Head, ...],
    printed: Mapping[str, Printed],
    places: Mapping[tuple[str, int], Places],
    in_colour: Container[str | None],
) -> Alike | None:
    """Return the place for ballots whose gists have these heads; None where none of them is plain.

    Args:
        heads: of a ballot's pages, in the order in which its gists will be given.
        printed: form id to what was printed.
        places: the fields of each page of each form.
        in_colour: ids of the forms whose scans can show a seal.
    """
    forms = {head.form for head in heads}
    one = printed.get(forms.pop() or "") if len(forms) == 1 else None
    if one is None or any(head.outcome is not Outcome.READ for head in heads):
        return None
    sealed = one.style.seal and one.form.id in in_colour
    if sealed and any(head.page == 1 and head.seal != "present" for head in heads):
        return None
    options = [option.id for option in one.round.rules.options]
    if {BLANK, OVERVOTED, SPOILED, UNDECIDED} & set(options):
        return None
    known = [places.get((one.form.id, head.page or 0)) for head in heads]
    fields = [place for page in known if page is not None for place in page.fields]
    where = {place: n for n, place in enumerate(fields)}
    wanted = [(contest.id, option) for contest in one.style.contests for option in options]
    # A page that is there twice has its fields twice.
    if not wanted or len(where) != len(fields) or not set(wanted) <= set(where):
        return None
    columns = tuple((contest, option, where[contest, option]) for contest, option in wanted)
    return Alike(one, heads, columns, len(fields), len(options))
