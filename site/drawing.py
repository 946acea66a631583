"""The layers of a chart: bars, names, counts and threshold rules on one pair of axes, drawn as SVG.

Comes in: pieces of bars in ballots. Goes out: SVG with real text in the fonts of the reader's machine;
nothing is asked of any other place. What the pieces mean is said in `charts.py`; here they only get a
place. Across are ballots from zero to all of them, down are rows. A picture's size depends on its sheet and
its number of lines, never on measured text, so charts of one kind look alike.
"""

import html
import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import vl_convert

FONT = "Arial, Liberation Sans, Helvetica Neue, sans-serif"
INK, QUIET, HAIR, PAPER, DARK = "#1d252c", "#59636d", "#c3c9cf", "#ffffff", "#7f2704"

# Width of a digit at the size that counts are set in, and the air a count needs on either side.
_DIGIT_PX, _AIR_PX = 7, 4
_TITLE_PX, _SUBTITLE_PX, _SMALL_PX = 17, 13, 11
_TITLE_LINE, _SUBTITLE_LINE, _SMALL_LINE = 21, 17, 14

Layer = Mapping[str, Any]
Channel = Mapping[str, Any]
"""Parts of a Vega-Lite chart (https://vega.github.io/vega-lite/docs), which vl-convert draws. Written
as plain data they cost a sixth of what they do through Altair's objects (measured: 32 ms, not 190)."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The sizes of a kind of picture in px; bars begin at x = 0."""

    left: int
    plot: int
    right: int
    row: int
    """From one bar to the next."""
    bar: int
    names_above: bool = False
    """Names stand above their bars, not before them."""

    @property
    def width(self) -> int:
        """From edge to edge."""
        return self.left + self.plot + self.right


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of stretch in the bars."""

    key: str
    label: str
    fill: str
    edge: str = PAPER
    ink: str = INK
    """What counts are written in upon it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of one bar, in ballots."""

    row: str
    part: Part
    start: int
    count: int
    words: str = ""
    """What stands beside it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A dashed line at a number of ballots, with its words."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Caption:
    """The words around a chart."""

    title: str
    subtitle: str
    source: str
    warning: str = ""
    """Stands over the title, as `DIỄN TẬP`: a picture travels without its page."""


