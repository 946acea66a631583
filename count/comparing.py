"""Holds the ink of a batch's ballots against that of all others in the count, and says what was found.

It is done in the transaction that takes the batch in, so that no ballot is counted that was not compared;
each pair of ballots is compared once, when the later of the two comes in. What is found stands in the journal
from then on, whatever comes in later: before the batch's own entry, so that it can't be taken off the end of
the journal unseen.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from ..ocr.reading import PageReading
from ..words import ngettext
from . import record
from .ballots import CountedPage, Printed
from .record import StoredPage
from .rescans import LEAST_ROWS, inked, too_little_ink, twins


def compared(
    connection: Connection, printed: Mapping[str, Printed], rows: Sequence[StoredPage]
) -> tuple[str, ...]:
    """Record which ballots look like one sheet; return sentences on them and on those that can't be told.

    Args:
        connection: within the transaction that takes the batch in.
        printed: form id to what was printed.
        rows: the batch's pages, not yet written.
    """
    pages = record.counted_pages(connection)
    pages += [
        CountedPage(row.key, row.ballot, PageReading.from_json(json.loads(row.reading)))
        for row in rows
        if row.ballot
    ]
    new = {row.ballot for row in rows}
    by_form = inked((page.ballot, page.reading) for page in pages)
    found = [pair for form, ballots in by_form.items() for pair in twins(printed[form].form, ballots, new)]
    record.append_twins(connection, found)
    of_new: dict[str, list[PageReading]] = defaultdict(list)
    for page in pages:
        if page.ballot in new:
            of_new[page.ballot].append(page.reading)
    return _sentences(len(found), sum(map(too_little_ink, of_new.values())))


def _sentences(found: int, untold: int) -> tuple[str, ...]:
    sentences = []
    if found:
        sentences.append(
            ngettext(
                "{n} pair of ballots looks like one sheet scanned twice: `phieu review` shows both pictures.",
                "{n} pairs of ballots look like one sheet scanned twice: `phieu review` shows both pictures.",
                found,
            ).format(n=found)
        )
    if untold:
        sentences.append(
            ngettext(
                "{n} ballot has ink in fewer than {rows} rows, or was not read: "
                "whether its sheet was scanned twice can't be told from its ink.",
                "{n} ballots have ink in fewer than {rows} rows, or were not read: "
                "whether a sheet was scanned twice can't be told from their ink.",
                untold,
            ).format(n=untold, rows=LEAST_ROWS)
        )
    return tuple(sentences)
