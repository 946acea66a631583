"""The one table: a line for each kind and severity, then sums, then by who made the ink."""

from collections.abc import Iterable, Mapping, Sequence

from .judge import Counts, upper_bound
from .pages import Cell
from .run import Result

_HEADS = (
    *("kind", "severity", "pages", "refused", "vanished", "fields", "read", "silent", "at most"),
    *("lost", "rows wrong", "fields asked", "rows asked", "stray found", "stray false"),
)
_LEFT = 2
LEGEND = """\
fields    tried on all pages; read: those on pages that were read
refused   pages sent to people whole; vanished: taken for no ballot of this vote, or for a blank page
silent    fields outside their admissible states; at most: the upper 95 % bound of their share of fields read
lost      clear marks of which the scan shows nothing at all (drawn again without ink, the same picture)
wrong     rows settled by the machine with a silent error in them
asked     share sent to people, of fields and rows with one clear mark and no ink only people can decide
stray     ink outside fields: found of all drawn; false: reports that touch neither it nor a marked box"""


def lines(results: Mapping[Cell, Result]) -> list[str]:
    """Return the table as text."""
    body: list[Sequence[str] | None] = []
    for section in dict.fromkeys(cell.section for cell in results):
        cells = [cell for cell in results if cell.section == section]
        body += [_line(cell.kind, cell.level, results[cell].counts) for cell in cells]
        body.append(_line(f"all {section}", "", _sum(results[cell].counts for cell in cells)))
        body.append(None)
    by_source: dict[str, Counts] = {}
    for result in results.values():
        for source, counts in result.by_source.items():
            by_source[source] = by_source.get(source, Counts()) + counts
    body += [_line("ink by", source, counts) for source, counts in by_source.items()]
    body.append(_line("all", "", _sum(by_source.values())))
    shown = [_HEADS, *(line for line in body if line is not None)]
    widths = [max(len(line[i]) for line in shown) for i in range(len(_HEADS))]
    rule = "  ".join("-" * width for width in widths)
    out = [_aligned(_HEADS, widths), rule]
    out += [rule if line is None else _aligned(line, widths) for line in body]
    return out


def _sum(all_counts: Iterable[Counts]) -> Counts:
    return sum(all_counts, Counts())


def _line(kind: str, level: str, c: Counts) -> Sequence[str]:
    return (
        *(kind, level, f"{c.pages:,}", f"{c.refused:,}", f"{c.vanished:,}", f"{c.tried:,}", f"{c.read:,}"),
        *(f"{c.silent:,}", _rate(upper_bound(c.silent, c.read)) if c.read else "-", f"{c.lost:,}"),
        *(f"{c.rows_wrong:,}", _share(c.asked, c.clear), _share(c.rows_asked, c.rows)),
        *(f"{c.strays_found:,}/{c.strays:,}", f"{c.strays_false:,}"),
    )


def _rate(rate: float) -> str:
    return f"{rate:.1e}" if rate < 0.001 else f"{100 * rate:.2f} %"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "-"


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        text.ljust(width) if i < _LEFT else text.rjust(width)
        for i, (text, width) in enumerate(zip(line, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
