"""The lines of a batch's report: which pages were not simply read, and why.

Pages in a row of which the same is to be said share a line: a stack that was scanned before is one line, not
five hundred.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from ..errors import ExitCode
from ..ocr.reading import Outcome, PageReading, explain
from ..words import _
from .batches import BatchState, PageLine
from .pairing import Paired, Scan
from .record import LiveBatch

_GRAVITY = {
    Outcome.READ: ExitCode.OK,
    Outcome.BLANK: ExitCode.BLANK_PAGE,
    Outcome.SEPARATOR: ExitCode.OK,
    Outcome.DUPLICATE: ExitCode.DUPLICATE,
    Outcome.REVIEW: ExitCode.REVIEW,
    Outcome.NOT_OURS: ExitCode.NOT_OURS,
    Outcome.UNREADABLE: ExitCode.UNREADABLE,
}


@dataclass(frozen=True, slots=True)
class ToldScan:
    """A scan after duplicates were told from the rest."""

    scan: Scan
    before: LiveBatch | PageReading | None = None
    """Of a duplicate: the batch that has its image, or the page given earlier that is the same."""


def page_lines(told: Sequence[ToldScan], paired: Paired) -> tuple[PageLine, ...]:
    """Return the lines of a report, in the order of the pages."""
    # Blank backs are passed over: they lie between the pages of a stack that was scanned on both sides.
    shown = [one for place, one in enumerate(told) if place not in paired.backs]
    runs = (list(run) for _key, run in groupby(shown, _what_is_said))
    return tuple(_line(run) for run in runs if run[0].scan.reading.outcome is not Outcome.READ)


def _what_is_said(one: ToldScan) -> tuple[Outcome, str]:
    outcome = one.scan.reading.outcome
    return outcome, "" if outcome is Outcome.READ else _sentence(one, alone=False)


def _line(run: Sequence[ToldScan]) -> PageLine:
    first = run[0].scan.reading
    return PageLine(
        first.source,
        first.index,
        first.outcome,
        _sentence(run[0], alone=len(run) == 1),
        _GRAVITY[first.outcome],
        _where([one.scan.reading for one in run]),
    )


def _where(pages: Sequence[PageReading]) -> str:
    first, last = pages[0], pages[-1]
    if len(pages) == 1:
        return _("{file}, page {page}").format(file=first.source, page=first.index + 1)
    if all(page.source == first.source for page in pages):
        return _("{file}, pages {first} to {last}").format(
            file=first.source, first=first.index + 1, last=last.index + 1
        )
    return _("{first} to {last}, {n} pages").format(first=first.source, last=last.source, n=len(pages))


def _sentence(one: ToldScan, alone: bool) -> str:
    reading = one.scan.reading
    if reading.outcome is Outcome.DUPLICATE:
        return _seen_before(one.before, alone)
    if reading.outcome is Outcome.BLANK:
        return _("a blank page where a ballot was expected")
    notes = "; ".join(explain(note) for note in reading.notes)
    if reading.outcome is Outcome.REVIEW:
        return notes or _("people have to look at this page")
    return notes or _("this page can't be read")


def _seen_before(before: LiveBatch | PageReading | None, alone: bool) -> str:
    if isinstance(before, PageReading):
        if not alone:
            return _("given twice; counted once")
        where = _("as {file}, page {page}").format(file=before.source, page=before.index + 1)
    else:
        name = before.name if before is not None else ""
        if before is not None and before.state is BatchState.STAGED:
            return _(
                "read before, in batch {name}, which is NOT in the count: read all its pages together under "
                "that name, or take it out with `phieu withdraw {name}`"
            ).format(name=name)
        where = _("in batch {name}").format(name=name)
    return _("read before, {where}; not counted again").format(where=where)
