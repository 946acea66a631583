"""What a calibration found, in the terminal: how much ink boxes have, how dark it is, and what follows."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from rich.text import Text

from ..ocr.calibration import Sample, Separation
from ..ocr.reading import PageReading, explain
from ..words import _, ngettext
from .count import OUTCOMES, console, plain_table

_AMOUNTS_MM2 = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
_DARKNESS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)

_BLACK = 0.95
"""So dark is no pen's ink in gray, smoothed over half a millimetre."""


def print_separation(readings: Sequence[PageReading], found: Separation, dpi: int) -> None:
    """Print what the pages of a deck, scanned at `dpi`, came to."""
    out = console()
    outcomes = Counter(reading.outcome for reading in readings)
    said = ", ".join(f"{_(word)} {outcomes[kind]}" for kind, word in OUTCOMES.items() if outcomes[kind])
    total = ngettext("{count} page", "{count} pages", len(readings)).format(count=len(readings))
    out.print(Text(f"{total}: {said}" + (f"; {dpi} dpi" if dpi else "")))
    for heading, name, steps, scale in (
        (_("Dark ink in the box, mm²"), "strong_mm2", _AMOUNTS_MM2, 1.0),
        (_("Darkest place, darker than paper by %"), "darkness", _DARKNESS, 100.0),
    ):
        table = plain_table(heading)
        for column in (_("Marks"), _("Empty boxes"), _("In doubt")):
            table.add_column(column, justify="right")
        groups = [_binned(group, name, steps) for group in (found.marks, found.empty, found.doubtful)]
        for place, step in enumerate(steps):
            label = _("none") if not place else f"{steps[place - 1] * scale:g} – {step * scale:g}"
            table.add_row(label, *(str(group[place]) for group in groups))
        table.add_row(f"> {steps[-1] * scale:g}", *(str(group[len(steps)]) for group in groups))
        out.print(table)
    for sentence in _sentences(found):
        out.print(Text(sentence))


def _binned(samples: Sequence[Sample], name: str, steps: Sequence[float]) -> dict[int, int]:
    bins: dict[int, int] = defaultdict(int)
    for one in samples:
        bins[sum(one.measure(name) > step for step in steps)] += 1
    return bins


def _sentences(found: Separation) -> Iterator[str]:
    if found.marks:
        weakest = found.marks[0]
        yield _("Weakest mark: {ink} mm² of dark ink ({where}).").format(
            ink=f"{weakest.measure('strong_mm2'):.2f}", where=weakest.where
        )
    if found.faintest is not None:
        yield _("Palest ink found: {darkness} darker than paper ({where}); typical is {typical}.").format(
            darkness=f"{100 * found.faintest.measure('darkness'):.0f} %",
            where=found.faintest.where,
            typical=f"{100 * found.darkness:.0f} %",
        )
    if found.darkness > _BLACK:
        yield _(
            "The scans look black and white (1 bit): what is paler than the scanner's threshold is lost "
            "without a trace. Gray is safer."
        )
    if found.empty and not found.specks:
        yield _("In no empty box is there any ink.")
    elif found.empty:
        dirtiest = found.empty[0]
        yield _("Strongest empty box: {ink} mm² of dark ink ({where}: {reason}).").format(
            ink=f"{dirtiest.measure('strong_mm2'):.2f}",
            where=dirtiest.where,
            reason=explain(dirtiest.field.why),
        )
        yield _("Specks lie in {share} of the empty boxes.").format(share=f"{100 * found.specks:.1f} %")
    yield _("Unclear by their ink: {marks} of the marks, {empty} of the empty boxes.").format(
        marks=f"{100 * found.unclear_marks[0]:.2f} %", empty=f"{100 * found.unclear_empty[0]:.2f} %"
    )
    yield _zone_in_words(found)


def _zone_in_words(found: Separation) -> str:
    zone, said = found.zone, []
    if zone.mark_mm2:
        said.append(_("a mark with less than {ink} mm² of dark ink").format(ink=f"{zone.mark_mm2:.2f}"))
    if zone.empty_mm2 is not None:
        said.append(_("an empty box with more than {ink} mm² of any ink").format(ink=f"{zone.empty_mm2:.2f}"))
    if not said:
        return _("The program's own limits are enough for this scanner.")
    return _(
        "On this scanner is unclear, too: {what}. In this deck that is {marks} of the marks and {empty} "
        "of the empty boxes in all."
    ).format(
        what="; ".join(said),
        marks=f"{100 * found.unclear_marks[1]:.2f} %",
        empty=f"{100 * found.unclear_empty[1]:.2f} %",
    )
