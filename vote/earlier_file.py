"""An earlier vote's results, as a table: `history/2018.csv` -> an `EarlierVote`.

Comes in: text from outside, whose heading the plan gives (what vote it was, of what number its percentages
are). Goes out: frozen values, or every problem with its line. Only counts are taken: percentages are worked
out again by the rule set of that vote. An empty cell is a figure that nobody read, never a zero.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath

from ..words import _
from .earlier import EarlierRow, EarlierVote
from .legacy import legacy_encoding, refusal
from .people import COLUMNS, LONGEST
from .problems import Problem, ProblemsFound
from .rules import RuleSet
from .spreadsheet import Row, read_tables
from .tidy import bare, tidy, unfit

_HEADER_WITHIN = 50
_MOST_DIGITS = 9
_YES = ("yes", "co", "true", "1")


def read_earlier(folder: Path, vote: EarlierVote, of: int | None, named_at: tuple[str, int]) -> EarlierVote:
    """Return an earlier vote with its rows.

    Args:
        folder: the vote's, in which its file lies.
        vote: what the plan says of it, without rows.
        of: what all its percentages are of; None where the file has a column for it, or nobody knows.
        named_at: the plan and its line that name the file.

    Raises:
        ProblemsFound: every problem of the file.
    """
    path = _inside(folder, vote.file, named_at)
    [rows] = read_tables(path, vote.file)
    at, columns = _header(rows, vote.rules)
    missing = [column for column in ("name",) if column not in columns]
    if missing or not any(option.id in columns for option in vote.rules.options):
        raise ProblemsFound(
            Problem(
                vote.file,
                rows[at].line if rows else None,
                _("No line with the names of the columns was found."),
                _("Its first line must be: {columns}").format(
                    columns=",".join(("person", "name", "position", *(o.id for o in vote.rules.options)))
                ),
            )
        )
    found: list[EarlierRow] = []
    problems: list[Problem] = []
    for row in rows[at + 1 :]:
        cells = {column: tidy(row.cells[n]) if n < len(row.cells) else "" for column, n in columns.items()}
        if not any(cells.values()):
            continue
        wrong = [Problem(vote.file, row.line, what) for what in _wrong(row, cells, vote.rules, of)]
        problems += wrong
        if not wrong:
            found.append(_row(row.line, cells, vote.rules, of))
    if not found and not problems:
        problems.append(Problem(vote.file, None, _("There is nobody on the list.")))
    if problems:
        raise ProblemsFound(*problems)
    return replace(vote, rows=tuple(found))


def _inside(folder: Path, name: str, named_at: tuple[str, int]) -> Path:
    file, line = named_at
    path = folder / name
    absolute = PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor
    if absolute or "\\" in name or not path.resolve().is_relative_to(folder.resolve()):
        what = _("The results `{file}` lie outside the folder of the vote.").format(file=name)
        raise ProblemsFound(
            Problem(file, line, what, _("Copy them into the folder `history` beside the plan."))
        )
    if path.suffix.lower() != ".csv":
        what = _("Results of an earlier vote are a .csv file, not `{file}`.").format(file=name)
        raise ProblemsFound(Problem(file, line, what, _("Save the table as `CSV UTF-8 (Comma delimited)`.")))
    if not path.is_file():
        raise ProblemsFound(Problem(file, line, _("The file `{file}` is not there.").format(file=name)))
    return path


def _header(rows: list[Row], rules: RuleSet) -> tuple[int, dict[str, int]]:
    known = {bare(header): column for column in ("name", "position", "person") for header in COLUMNS[column]}
    for option in rules.options:
        # As people write them, and as `phieu publish` does in the results of the vote before.
        for header in (option.id, f"votes_{option.id}", *option.label.values()):
            known[bare(header)] = option.id
    if rules.percent is not None:
        known[bare(rules.percent.of)] = "of"
    known |= {"practice": "practice", "final": "final"}
    best: tuple[int, dict[str, int]] = (0, {})
    for at, row in enumerate(rows[:_HEADER_WITHIN]):
        found: dict[str, int] = {}
        for place, cell in enumerate(row.cells):
            if column := known.get(bare(cell)):
                found.setdefault(column, place)
        if len(found) > len(best[1]):
            best = at, found
    return best


def _wrong(row: Row, cells: dict[str, str], rules: RuleSet, of: int | None) -> Iterator[str]:
    for column in ("name", "position", "person"):
        text = cells.get(column, "")
        if fault := unfit(text, LONGEST):
            yield fault
        elif encoding := legacy_encoding(text):
            yield refusal(encoding)
    if not cells["name"]:
        yield _("This line has no name.")
    if bare(cells.get("practice", "")) in _YES:
        yield _("These are results of a rehearsal, never to be compared with real ones.")
    if "final" in cells and bare(cells["final"]) not in _YES:
        yield _("These results were not final when they were written.")
    numbers = [option.id for option in rules.options if option.id in cells]
    for column in (*numbers, *(["of"] if "of" in cells else [])):
        if cells[column] and _number(cells[column]) is None:
            yield _("{name}, {column}: `{text}` is no number of ballots.").format(
                name=cells["name"], column=column, text=cells[column][:40]
            )
            return
    whole = _whole(cells, of)
    if "of" in cells and of is not None and cells["of"] and _number(cells["of"]) != of:
        yield _("{name}: the file says {told}, the plan {of}, of what percentages are.").format(
            name=cells["name"], told=cells["of"], of=of
        )
    total = sum(_number(cells[column]) or 0 for column in numbers)
    if whole is not None and total > whole:
        yield _("{name} has {total} votes of only {whole} ballots.").format(
            name=cells["name"], total=total, whole=whole
        )


def _number(cell: str) -> int | None:
    return int(cell) if cell.isascii() and cell.isdigit() and len(cell) <= _MOST_DIGITS else None


def _whole(cells: dict[str, str], of: int | None) -> int | None:
    return _number(cells["of"]) if cells.get("of") else of


def _row(line: int, cells: dict[str, str], rules: RuleSet, of: int | None) -> EarlierRow:
    return EarlierRow(
        line=line,
        name=cells["name"],
        position=cells.get("position", ""),
        code=cells.get("person", ""),
        votes={o.id: int(cells[o.id]) for o in rules.options if cells.get(o.id)},
        of=_whole(cells, of) or None,
    )
