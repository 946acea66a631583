"""The folder of a round's papers: each is made once, stored, and its hash stands in the journal.

A paper that is there is never written over: made again, it is the same file. One that was changed since is
left alone and named. A lost one is made again from the same bundle, and comes out as the same bytes where the
same programs are installed.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

from ... import words
from ...count.bundle import Bundle
from ...count.desk import Desk
from ...errors import ExitCode, PhieuError
from ...vote.plan import Round
from ...words import _
from . import values
from .filled import TemplateError, asked_for, filled
from .printed import by_office, office, without_times
from .typeset import typeset
from .values import TITLES, Paper, Values

TEMPLATES = Path(__file__).parents[2] / "templates" / "minutes"
_MUST_SAY = {
    Paper.MINUTES: {"mark", "fingerprint", "style", "rules_checked", "machine", "questions", "not_compared"},
    Paper.ANNOUNCEMENT: {"mark", "fingerprint", "styles"},
    Paper.ZERO_REPORT: {"mark", "fingerprint", "styles", "forms", "machine"},
    Paper.CORRIGENDUM: {"mark", "fingerprint", "changes", "corrects", "reason"},
}
"""What a template may not leave out, however it is restyled."""


class PaperChanged(PhieuError):
    """A stored paper that is not the one that was made."""

    exit_code = ExitCode.BROKEN_RECORD


@dataclass(frozen=True, slots=True)
class Made:
    """A paper in its place."""

    path: Path
    new: bool
    """False: it was there already, as it was made."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of making papers."""

    papers: tuple[Made, ...]
    remarks: tuple[str, ...]
    """Sentences about what a clerk should know, as that LibreOffice is missing."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A paper to be made."""

    paper: Paper
    name: str
    values: Values


class Folder:
    """The papers of one round, where they are kept."""

    def __init__(self, desk: Desk, a_round: Round, bundle: Bundle | None, blank: bool) -> None:
        self.desk, self.round, self.bundle, self.blank = desk, a_round, bundle, blank
        self.folder = desk.workspace.results / a_round.id
        self.ours = TEMPLATES / desk.plan.language
        self.remarks: list[str] = []
        # Blank papers are no results: nothing rests on them, so the journal does not hold them.
        self.noted = {} if blank else desk.papers(a_round.id)

    def stored(self, name: str) -> bool:
        """Whether a paper lies there as it was made.

        Raises:
            PaperChanged: it lies there otherwise.
        """
        path = self.folder / name
        if not path.exists() or name not in self.noted:
            return False
        if _sha256(path.read_bytes()) != self.noted[name]:
            raise _changed(path)
        return True

    def all(self, drafts: list[Draft], tables: Mapping[str, Callable[[], bytes]]) -> Report:
        """Make what is missing, write it, and note it."""
        names = [f"{draft.name}{end}" for draft in drafts for end in (".docx", ".pdf")] + [*tables]
        there = {name for name in names if self.stored(name)}
        made = {name: table() for name, table in tables.items() if name not in there}
        made |= self._documents(
            [draft for draft in drafts if {f"{draft.name}.docx", f"{draft.name}.pdf"} - there], there
        )
        for name, data in made.items():
            path = self.folder / name
            if path.exists() and path.read_bytes() != data:
                raise _changed(path)
            if name in self.noted and self.noted[name] != _sha256(data):
                self.remarks.append(
                    _(
                        "{file} was lost and made again. Its bytes are others than at first, since other "
                        "programs or another template made it; the journal holds both."
                    ).format(file=name)
                )
        new = {name for name in made if not (self.folder / name).exists()}
        for name in sorted(new):
            _write(self.folder / name, made[name])
        told = {name: _sha256(data) for name, data in made.items() if self.noted.get(name) != _sha256(data)}
        if told and not self.blank:
            self.desk.note_papers(self.round.id, told)
        return Report(tuple(Made(self.folder / name, name in new) for name in names), tuple(self.remarks))

    def _documents(self, drafts: list[Draft], there: set[str]) -> dict[str, bytes]:
        day = day_of(self.round, self.bundle)
        made = {}
        for draft in drafts:
            name = f"{draft.name}.docx"
            made[name] = (
                (self.folder / name).read_bytes()
                if name in there
                else filled(self._template(draft.paper), draft.values, day)
            )
        pdfs = self._pdfs(drafts, made)
        return {name: data for name, data in (made | pdfs).items() if name not in there}

    def _pdfs(self, drafts: list[Draft], documents: Mapping[str, bytes]) -> dict[str, bytes]:
        with words.spoken(self.desk.plan.language):
            titles = {draft.name: _(TITLES[draft.paper]) for draft in drafts}
        program = office()
        converted = by_office(program, documents) if program and documents else {}
        if converted:
            return {
                f"{name}.pdf": without_times(converted[f"{name}.docx"], title)
                for name, title in titles.items()
            }
        if drafts:
            self.remarks.append(
                _("LibreOffice did not answer, so the PDFs were made without it.")
                if program
                else _("LibreOffice is not installed, so the PDFs were made without it.")
            )
            if any(self._own(draft.paper) for draft in drafts):
                self.remarks.append(
                    _("They say what your own Word template says, in the program's look: print the .docx.")
                )
        return {
            f"{draft.name}.pdf": typeset(self.ours / f"{draft.paper}.html", draft.values, titles[draft.name])
            for draft in drafts
        }

    def _own(self, paper: Paper) -> Path | None:
        own = self.desk.workspace.root / "templates" / "minutes" / f"{paper}.docx"
        return own if own.is_file() else None

    def _template(self, paper: Paper) -> Path:
        own = self._own(paper)
        if own:
            missing = _MUST_SAY[paper] - asked_for(own)
            if missing:
                raise TemplateError(
                    _("The template {file} no longer says: {names}.").format(
                        file=own, names=", ".join(sorted(missing))
                    ),
                    hint=_("Minutes must hold it. Take what is missing from the program's own template."),
                )
        return own or self.ours / f"{paper}.docx"


def day_of(a_round: Round, bundle: Bundle | None) -> datetime:
    """Return the time that papers carry as that of their making."""
    return values.closed_at(bundle) if bundle else datetime.combine(a_round.date, time(), UTC)


def _changed(path: Path) -> PaperChanged:
    return PaperChanged(
        _("{file} is not as the program made it: it was changed, or belongs to another state.").format(
            file=path
        ),
        hint=_("Nothing was written over. Give it another name, if you need it, and run the command again."),
    )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
