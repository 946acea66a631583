"""What truly stands in the boxes of a practice deck: from its `truth.json`, or from a votes file.

A deck that `phieu rehearse` made has its truth beside it, page by page. A deck that people filled in has
none; if what each ballot says was written into a votes file, in the order in which the ballots are scanned,
that is the truth. Both are read as what they are: files that anybody may have changed.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from ...words import _
from ..form import FieldKind, Form
from .marks import ADMISSIBLE, Mark
from .votes import VotesError
from .votes_file import read_votes

Expected = Mapping[tuple[str, str], bool | None]
"""Contest and option to: a mark (True), nothing (False), something doubtful (None)."""

_MOST_BYTES = 400_000_000
_SHOWN = 3


class _Field(BaseModel):
    contest: str
    option: str
    mark: Mark | None = None
    lost: bool = False


class _Page(BaseModel):
    source: str = Field(max_length=4096)
    index: int = Field(ge=0)
    fields: list[_Field]


class _Truth(BaseModel):
    pages: list[_Page]


def from_truth(path: Path) -> dict[tuple[Path, int], Expected]:
    """Return what stands on each page of a deck that `phieu rehearse` made, by file and place in it.

    Raises:
        VotesError: the file is no such truth.
    """
    try:
        raw = path.read_bytes() if path.stat().st_size <= _MOST_BYTES else b""
        told = _Truth.model_validate_json(raw)
        return {
            ((path.parent / page.source).resolve(), page.index): {
                (field.contest, field.option): None if field.lost else _says(field.mark)
                for field in page.fields
            }
            for page in told.pages
        }
    except OSError as error:
        raise VotesError(
            _("{file} can't be read: {reason}.").format(file=path, reason=error.strerror)
        ) from error
    except (ValidationError, ValueError) as error:
        raise VotesError(
            _("{file} is no truth of a practice deck.").format(file=path),
            hint=_("Name the truth.json that `phieu rehearse` wrote, or a votes file (CSV)."),
        ) from error


def from_votes(path: Path, forms: Mapping[str, Form]) -> dict[tuple[str, int], list[Expected]]:
    """Return what stands on each page of the ballots of a votes file, by form and page, ballot after ballot.

    Args:
        path: the votes file.
        forms: the practice form of each ballot style.

    Raises:
        VotesError: the file can't be used.
    """
    out: dict[tuple[str, int], list[Expected]] = {}
    for style, ballots in read_votes(path, forms).items():
        form = forms[style]
        for ballot in ballots:
            said = {(one.contest, one.option): _says(one.mark) for one in ballot}
            for page in range(1, form.pages + 1):
                places = [
                    (field.contest, field.option)
                    for field in form.fields
                    if field.page == page and field.kind is not FieldKind.TEXT
                ]
                here: Expected = {place: said.get(place, False) for place in places}
                out.setdefault((form.id, page), []).append(here)
    return out


def _says(mark: Mark | None) -> bool | None:
    if mark is None:
        return False
    return True if "marked" in ADMISSIBLE[mark] else None
