"""One person's votes as a slope: a line an option, from the earliest vote to today's, as static SVG.

Comes in: percentages by vote. Goes out: SVG text. Every line bears its name and its last value at its right
end and its first value at its left end, so no legend is needed; where ends lie close together, their words
are pushed apart, never the points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import vl_convert

from .drawing import FONT, HAIR, INK, QUIET, Caption, described, wrapped

_APART_PX = 17
"""Between two words at one end: a line of text."""
_TITLE_PX, _SUBTITLE_PX, _WORDS_PX, _SOURCE_PX = 17, 13, 13, 11
_HEIGHT = 240
_DATE_PX = 58


@dataclass(frozen=True, slots=True)
class Slope:
    """One option over the votes."""

    label: str
    colour: str
    percent: Sequence[float | None]
    """One a vote, from 0 to 100; None where it is not known."""
    words: Sequence[str]
    """The same as people write it."""


def slope_chart(
    slopes: Sequence[Slope], votes: Sequence[str], caption: Caption, description: str, narrow: bool = False
) -> str:
    """Return the chart.

    Args:
        slopes: at least one of them with two known percentages.
        votes: what each vote is called under its point, the earliest first; two or more.
        caption: the words around the chart.
        description: what the picture shows, for those who can't see it.
        narrow: for a phone.
    """
    whole, left = (382, 62) if narrow else (700, 70)
    longest = max(len(f"{slope.words[-1]}  {slope.label}") for slope in slopes)
    right = min(int(longest * _WORDS_PX * 0.58) + 12, whole // 2)
    width = whole - left - right
    highest = max(value for slope in slopes for value in slope.percent if value is not None)
    top = min(100.0, 10 * (highest // 10 + 1))
    step = width / (len(votes) - 1)
    title = [line for text in (caption.warning, caption.title) for line in wrapped(text, whole, _TITLE_PX)]
    subtitle = wrapped(caption.subtitle, whole, _SUBTITLE_PX)
    source = wrapped(caption.source, whole, _SOURCE_PX)

    def down(percent: float) -> float:
        return _HEIGHT * (1 - percent / top)

    # As many dates as have room, today's among them.
    every = ceil(_DATE_PX / step)
    dates = [vote if (len(votes) - 1 - n) % every == 0 else "" for n, vote in enumerate(votes)]
    layers = [_upright([n * step for n in range(len(votes))], dates)]
    for slope in slopes:
        points = [(n * step, down(p)) for n, p in enumerate(slope.percent) if p is not None]
        layers += _line(points, slope.colour)
    known = {id(slope): [n for n, p in enumerate(slope.percent) if p is not None] for slope in slopes}
    for at_end in (False, True):
        ends = {n: down(_known(slope, known[id(slope)], at_end)) for n, slope in enumerate(slopes)}
        for n, y in apart(ends, _APART_PX).items():
            slope = slopes[n]
            at = known[id(slope)][-1 if at_end else 0]
            words = f"{slope.words[at]}  {slope.label}" if at_end else slope.words[at]
            x = at * step + (9 if at_end else -9)
            layers.append(_words(words, x, y, slope.colour, at_end, right - 9 if at_end else left - 9))
    chart = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "layer": [*layers, _source(source, -left, _HEIGHT + 44)],
        "width": width,
        "height": _HEIGHT,
        "autosize": {"type": "none"},
        "padding": {
            "left": left,
            "right": right,
            "top": 21 * len(title) + 17 * len(subtitle) + 26,
            "bottom": 52 + 14 * len(source),
        },
        "title": {
            "text": title,
            "subtitle": subtitle,
            "anchor": "start",
            "frame": "group",
            "dx": -left,
            "offset": 16,
            "fontSize": _TITLE_PX,
            "lineHeight": 21,
            "color": INK,
            "subtitleFontSize": _SUBTITLE_PX,
            "subtitleLineHeight": 17,
            "subtitleColor": QUIET,
            "subtitlePadding": 4,
        },
        "background": "#ffffff",
        "config": {"font": FONT, "aria": False, "view": {"stroke": None}},
    }
    return described(vl_convert.vegalite_to_svg(chart), caption.title, description)


def apart(places: Mapping[int, float], least: float) -> dict[int, float]:
    """Return places moved as little as needed so that any two are `least` apart, in the same order."""
    groups: list[list[tuple[int, float]]] = []
    for one in sorted(places.items(), key=lambda place: place[1]):
        groups.append([one])
        while len(groups) > 1 and _first(groups[-1], least) - _last(groups[-2], least) < least:
            groups[-2:] = [groups[-2] + groups[-1]]
    return {key: _first(group, least) + n * least for group in groups for n, (key, _y) in enumerate(group)}


def _first(group: Sequence[tuple[int, float]], least: float) -> float:
    """Return where a group's first word stands when the group lies around the middle of its points."""
    return sum(y for _key, y in group) / len(group) - least * (len(group) - 1) / 2


def _last(group: Sequence[tuple[int, float]], least: float) -> float:
    return _first(group, least) + least * (len(group) - 1)


def _known(slope: Slope, known: Sequence[int], at_end: bool) -> float:
    value = slope.percent[known[-1 if at_end else 0]]
    assert value is not None
    return value


def _upright(places: Sequence[float], votes: Sequence[str]) -> dict[str, Any]:
    values = [{"x": x, "text": text} for x, text in zip(places, votes, strict=True)]
    x = {"field": "x", "type": "quantitative", "scale": None, "axis": None}
    return {
        "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "rule", "color": HAIR},
                "encoding": {"x": x, "y": {"value": -6}, "y2": {"value": _HEIGHT + 6}},
            },
            {
                "mark": {"type": "text", "fontSize": 12, "color": QUIET, "baseline": "top"},
                "encoding": {
                    "x": x,
                    "y": {"value": _HEIGHT + 14},
                    "text": {"field": "text", "type": "nominal"},
                },
            },
        ],
    }


def _line(points: Sequence[tuple[float, float]], colour: str) -> list[dict[str, Any]]:
    values = [{"x": x, "y": y} for x, y in points]
    place = {
        axis: {"field": axis, "type": "quantitative", "scale": None, "axis": None} for axis in ("x", "y")
    }
    looks: list[dict[str, Any]] = [
        {"type": "line", "color": colour, "strokeWidth": 2.5},
        {"type": "point", "filled": True, "opacity": 1, "color": colour, "size": 55},
    ]
    return [{"data": {"values": values}, "mark": look, "encoding": place} for look in looks]


def _words(text: str, x: float, y: float, colour: str, at_end: bool, limit: int) -> dict[str, Any]:
    return {
        "data": {"values": [{"text": text}]},
        "mark": {
            "type": "text",
            "align": "left" if at_end else "right",
            "baseline": "middle",
            "limit": limit,
            "fontSize": _WORDS_PX,
            "fontWeight": "bold" if at_end else "normal",
            "color": colour,
        },
        "encoding": {"x": {"value": x}, "y": {"value": y}, "text": {"field": "text", "type": "nominal"}},
    }


def _source(lines: Sequence[str], x: float, y: float) -> dict[str, Any]:
    return {
        "data": {"values": [{"text": "\n".join(lines)}]},
        "mark": {
            "type": "text",
            "align": "left",
            "baseline": "top",
            "fontSize": _SOURCE_PX,
            "color": QUIET,
            "lineBreak": "\n",
            "lineHeight": 14,
        },
        "encoding": {"x": {"value": x}, "y": {"value": y}, "text": {"field": "text", "type": "nominal"}},
    }