class Axes:
    """The common ground of one picture's layers.

    Args:
        sheet: the sizes.
        rows: keys of the rows, from top to bottom.
        of: ballots that a full bar stands for.
    """

    def __init__(self, sheet: Sheet, rows: Sequence[str], of: int) -> None:
        self.sheet = sheet
        self.of = max(of, 1)
        self.height = sheet.row * len(rows)
        self._rows = rows
        gap = 1 - sheet.bar / sheet.row
        scale = {"domain": list(rows), "paddingInner": gap, "paddingOuter": gap / 2}
        self._y = {"field": "row", "type": "ordinal", "axis": None, "scale": scale}

    def span(self, row: str, beyond: int) -> tuple[float, float]:
        """Return how far down a row's bar begins and ends, and `beyond` px more on either side."""
        middle = self.sheet.row * (self._rows.index(row) + 0.5)
        return middle - self.sheet.bar / 2 - beyond, middle + self.sheet.bar / 2 + beyond

    def bars(self, pieces: Sequence[Piece], parts: Sequence[Part], legend: bool) -> Layer:
        """Stretches of bars, with a legend above where it is wanted."""
        keys = [part.key for part in parts]
        values = [
            {"row": piece.row, "key": piece.part.key, "start": piece.start, "end": piece.start + piece.count}
            for piece in pieces
            if piece.count
        ]
        return _layer(
            values,
            {"type": "bar", "strokeWidth": 0.8},
            x=self._across("start"),
            x2={"field": "end"},
            y=self._y,
            color=_coloured(
                "key", keys, [part.fill for part in parts], self._legend(parts) if legend else None
            ),
            stroke=_coloured("key", keys, [part.edge for part in parts], None),
        )

    def names(self, names: Sequence[tuple[str, str, str]]) -> Layer:
        """Names, and small under them what the person does; the name alone where it stands above its bar."""
        sheet = self.sheet
        values = [{"row": row, "name": name, "under": under} for row, name, under in names]
        bold = {"fontWeight": "bold", "color": INK}
        if sheet.names_above:
            mark = _text_mark("left", 12.5, dy=-sheet.bar / 2 - 9, limit=sheet.plot, **bold)
            return _layer(values, mark, x=_px(0), y=self._y, text=_text("name"))
        if not any(under for _row, _name, under in names):
            mark = _text_mark("right", 13, limit=sheet.left - 10, color=INK)
            return _layer(values, mark, x=_px(-10), y=self._y, text=_text("name"))
        place = {"x": _px(-sheet.left), "y": self._y}
        limit = sheet.left - 44  # Room for the count that stands before the bar.
        return _together(
            _layer(values, _text_mark("left", 13, dy=-7, limit=limit, **bold), **place, text=_text("name")),
            _layer(
                values,
                _text_mark("left", _SMALL_PX, dy=8, limit=limit, color=QUIET),
                **place,
                text=_text("under"),
            ),
        )

    def counts_inside(self, pieces: Sequence[Piece], rules: Sequence[Rule], at_end: bool) -> Layer:
        """Counts in their stretch where they fit: at its end, or where no rule crosses them."""
        values = []
        for piece in pieces:
            width = _DIGIT_PX * len(str(piece.count)) / self.sheet.plot * self.of
            air = _AIR_PX / self.sheet.plot * self.of
            first, last = piece.start + air + width / 2, piece.start + piece.count - air - width / 2
            if first > last:
                continue
            places = [last] if at_end else [(first + last) / 2, first, last]
            free = [x for x in places if all(abs(x - rule.at) > width / 2 + air / 2 for rule in rules)]
            at = (free or places)[0]
            values.append({"row": piece.row, "at": at, "text": str(piece.count), "ink": piece.part.ink})
        ink = {"field": "ink", "type": "nominal", "scale": None, "legend": None}
        mark = _text_mark("center", 12)
        return _layer(values, mark, x=self._across("at"), y=self._y, text=_text("text"), color=ink)

    def counts_before(self, pieces: Sequence[Piece]) -> Layer:
        """Counts before the bars, one under the other."""
        values = [{"row": piece.row, "text": str(piece.count)} for piece in pieces]
        mark = _text_mark("right", 13, fontWeight="bold", color=DARK)
        return _layer(values, mark, x=_px(-7), y=self._y, text=_text("text"))

    def words_after(self, pieces: Sequence[Piece]) -> Layer:
        """Words after the bars, on a ground of paper so that no rule crosses them."""
        values = [{"row": p.row, "at": p.start + p.count, "text": p.words} for p in pieces]
        place = {"x": self._across("at"), "y": self._y, "text": _text("text")}
        ground = {"stroke": PAPER, "strokeWidth": 5, "color": PAPER}
        return _together(
            *(
                _layer(values, _text_mark("left", 13, dx=7, fontWeight="bold", **look), **place)
                for look in (ground, {"color": INK})
            )
        )

    def rules(self, rules: Sequence[Rule], spans: Sequence[tuple[float, float]], words: float) -> Layer:
        """Dashed lines over each of `spans` (px from the top), their words once, standing on `words`.

        The first rule's words end at it and the next one's begin at theirs, so they never meet.
        """
        looks = (
            {"color": PAPER, "opacity": 0.8, "strokeWidth": 3.5},
            {"color": DARK, "strokeWidth": 1.3, "strokeDash": [5, 3]},
        )
        x = self._across("at")
        lines = [
            _layer(
                [{"at": rule.at} for rule in rules], {"type": "rule", **look}, x=x, y=_px(top), y2=_px(bottom)
            )
            for top, bottom in spans
            for look in looks
        ]
        labels = [
            _layer(
                [{"at": rule.at, "text": rule.words}],
                _text_mark(
                    "left" if number else "right",
                    _SMALL_PX,
                    dx=-2 if number else 2,
                    color=DARK,
                    baseline="bottom",
                ),
                x=x,
                y=_px(words),
                text=_text("text"),
            )
            for number, rule in enumerate(rules)
        ]
        return _together(*lines, *labels)

    def scale(self, whole: str) -> Layer:
        """The numbers under the bars: round ones, and the whole in words."""
        step = _round_step(self.of)
        numbers = [n for n in range(0, self.of, step) if n == 0 or self.of - n >= step * 0.7]
        values = [*({"at": n, "text": str(n)} for n in numbers), {"at": self.of, "text": whole}]
        x, low = self._across("at"), self.height
        return _together(
            _layer(values, {"type": "rule", "color": HAIR}, x=x, y=_px(low + 1), y2=_px(low + 6)),
            _layer(
                values,
                _text_mark("center", _SMALL_PX, color=QUIET, baseline="top"),
                x=x,
                y=_px(low + 9),
                text=_text("text"),
            ),
        )

    def drawn(
        self,
        layers: Sequence[Layer],
        caption: Caption,
        description: str,
        legend: Sequence[Part] = (),
        below: int = 0,
    ) -> str:
        """Return the SVG of the layers with the words around them; `below` px stay free under the rows."""
        sheet = self.sheet
        headings = (caption.warning, caption.title)
        title = [line for text in headings for line in wrapped(text, sheet.width, _TITLE_PX)]
        paragraphs = caption.subtitle.split("\n")
        subtitle = [line for text in paragraphs for line in wrapped(text, sheet.width, _SUBTITLE_PX)]
        source = wrapped(caption.source, sheet.width, _SMALL_PX)
        above = self._legend_height(legend) + 34 if legend else 8
        foot = _layer(
            [{"text": "\n".join(source)}],
            _text_mark(
                "left", _SMALL_PX, baseline="top", color=QUIET, lineBreak="\n", lineHeight=_SMALL_LINE
            ),
            x=_px(-sheet.left),
            y=_px(self.height + below + 8),
            text=_text("text"),
        )
        chart = {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "layer": [*layers, foot],
            "width": sheet.plot,
            "height": self.height,
            "autosize": {"type": "none"},
            "padding": {
                "left": sheet.left,
                "right": sheet.right,
                "top": _TITLE_LINE * len(title) + _SUBTITLE_LINE * len(subtitle) + 8 + above,
                "bottom": below + 14 + _SMALL_LINE * len(source),
            },
            "title": {
                "text": title,
                "subtitle": subtitle,
                "anchor": "start",
                "frame": "group",
                "dx": -sheet.left,
                "offset": 10 if legend else 8,
                "fontSize": _TITLE_PX,
                "lineHeight": _TITLE_LINE,
                "color": INK,
                "subtitleFontSize": _SUBTITLE_PX,
                "subtitleLineHeight": _SUBTITLE_LINE,
                "subtitleColor": QUIET,
                "subtitlePadding": 4,
            },
            "resolve": {"scale": {"color": "independent", "stroke": "independent"}},
            "background": PAPER,
            # Without `aria`, each mark would carry its own description, read aloud one by one.
            "config": {"font": FONT, "aria": False, "view": {"stroke": None}},
        }
        return described(vl_convert.vegalite_to_svg(chart), caption.title, description)

    def _across(self, field: str) -> Channel:
        scale = {"domain": [0, self.of], "nice": False, "zero": True}
        return {"field": field, "type": "quantitative", "scale": scale, "axis": None}

    def _legend(self, parts: Sequence[Part]) -> Channel:
        labels = json.dumps({part.key: part.label for part in parts}, ensure_ascii=False)
        return {
            "title": None,
            "orient": "none",
            "direction": "horizontal",
            "legendX": -self.sheet.left,
            "legendY": -self._legend_height(parts) - 24,
            "columns": self._legend_columns(parts),
            "columnPadding": 14,
            "rowPadding": 3,
            "symbolType": "square",
            "symbolSize": 130,
            "labelFontSize": 12,
            "labelColor": INK,
            "labelLimit": 200,
            "labelExpr": f"{labels}[datum.value]",
        }

    def _legend_columns(self, parts: Sequence[Part]) -> int:
        return min(3, len(parts)) if self.sheet.names_above else len(parts)

    def _legend_height(self, parts: Sequence[Part]) -> int:
        return 18 * -(-len(parts) // max(self._legend_columns(parts), 1))


def wrapped(text: str, width_px: float, size_px: float) -> list[str]:
    """Return the lines of a text; Vietnamese in Arial takes 0.5 em a character, other fonts a little more."""
    return textwrap.wrap(text, max(int(width_px / (size_px * 0.55)), 8))


def _layer(values: Sequence[Mapping[str, object]], mark: Channel, **encoding: Channel) -> Layer:
    return {"data": {"values": values}, "mark": mark, "encoding": encoding}


def _together(*layers: Layer) -> Layer:
    return {"layer": layers}


def _text_mark(align: str, size_px: float, **look: object) -> Channel:
    return {"type": "text", "align": align, "fontSize": size_px, **look}


def _text(field: str) -> Channel:
    return {"field": field, "type": "nominal"}


def _px(place: float) -> Channel:
    return {"value": place}


def _coloured(field: str, keys: list[str], colours: list[str], legend: Channel | None) -> Channel:
    scale = {"domain": keys, "range": colours}
    return {"field": field, "type": "nominal", "scale": scale, "legend": legend}


def _round_step(of: int) -> int:
    """Return 1, 2 or 5 times a power of ten, so that at most six of them make the whole."""
    power = 1
    while True:
        for step in (power, 2 * power, 5 * power):
            if of <= 6 * step:
                return step
        power *= 10


def described(svg: str, title: str, description: str) -> str:
    """Return the SVG with a title and a description for screen readers."""
    start, rest = svg.split(">", 1)
    return (
        f'{start} role="img" aria-labelledby="title desc">'
        f'<title id="title">{html.escape(title)}</title>'
        f'<desc id="desc">{html.escape(description)}</desc>{rest}\n'
    )
