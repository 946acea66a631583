"""What the fields of one contest say of each other, once each of them was judged.

Where one mark is in doubt, so is the one beside it. Two marks where there should hardly be two are a voter's
correction as often as a slip: the first may be struck out by a stroke that nothing else tells. And where one
box bears a plain mark, a pen that only rested in another left a dot.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .blank import BlankPage
from .reading import State
from .rule import MarkRule, Verdict

_DOUBT = ("corrected", "tangled", "heavy", "unlike", "slight", "shared", "passing", "crowded")
"""Reasons that put a contest's other marks in doubt, too: one of them may be what was meant."""
_FEW_OPTIONS = 4
"""Of more, voters may well choose several."""
_USUAL = 0.5
_A_HAND = 5
_LEAST_REST_MM = 0.9
_REST_MM2 = 0.1
"""So much ink beside its box makes more of a dot than one."""


def held_together(page: BlankPage, verdicts: Sequence[Verdict], rule: MarkRule) -> list[Verdict]:
    """Return the verdicts on a page's fields, in the form's order, after looking at each contest."""
    out = list(verdicts)
    places: dict[str, list[int]] = {}
    for i, field in enumerate(page.fields):
        places.setdefault(field.contest, []).append(i)
    marked = {name: [i for i in at if out[i].state is State.MARKED] for name, at in places.items()}
    for name, at in places.items():
        if any(out[i].why in _DOUBT for i in at):
            for i in marked[name]:
                out[i] = replace(out[i], state=State.UNCLEAR, why="beside")
    twice = [name for name, at in places.items() if sum(out[i].state is State.MARKED for i in at) > 1]
    some = sum(any(out[i].mark is not None for i in at) for at in places.values())
    if len(twice) <= _USUAL * some:  # else this is a vote in which several may be chosen
        for name in twice:
            if len(places[name]) <= _FEW_OPTIONS:
                for i in marked[name]:
                    out[i] = replace(out[i], state=State.UNCLEAR, why="several")
    _let_rests_be(places, out, rule)
    return out


def _let_rests_be(places: dict[str, list[int]], out: list[Verdict], rule: MarkRule) -> None:
    """Take a small dot for nothing where another box of the contest, and nothing else, bears a plain mark."""
    spans = [dict(one.features).get("span_mm", 0.0) for one in out if one.state is State.MARKED]
    if len(spans) < _A_HAND:
        return
    most = min(rule.rest_mm, rule.rest_share * float(np.median(spans)))
    for at in places.values():
        dots = [i for i in at if out[i].state is State.UNCLEAR]
        if len(dots) != 1 or sum(out[i].state is State.MARKED for i in at) != 1:
            continue
        measured = dict(out[dots[0]].features)
        if (
            out[dots[0]].why == "dot"
            and out[dots[0]].mark is None
            and _LEAST_REST_MM <= measured.get("length_mm", 0.0) <= most
            and measured.get("around_mm2", 0.0) <= _REST_MM2
        ):
            out[dots[0]] = replace(out[dots[0]], state=State.EMPTY, why="speck")
